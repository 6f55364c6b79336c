//! Deliveries: retried with patience, given up with a trace, sent again on request, in order.

use kerros_app::dead_letters;
use kerros_app::ports::channel::{InboundEvent, Outcome};
use kerros_app::ports::plugin::PluginError;
use kerros_app::ports::store::{Role, StoreError};
use kerros_app::reply::{Reply, reply};
use kerros_app::{Caller, Error};
use kerros_domain::id::ConversationId;
use kerros_domain::message::DeliveryState;

use crate::house::{House, people_only};
use crate::plugins::Hook;

async fn asked() -> (House, Caller, ConversationId) {
    let house = House::with([people_only("aurinko")]);
    let agent = house.agent(1).await;
    house.writes("aurinko", "t1", "m1", "hello?").await;
    let id = house.thread("aurinko", "t1").id;
    (house, agent, id)
}

async fn answer(house: &House, agent: &Caller, id: ConversationId, text: &str) {
    let cmd = Reply { conversation: id, text: text.into(), idempotency_key: None };
    reply(&house.ctx, agent, cmd).await.unwrap();
}

fn later(reason: &str) -> Result<Outcome, PluginError> {
    Ok(Outcome::retry(reason))
}

fn states(house: &House, id: ConversationId) -> Vec<Option<DeliveryState>> {
    house.store.said(id).into_iter().map(|message| message.delivery).collect()
}

#[tokio::test(start_paused = true)]
async fn an_answer_reaches_the_provider_with_all_it_needs() {
    let (house, agent, id) = asked().await;
    answer(&house, &agent, id, "Good morning").await;
    house.settle().await;
    let sent = house.plugins.sent.lock().clone();
    assert_eq!(sent.len(), 1);
    assert_eq!(
        (sent[0].recipient.as_str(), sent[0].thread.as_str(), sent[0].author_name.as_str()),
        ("t1", "t1", "Person 1")
    );
    assert_eq!((sent[0].author.as_str(), sent[0].attempt), ("person", 1));
    assert_eq!(states(&house, id), [None, Some(DeliveryState::Sent)]);
    // Receipts move it on, and never back.
    for state in [DeliveryState::Read, DeliveryState::Delivered] {
        let external_id = format!("p-{}", sent[0].message_id);
        let event = InboundEvent::Delivery { external_id, state, reason: None, bad_address: None };
        let hook = Hook { key: Some(format!("{state:?}")), events: vec![event] };
        house.hook("aurinko", "tele", &hook).await.unwrap();
        house.settle().await;
    }
    assert_eq!(states(&house, id), [None, Some(DeliveryState::Read)]);
    house.verify().await;
}

#[tokio::test(start_paused = true)]
async fn a_receipt_for_a_stranger_is_dropped_after_a_while() {
    let (house, _, _) = asked().await;
    let event = InboundEvent::Delivery {
        external_id: "nobody's".into(),
        state: DeliveryState::Read,
        reason: None,
        bad_address: None,
    };
    house.hook("aurinko", "tele", &Hook { key: None, events: vec![event] }).await.unwrap();
    for _ in 0..8 {
        house.forward(60).await;
    }
    assert!(house.store.jobs().is_empty(), "{:?}", house.store.jobs());
}

#[tokio::test(start_paused = true)]
async fn messages_wait_for_the_one_before_them() {
    let (house, agent, id) = asked().await;
    house.plugins.outcomes.lock().extend([later("busy"), later("busy")]);
    answer(&house, &agent, id, "first").await;
    answer(&house, &agent, id, "second").await;
    house.settle().await;
    answer(&house, &agent, id, "third").await;
    house.settle().await;
    assert_eq!(states(&house, id)[1..], [Some(DeliveryState::Pending); 3]);
    house.forward(7).await;
    house.forward(13).await;
    let sent: Vec<(String, u32)> =
        house.plugins.sent.lock().iter().map(|m| (m.text.clone(), m.attempt)).collect();
    let expected = [("first", 1), ("first", 2), ("first", 3), ("second", 1), ("third", 1)];
    assert_eq!(sent, expected.map(|(text, n)| (text.to_owned(), n)));
    assert_eq!(states(&house, id)[1..], [Some(DeliveryState::Sent); 3]);
}

