//! Deliveries: retried with patience, given up with a trace, sent again on request, in order.

use kerros_app::answer::resend;
use kerros_app::ports::channel::{InboundEvent, Outcome, Step};
use kerros_app::ports::plugin::PluginError;
use kerros_app::ports::store::{Changes, End, JobEnd, Lease, Role, Scope, StoreError};
use kerros_app::reply::{Reply, reply};
use kerros_app::tenant::{Rate, Sending};
use kerros_app::{Caller, Error};
use kerros_app::{channel_health, dead_letters};
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
        let event = InboundEvent::Delivery {
            external_id,
            state,
            reason: None,
            bad_address: None,
            alternatives: Vec::new(),
        };
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
        alternatives: Vec::new(),
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
async fn after_a_day_it_is_a_dead_letter_and_can_be_sent_again() {
    let (house, agent, id) = asked().await;
    house.plugins.outcomes.lock().extend((0..500).map(|_| later("gone fishing")));
    answer(&house, &agent, id, "are you there?").await;
    house.settle().await;
    for _ in 0..22 {
        house.forward(3600).await;
    }
    let tried = house.plugins.sent.lock().len();
    assert!(tried > 20, "{tried}");
    assert_eq!(states(&house, id)[1], Some(DeliveryState::Pending), "a night is not the end");
    for _ in 0..3 {
        house.forward(3600).await;
    }
    house.plugins.outcomes.lock().clear();
    assert_eq!(states(&house, id)[1], Some(DeliveryState::Failed));
    let boss = house.person(9, Role::Supervisor, &[("aurinko", &[])], false).await;
    let letters = dead_letters::list(&house.ctx, &boss, 10).await.unwrap();
    assert_eq!(letters.len(), 1);
    assert!(letters[0].error.contains("gone fishing"), "{}", letters[0].error);
    assert_eq!(dead_letters::list(&house.ctx, &agent, 10).await, Err(Error::Forbidden));
    let other = house.person(10, Role::Supervisor, &[("vuori", &[])], false).await;
    let foreign = dead_letters::retry(&house.ctx, &other, letters[0].job).await;
    assert_eq!(foreign, Err(Error::NotFound));

    dead_letters::retry(&house.ctx, &boss, letters[0].job).await.unwrap();
    house.settle().await;
    assert_eq!(states(&house, id)[1], Some(DeliveryState::Sent));
    assert!(house.store.jobs().is_empty());
    let ended = ["delivery dead", "delivery expired"].map(|word| house.plugins.counted(word));
    assert_eq!(ended.iter().sum::<usize>(), 1);
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
async fn what_its_channel_cannot_account_for_is_not_sent_again_but_shown_to_people() {
    let (house, agent, id) = asked().await;
    house.plugins.outcomes.lock().push(Err(PluginError::Fault { message: "trap".into() }));
    answer(&house, &agent, id, "once").await;
    house.settle().await;
    house.forward(3600).await;
    assert_eq!(house.plugins.sent.lock().len(), 1);
    let said = house.store.said(id);
    let failure = said[1].failure.clone().expect("why");
    assert_eq!((said[1].delivery, failure.maybe_sent), (Some(DeliveryState::Failed), true));
    // A person takes the second one on.
    resend(&house.ctx, &agent, id, said[1].id).await.unwrap();
    house.settle().await;
    assert_eq!(house.plugins.sent.lock().len(), 2);
    let said = house.store.said(id);
    assert_eq!((said[1].delivery, &said[1].failure), (Some(DeliveryState::Sent), &None));
    assert!(house.store.jobs().is_empty(), "no dead letter is left: {:?}", house.store.jobs());
    house.verify().await;
}

#[tokio::test(start_paused = true)]
async fn a_busy_plugin_is_asked_again_without_sending_again() {
    let (house, agent, id) = asked().await;
    house.plugins.outcomes.lock().push(Err(PluginError::Timeout));
    answer(&house, &agent, id, "once").await;
    house.settle().await;
    house.forward(60).await;
    assert_eq!(house.plugins.sent.lock().len(), 1);
    assert_eq!(states(&house, id)[1], Some(DeliveryState::Sent));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_was_under_way_when_its_node_died_is_not_sent_twice() {
    let (mut house, agent, id) = asked().await;
    house.stop().await;
    answer(&house, &agent, id, "once").await;
    let (mut job, _) = house.store.jobs().pop().expect("its job");
    let mut payload: serde_json::Value = serde_json::from_str(&job.payload).unwrap();
    payload["under_way"] = true.into();
    job.payload = payload.to_string();
    let scope = Scope::One("aurinko".into());
    let lease = Lease { owner: "dead".into(), until: house.ctx.now().plus_millis(1000) };
    let held = house.ctx.store.claim(&lease, house.ctx.now(), 10, &[]).await.unwrap();
    let end = End::Kept { payload: job.payload.clone() };
    let job_ends = vec![JobEnd { id: held[0].id, owner: lease.owner.clone(), end }];
    house.ctx.store.commit(&scope, Changes { job_ends, ..Changes::default() }).await.unwrap();

    let mut again =
        House::node(2, house.store.clone(), house.clock.clone(), [crate::house::tenant("aurinko")]);
    again.start(kerros_app::work::Config::default());
    again.forward(60).await;
    assert!(again.plugins.sent.lock().is_empty());
    let failure = again.store.said(id)[1].failure.clone().expect("why");
    assert!(failure.maybe_sent, "{failure:?}");
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_asks_everybody_to_slow_down_pauses_the_channel() {
    let (house, agent, id) = asked().await;
    let slow = Outcome::RetryAfter {
        after_ms: Some(60_000),
        whole_channel: true,
        reason: "too many".into(),
    };
    house.plugins.outcomes.lock().push(Ok(slow));
    answer(&house, &agent, id, "first").await;
    house.settle().await;
    house.writes("aurinko", "t2", "m2", "hello").await;
    let other = house.thread("aurinko", "t2").id;
    let cmd = Reply { conversation: other, text: "second".into(), idempotency_key: None };
    reply(&house.ctx, &agent, cmd).await.unwrap();
    house.forward(10).await;
    let count =
        |house: &House| house.plugins.sent.lock().iter().filter(|m| m.text == "second").count();
    assert_eq!(count(&house), 0);
    let boss = house.person(9, Role::Supervisor, &[("aurinko", &[])], false).await;
    let health = channel_health::channels(&house.ctx, &boss, &"aurinko".into()).await.unwrap();
    let tele = health.iter().find(|one| one.channel.as_str() == "tele").unwrap();
    assert!(tele.paused_until.is_some() && tele.failed == 1, "{tele:?}");
    assert!(tele.paused_why.as_deref().is_some_and(|why| !why.is_empty()), "{tele:?}");
    assert_eq!(tele.waiting, 2, "both wait: {tele:?}");
    house.forward(60).await;
    assert_eq!(count(&house), 1);
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

/// As [`asked`], on a channel that sends as told.
async fn asked_on(sending: Sending) -> (House, Caller, ConversationId) {
    let mut tenant = people_only("aurinko");
    tenant.channels.get_mut(&"tele".into()).unwrap().sending = sending;
    let house = House::with([tenant]);
    let agent = house.agent(1).await;
    house.writes("aurinko", "t1", "m1", "hello?").await;
    let id = house.thread("aurinko", "t1").id;
    (house, agent, id)
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_asks_people_where_the_provider_drops_no_repeats() {
    use crate::plugins::{http, silence};
    // What is answered, whether the provider drops repeats, how often it goes out, whether people are asked.
    for (answer_is, idempotent, times, asks) in [
        (silence(true), false, 1, true),
        (silence(true), true, 2, false),
        (silence(false), false, 2, false),
        (http(504), false, 1, true),
        (http(503), false, 2, false),
    ] {
        let (house, agent, id) = asked_on(Sending { idempotent, ..Sending::default() }).await;
        house.plugins.answers.lock().push(answer_is.clone());
        answer(&house, &agent, id, "once").await;
        house.settle().await;
        house.forward(3600).await;
        let said = house.store.said(id).remove(1);
        let maybe_sent = said.failure.is_some_and(|failure| failure.maybe_sent);
        let state = if asks { DeliveryState::Failed } else { DeliveryState::Sent };
        assert_eq!(
            (house.plugins.sent.lock().len(), maybe_sent, said.delivery),
            (times, asks, Some(state)),
            "{answer_is:?} {idempotent}"
        );
        assert_eq!(house.plugins.counted("delivery unknown"), usize::from(asks));
        house.verify().await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_may_be_repeated_is_and_what_was_half_done_is_not() {
    use crate::plugins::{http, post, silence};
    let sent = || Outcome::sent(Some("p".into()));
    // An upload whose answer was lost, then the message.
    let (house, agent, id) = asked().await;
    *house.plugins.send.lock() = Some(Box::new(move |message, so_far| match so_far {
        [] => Step::Perform { requests: vec![post(message, true)] },
        [.., last] if last.is_failure() => Step::Settled(Outcome::retry("later")),
        [_] => Step::Perform { requests: vec![post(message, false)] },
        _ => Step::Settled(sent()),
    }));
    house.plugins.answers.lock().push(silence(true));
    answer(&house, &agent, id, "with a file").await;
    house.settle().await;
    house.forward(60).await;
    assert_eq!(house.plugins.sent.lock().len(), 3);
    assert_eq!(states(&house, id)[1], Some(DeliveryState::Sent));

    // Two requests in one step: the first was taken, the second put off.
    let (house, agent, id) = asked().await;
    *house.plugins.send.lock() = Some(Box::new(move |message, so_far| match so_far {
        [] => Step::Perform { requests: vec![post(message, false), post(message, false)] },
        [.., last] if last.is_failure() => Step::Settled(Outcome::retry("later")),
        _ => Step::Settled(sent()),
    }));
    house.plugins.answers.lock().extend([http(200), http(503)]);
    answer(&house, &agent, id, "in two pieces").await;
    house.settle().await;
    house.forward(3600).await;
    assert_eq!(house.plugins.sent.lock().len(), 2);
    let failure = house.store.said(id)[1].failure.clone().expect("why");
    assert!(failure.maybe_sent && failure.reason.contains("a part"), "{failure:?}");
}

#[tokio::test(start_paused = true)]
async fn what_a_pause_held_up_for_too_long_does_not_go_out() {
    let (house, agent, id) = asked_on(Sending { expires_s: 600, ..Sending::default() }).await;
    let slow = Outcome::RetryAfter {
        after_ms: Some(1000),
        whole_channel: true,
        reason: "too many".into(),
    };
    house.plugins.outcomes.lock().push(Ok(slow.clone()));
    answer(&house, &agent, id, "first").await;
    house.settle().await;
    house.forward(60).await;
    assert_eq!(states(&house, id)[1], Some(DeliveryState::Sent));

    // The channel pauses for an hour, the message lives for ten minutes.
    let hour = Outcome::RetryAfter {
        after_ms: Some(3_600_000),
        whole_channel: true,
        reason: "far too many".into(),
    };
    house.plugins.outcomes.lock().push(Ok(hour));
    house.writes("aurinko", "t2", "m2", "hello").await;
    let other = house.thread("aurinko", "t2").id;
    answer(&house, &agent, other, "sets the pause").await;
    house.settle().await;
    answer(&house, &agent, id, "held up").await;
    house.settle().await;
    house.forward(601).await;
    let count =
        |house: &House| house.plugins.sent.lock().iter().filter(|m| m.text == "held up").count();
    let said = house.store.said(id).remove(2);
    let failure = said.failure.clone().expect("why");
    assert!(failure.reason.starts_with("expired") && !failure.maybe_sent, "{failure:?}");
    assert_eq!((count(&house), said.delivery), (0, Some(DeliveryState::Failed)));
    assert_eq!(house.plugins.counted("delivery expired"), 1);

    // Whoever sends it again gives it its time anew, by either way.
    house.forward(3600).await;
    let boss = house.person(9, Role::Supervisor, &[("aurinko", &[])], false).await;
    let letters = dead_letters::list(&house.ctx, &boss, 10).await.unwrap();
    let letter = letters.iter().find(|letter| letter.message == Some(said.id)).unwrap();
    dead_letters::retry(&house.ctx, &boss, letter.job).await.unwrap();
    house.settle().await;
    assert_eq!((count(&house), states(&house, id)[2]), (1, Some(DeliveryState::Sent)));
    house.verify().await;
}

#[tokio::test(start_paused = true)]
async fn a_channel_keeps_to_its_rate() {
    let rate = Some(Rate { count: 60, per_s: 60 });
    let (house, agent, _) = asked_on(Sending { rate, ..Sending::default() }).await;
    for n in 0..10 {
        let thread = format!("r{n}");
        house.writes("aurinko", &thread, &format!("r-{n}"), "hello").await;
        let id = house.thread("aurinko", &thread).id;
        answer(&house, &agent, id, "answer").await;
    }
    house.settle().await;
    let mut before = house.plugins.sent.lock().len();
    assert!((1..10).contains(&before), "{before} at once");
    for _ in 0..10 {
        house.forward(1).await;
        let now = house.plugins.sent.lock().len();
        assert!(now - before <= 2, "{} in a second", now - before);
        before = now;
    }
    assert_eq!(before, 10);
}

#[tokio::test(start_paused = true)]
async fn a_failure_told_by_receipt_is_kept_counted_and_names_a_way_out() {
    let (house, agent, id) = asked().await;
    answer(&house, &agent, id, "too late").await;
    house.settle().await;
    let external_id = format!("p-{}", house.plugins.sent.lock()[0].message_id);
    let event = InboundEvent::Delivery {
        external_id,
        state: DeliveryState::Failed,
        reason: Some("131047: Re-engagement message".into()),
        bad_address: None,
        alternatives: vec!["template".into(), "mail".into(), String::new()],
    };
    for key in ["a", "b"] {
        let hook = Hook { key: Some(key.into()), events: vec![event.clone()] };
        house.hook("aurinko", "tele", &hook).await.unwrap();
        house.settle().await;
    }
    let failure = house.store.said(id)[1].failure.clone().expect("why");
    assert_eq!(failure.alternatives, ["template", "mail"]);
    assert!(!failure.maybe_sent);
    assert_eq!(house.plugins.counted("delivery failed"), 1, "a repeat is no second failure");
    let boss = house.person(9, Role::Supervisor, &[("aurinko", &[])], false).await;
    let health = channel_health::channels(&house.ctx, &boss, &"aurinko".into()).await.unwrap();
    let tele = health.iter().find(|one| one.channel.as_str() == "tele").unwrap();
    assert_eq!((tele.sent, tele.failed), (1, 1));
    assert!(tele.last_error.as_deref().is_some_and(|error| error.contains("131047")));
    house.verify().await;
}

#[tokio::test(start_paused = true)]
async fn a_thousand_receipts_come_in_one_bundle() {
    let (house, agent, id) = asked().await;
    answer(&house, &agent, id, "hello").await;
    house.settle().await;
    let external_id = format!("p-{}", house.plugins.sent.lock()[0].message_id);
    let receipt = |state| InboundEvent::Delivery {
        external_id: external_id.clone(),
        state,
        reason: None,
        bad_address: None,
        alternatives: Vec::new(),
    };
    let mut events = vec![receipt(DeliveryState::Delivered); 999];
    events.push(receipt(DeliveryState::Read));
    house.hook("aurinko", "tele", &Hook { key: None, events: events.clone() }).await.unwrap();
    house.settle().await;
    assert_eq!(states(&house, id)[1], Some(DeliveryState::Read));
    events.push(receipt(DeliveryState::Read));
    let more = house.hook("aurinko", "tele", &Hook { key: None, events }).await;
    assert!(more.is_err(), "one more than the contract allows: {more:?}");
}
