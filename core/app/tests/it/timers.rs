//! What time brings is recorded once, in time, and by itself.

use kerros_app::ports::store::{Role, Scope};
use kerros_app::reply::{Reply, reply};
use kerros_domain::conversation::{CloseReason, State};
use kerros_domain::event::Event;
use kerros_domain::sample;
use kerros_domain::sla::TargetState;

use crate::house::{House, people_only, tenant};

#[tokio::test(start_paused = true)]
async fn a_promise_is_warned_of_and_breached_once() {
    let house = House::with([people_only("aurinko")]);
    *house.plugins.sla.lock() = Box::new(|_| Ok(vec![sample::first_response()]));
    house.writes("aurinko", "t1", "m1", "hello").await;
    house.forward(15 * 60).await;
    assert_eq!(house.plugins.counted("target warned"), 1);
    assert_eq!(house.plugins.counted("target breached"), 0, "due itself is in time");
    house.forward(1).await;
    house.forward(3600).await;
    let conversation = house.thread("aurinko", "t1");
    assert_eq!(conversation.targets[0].state, TargetState::Breached);
    let entries = house.ctx.store.entries(&Scope::Platform, conversation.id, 0, 100).await.unwrap();
    let breaches =
        entries.iter().filter(|entry| matches!(entry.event, Event::TargetBreached { .. })).count();
    assert_eq!((breaches, house.plugins.counted("target breached")), (1, 1));
    house.verify().await;
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_lies_above_the_promises_edge() {
    let house = House::with([people_only("aurinko")]);
    *house.plugins.sla.lock() = Box::new(|_| Ok(vec![sample::first_response()]));
    let agent = house.agent(7).await;
    // In time, in the last moment, a second late; and where nothing is promised.
    for (thread, seconds) in [("t1", 60), ("t2", 900), ("t3", 901), ("t4", 5)] {
        if thread == "t4" {
            *house.plugins.sla.lock() = Box::new(|_| Ok(Vec::new()));
        }
        house.writes("aurinko", thread, "m1", "hello").await;
        house.forward(seconds).await;
        let id = house.thread("aurinko", thread).id;
        let cmd = Reply { conversation: id, text: "Hei!".into(), idempotency_key: None };
        reply(&house.ctx, &agent, cmd).await.unwrap();
        assert_eq!(house.plugins.counted(&format!("took FirstResponse first-line {seconds}")), 1);
    }
    assert_eq!(house.plugins.counted("took"), 4);
    assert_eq!(
        (house.plugins.counted("target met"), house.plugins.counted("target breached")),
        (2, 1)
    );
    house.verify().await;
}

#[tokio::test(start_paused = true)]
async fn many_at_once_are_all_recorded() {
    let house = House::with([people_only("aurinko")]);
    *house.plugins.sla.lock() = Box::new(|_| Ok(vec![sample::first_response()]));
    for n in 0..700 {
        let event = crate::house::message(&format!("t{n}"), "m", "hello");
        let hook = crate::plugins::Hook { key: None, events: vec![event] };
        house.hook("aurinko", "chat", &hook).await.unwrap();
    }
    house.settle().await;
    house.store.conflict(5);
    house.forward(1000).await;
    assert_eq!(house.plugins.counted("target breached"), 700);
    house.verify().await;
}

#[tokio::test(start_paused = true)]
async fn a_quiet_talk_with_a_bot_ends_and_a_gone_tenant_blocks_nobody() {
    let house = House::with([tenant("aurinko"), tenant("vuori")]);
    house.writes("vuori", "t1", "m1", "hello").await;
    house.forward(60).await;
    house.writes("aurinko", "t1", "m1", "hello").await;
    house.tenants.remove(&"vuori".into());
    house.forward(24 * 3600).await;
    let mine = house.thread("aurinko", "t1");
    assert_eq!((mine.state, mine.closed), (State::Closed, Some(CloseReason::Abandoned)));
    assert_eq!(house.thread("vuori", "t1").state, State::Bot);
    // It is looked at again later.
    house.tenants.set(tenant("vuori"));
    house.forward(2 * 3600).await;
    assert_eq!(house.thread("vuori", "t1").state, State::Closed);
    house.verify().await;
}

#[tokio::test(start_paused = true)]
async fn work_goes_to_who_is_there_and_has_room() {
    let house = House::with([people_only("aurinko")]);
    let here = house.person(1, Role::Agent, &[("aurinko", &["first-line"])], true).await;
    let away = house.person(2, Role::Agent, &[("aurinko", &["first-line"])], false).await;
    for n in 0..6 {
        house.writes("aurinko", &format!("t{n}"), "m1", "hello").await;
    }
    let held = |house: &House, caller: &kerros_app::Caller| {
        let all = house.store.conversations();
        all.into_iter().filter(|(c, _)| c.assignee == Some(caller.id())).count()
    };
    assert_eq!((held(&house, &here), held(&house, &away)), (4, 0));
    kerros_app::presence::presence(&house.ctx, &away, true).await.unwrap();
    house.settle().await;
    assert_eq!((held(&house, &here), held(&house, &away)), (4, 2));
    // Who gave no sign of life for a minute gets nothing.
    house.forward(120).await;
    house.writes("aurinko", "t9", "m1", "hello").await;
    assert_eq!(house.thread("aurinko", "t9").state, State::Queued);
    house.verify().await;
}