#[tokio::test(start_paused = true)]
async fn after_twelve_attempts_it_is_a_dead_letter_and_can_be_sent_again() {
    let (house, agent, id) = asked().await;
    house.plugins.outcomes.lock().extend((0..12).map(|_| later("gone fishing")));
    answer(&house, &agent, id, "are you there?").await;
    house.settle().await;
    for _ in 0..11 {
        house.forward(4600).await;
    }
    assert_eq!(house.plugins.sent.lock().len(), 12);
    assert_eq!(states(&house, id)[1], Some(DeliveryState::Failed));
    let boss = house.person(9, Role::Supervisor, &[("aurinko", &[])], false).await;
    let letters = dead_letters::list(&house.ctx, &boss, 10).await.unwrap();
    assert_eq!((letters.len(), letters[0].error.as_str()), (1, "gone fishing"));
    assert_eq!(dead_letters::list(&house.ctx, &agent, 10).await, Err(Error::Forbidden));
    let other = house.person(10, Role::Supervisor, &[("vuori", &[])], false).await;
    let foreign = dead_letters::retry(&house.ctx, &other, letters[0].job).await;
    assert_eq!(foreign, Err(Error::NotFound));

    dead_letters::retry(&house.ctx, &boss, letters[0].job).await.unwrap();
    house.settle().await;
    assert_eq!(states(&house, id)[1], Some(DeliveryState::Sent));
    assert!(house.store.jobs().is_empty());
    assert_eq!(house.plugins.counted("delivery dead"), 1);
    house.verify().await;
}

#[tokio::test(start_paused = true)]
async fn a_rejection_is_final_and_the_next_message_goes() {
    let (house, agent, id) = asked().await;
    house.plugins.outcomes.lock().push(Ok(Outcome::rejected("the customer blocked us")));
    answer(&house, &agent, id, "first").await;
    answer(&house, &agent, id, "second").await;
    house.settle().await;
    let delivered = [Some(DeliveryState::Failed), Some(DeliveryState::Sent)];
    assert_eq!(states(&house, id)[1..], delivered);
    let dead: Vec<bool> = house.store.jobs().into_iter().map(|(_, dead)| dead).collect();
    assert_eq!(dead, [true]);
}

#[tokio::test(start_paused = true)]
async fn what_went_out_is_not_sent_again_when_its_channel_cannot_say_so() {
    let (house, agent, id) = asked().await;
    house.plugins.outcomes.lock().push(Err(PluginError::Fault { message: "trap".into() }));
    answer(&house, &agent, id, "once").await;
    house.settle().await;
    house.forward(3600).await;
    assert_eq!(house.plugins.sent.lock().len(), 1);
    assert_eq!(states(&house, id)[1], Some(DeliveryState::Sent));
}

#[tokio::test(start_paused = true)]
async fn conflicts_and_a_short_outage_do_not_send_twice() {
    let (house, agent, id) = asked().await;
    answer(&house, &agent, id, "once").await;
    house.store.conflict(20);
    house.settle().await;
    assert_eq!(house.plugins.sent.lock().len(), 1);
    assert_eq!(states(&house, id)[1], Some(DeliveryState::Sent));

    house.store.fail(Some(StoreError::Unavailable("gone".into())));
    let cmd = Reply { conversation: id, text: "later".into(), idempotency_key: None };
    assert_eq!(reply(&house.ctx, &agent, cmd).await, Err(Error::Unavailable));
    house.store.fail(None);
    house.settle().await;
    assert_eq!(house.plugins.sent.lock().len(), 1);
}
