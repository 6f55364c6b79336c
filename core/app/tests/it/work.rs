//! Jobs: taken over from the dead, kept apart, given back.

use std::sync::Arc;

use kerros_app::ports::plugin::PluginError;
use kerros_app::ports::store::StoreError;
use kerros_app::work::Config;
use kerros_domain::conversation::State;

use crate::house::{House, message, people_only, tenant};
use crate::plugins::Hook;

fn hook(thread: &str, n: usize) -> Hook {
    let event = message(thread, &format!("m{n}"), &format!("{n}"));
    Hook { key: None, events: vec![event] }
}

#[tokio::test(start_paused = true)]
async fn what_a_killed_process_held_is_done_in_order_after_the_restart() {
    let mut dead = House::idle([people_only("aurinko")]);
    dead.start(Config::default());
    dead.settle().await;
    // It acknowledges, holds the jobs from birth, and is gone before any of them runs.
    let store = Arc::clone(&dead.store);
    dead.stop().await;
    for n in 0..10 {
        dead.hook("aurinko", "tele", &hook("t1", n)).await.unwrap();
    }
    assert_eq!(store.jobs().len(), 10);

    let mut next = House::node(2, Arc::clone(&store), dead.clock.clone(), [people_only("aurinko")]);
    next.start(Config::default());
    // New ones come before the old ones are done.
    for n in 10..20 {
        next.hook("aurinko", "tele", &hook("t1", n)).await.unwrap();
    }
    next.settle().await;
    let expected: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    assert_eq!(store.public(next.thread("aurinko", "t1").id), expected);
    assert!(store.jobs().is_empty());
    next.verify().await;
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_ran_out_is_taken_over() {
    let shared = Config { sole: false, ..Config::default() };
    let mut one = House::idle([people_only("aurinko")]);
    one.hook("aurinko", "tele", &hook("t1", 0)).await.unwrap();
    // Somebody claims it and dies.
    let lease = kerros_app::ports::store::Lease {
        owner: "gone".into(),
        until: one.ctx.now().plus_millis(15_000),
    };
    let taken = one.ctx.store.claim(&lease, one.ctx.now(), 10, &[]).await.unwrap();
    assert_eq!(taken.len(), 1);
    one.start(shared);
    one.settle().await;
    assert!(one.store.conversations().is_empty(), "it is still held");
    one.forward(15).await;
    assert_eq!(one.store.public(one.thread("aurinko", "t1").id), ["0"]);
}

#[tokio::test(start_paused = true)]
async fn a_stop_gives_the_leases_back() {
    let mut house = House::idle([people_only("aurinko")]);
    house.start(Config::default());
    house.settle().await;
    house.stop().await;
    house.hook("aurinko", "tele", &hook("t1", 0)).await.unwrap();
    let jobs = house.store.jobs();
    assert!(jobs.iter().all(|(job, _)| job.lease.is_none()), "a stopped node holds nothing");
}

#[tokio::test(start_paused = true)]
async fn a_poisoned_thread_holds_up_nobody_else() {
    let house = House::new();
    house.settle().await;
    house.plugins.bot_does(|turn| {
        assert!(!turn.conversation.messages.iter().any(|m| m.text == "13"), "poison");
        Vec::new()
    });
    for n in 0..20 {
        let thread = format!("t{}", n % 10);
        house.hook("aurinko", "tele", &hook(&thread, n)).await.unwrap();
    }
    house.settle().await;
    for _ in 0..12 {
        house.forward(80).await;
    }
    let turns = house.plugins.turns.lock().len();
    assert!(turns >= 19 + 8, "{turns}");
    let left = house.store.jobs();
    assert_eq!(left.len(), 1);
    assert!(left[0].1, "the poisoned turn is a dead letter");
    assert_eq!(house.plugins.counted("job bot_turn dead"), 1);
    for thread in 0..10 {
        let conversation = house.thread("aurinko", &format!("t{thread}"));
        assert_eq!(conversation.customer_messages, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn while_the_database_is_away_work_waits_and_goes_on_by_itself() {
    let house = House::new();
    house.settle().await;
    house.plugins.bot_fails(PluginError::Timeout);
    for n in 0..5 {
        house.hook("aurinko", "tele", &hook("t1", n)).await.unwrap();
        if n == 2 {
            house.store.fail(Some(StoreError::Unavailable("gone".into())));
            house.settle().await;
            house.settle().await;
            house.store.fail(None);
        }
    }
    house.settle().await;
    let conversation = house.thread("aurinko", "t1");
    let texts: Vec<String> = house.store.public(conversation.id);
    assert_eq!(texts, ["0", "1", "2", "3", "4"]);
    assert_eq!(conversation.state, State::Queued);
    assert!(house.store.jobs().is_empty());
    house.verify().await;
}

#[tokio::test(start_paused = true)]
async fn conflicts_at_intake_lose_and_double_nothing() {
    let house = House::with([tenant("aurinko")]);
    house.settle().await;
    house.store.conflict(30);
    for n in 0..3 {
        house.hook("aurinko", "tele", &hook("t1", n)).await.unwrap();
    }
    for _ in 0..4 {
        house.forward(2).await;
    }
    assert_eq!(house.store.public(house.thread("aurinko", "t1").id), ["0", "1", "2"]);
    house.verify().await;
}
