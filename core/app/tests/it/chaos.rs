//! Real threads, real time, and processes that are killed at random moments: nothing acknowledged is
//! lost, nothing is doubled, order is kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::join_all;
use kerros_app::memory::{Memory, TestClock};
use kerros_app::ports::bot::Action;
use kerros_app::ports::store::Conversations;
use kerros_app::ports::store::Upkeep;
use kerros_app::work::Config;
use kerros_domain::sample;
use tokio::runtime::{Builder, Runtime};

use crate::house::{House, message, tenant};
use crate::plugins::Hook;

const THREADS: usize = 20;

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(4).enable_time().build().unwrap()
}

fn config() -> Config {
    Config { claim_ms: 5, tick_ms: 5, route_ms: 50, ..Config::default() }
}

/// A bot that answers everything, in a process of its own.
fn start(n: u32, store: &Arc<Memory>, clock: &TestClock) -> House {
    let mut house = House::node(n, Arc::clone(store), clock.clone(), [tenant("aurinko")]);
    house.plugins.bot_does(|turn| {
        let last = turn.conversation.messages.last().map(|m| m.text.clone()).unwrap_or_default();
        vec![Action::Say { text: format!("re {last}"), parts: Vec::new() }]
    });
    house.start(config());
    house
}

/// Sends numbered messages over every thread until told otherwise; counts those acknowledged. The one
/// that was under way when the process died is sent again by the next process, as customers do.
async fn send(house: &House, acknowledged: &[AtomicUsize], each: usize) {
    let threads = acknowledged.iter().enumerate().map(|(thread, acknowledged)| async move {
        while acknowledged.load(Ordering::SeqCst) < each {
            let n = acknowledged.load(Ordering::SeqCst);
            let event = message(&format!("t{thread}"), &format!("m{n}"), &format!("{n}"));
            let hook = Hook { key: None, events: vec![event] };
            house.hook("aurinko", "chat", &hook).await.unwrap();
            acknowledged.store(n + 1, Ordering::SeqCst);
            tokio::task::yield_now().await;
        }
    });
    join_all(threads).await;
}

/// Waits until no job is left.
async fn done(store: &Memory) {
    let wait = async {
        while store.jobs().iter().any(|(_, dead)| !dead) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), wait).await.expect("jobs are left");
}

fn check(runtime: &Runtime, store: &Memory, each: usize) {
    for thread in 0..THREADS {
        let known = runtime
            .block_on(store.known(&"aurinko".into(), &"chat".into(), &format!("t{thread}"), ""))
            .unwrap();
        let conversation = known.conversation.unwrap();
        let texts = store.public(conversation.id);
        let (answers, asked): (Vec<String>, Vec<String>) =
            texts.into_iter().partition(|text| text.starts_with("re "));
        let numbers: Vec<String> = (0..each).map(|n| n.to_string()).collect();
        assert_eq!(asked, numbers, "thread {thread}");
        let expected: Vec<String> = numbers.iter().map(|n| format!("re {n}")).collect();
        assert_eq!(answers, expected, "thread {thread}");
    }
    assert!(store.jobs().is_empty(), "{:?}", store.jobs());
    assert!(runtime.block_on(store.verify(&|_, _| {})).unwrap().is_empty());
}

#[test]
fn many_threads_at_once_keep_their_order() {
    let runtime = runtime();
    let store = Arc::new(Memory::default());
    let clock = TestClock::at(sample::TUESDAY_10);
    let acknowledged: Vec<AtomicUsize> = (0..THREADS).map(|_| AtomicUsize::new(0)).collect();
    runtime.block_on(async {
        let house = start(1, &store, &clock);
        send(&house, &acknowledged, 40).await;
        done(&store).await;
    });
    check(&runtime, &store, 40);
}

#[test]
fn killed_again_and_again_it_loses_doubles_and_disorders_nothing() {
    let store = Arc::new(Memory::default());
    let clock = TestClock::at(sample::TUESDAY_10);
    let acknowledged: Arc<Vec<AtomicUsize>> =
        Arc::new((0..THREADS).map(|_| AtomicUsize::new(0)).collect());
    for life in 1..=15 {
        let process = runtime();
        let (its_store, clock, acknowledged) =
            (Arc::clone(&store), clock.clone(), Arc::clone(&acknowledged));
        // Ids are sortable by time: a later process makes later ones.
        clock.forward(1000);
        process.spawn(async move {
            let house = start(life, &its_store, &clock);
            send(&house, &acknowledged, usize::from(u16::MAX)).await;
        });
        // It dies when this many commits more have been made, wherever its tasks stand then.
        let end = store.commits() + u64::from(life * life);
        while store.commits() < end {
            std::thread::yield_now();
        }
        process.shutdown_timeout(Duration::from_secs(60));
    }
    let last = runtime();
    clock.forward(1000);
    let most = acknowledged.iter().map(|count| count.load(Ordering::SeqCst)).max().unwrap_or(0) + 1;
    last.block_on(async {
        let house = start(99, &store, &clock);
        send(&house, &acknowledged, most).await;
        done(&store).await;
    });
    assert!(most > 10, "the processes lived too short to show anything: {most}");
    check(&last, &store, most);
}
