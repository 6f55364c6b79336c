//! Several people and nodes at the same conversation at the same time.

use std::sync::Arc;

use futures::future::join_all;
use kerros_app::Error;
use kerros_app::assign::{Assign, assign};
use kerros_app::ports::store::Role;
use kerros_app::reply::{Reply, reply};
use kerros_app::work::Config;
use kerros_domain::conversation::State;
use kerros_domain::message::Author;

use crate::house::{House, message, people_only};
use crate::plugins::Hook;

#[tokio::test(start_paused = true)]
async fn two_answers_at_once_are_both_kept_in_some_order() {
    let house = House::with([people_only("aurinko")]);
    let (one, two) = (house.agent(1).await, house.agent(2).await);
    house.writes("aurinko", "t1", "m1", "hello").await;
    let id = house.thread("aurinko", "t1").id;
    let say = |text: &str| Reply { conversation: id, text: text.into(), idempotency_key: None };
    let (first, second) =
        tokio::join!(reply(&house.ctx, &one, say("one")), reply(&house.ctx, &two, say("two")));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_ne!(first.seq, second.seq);
    assert_eq!(house.store.public(id).len(), 3);
    house.verify().await;
}

#[tokio::test(start_paused = true)]
async fn the_same_key_at_once_is_one_answer() {
    let house = House::with([people_only("aurinko")]);
    let agent = house.agent(1).await;
    house.writes("aurinko", "t1", "m1", "hello").await;
    let id = house.thread("aurinko", "t1").id;
    let say =
        || Reply { conversation: id, text: "once".into(), idempotency_key: Some("k1".into()) };
    let all = join_all((0..5).map(|_| reply(&house.ctx, &agent, say()))).await;
    let all: Vec<_> = all.into_iter().map(Result::unwrap).collect();
    assert!(all.iter().all(|message| *message == all[0]));
    assert_eq!(house.store.public(id), ["hello", "once"]);
    house.settle().await;
    assert_eq!(house.plugins.sent.lock().len(), 1);
    let again = reply(&house.ctx, &agent, say()).await.unwrap();
    assert_eq!((again.id, again.seq), (all[0].id, all[0].seq));
}

#[tokio::test(start_paused = true)]
async fn against_too_many_others_it_gives_up_without_a_trace() {
    let house = House::with([people_only("aurinko")]);
    let agent = house.agent(1).await;
    house.writes("aurinko", "t1", "m1", "hello").await;
    let id = house.thread("aurinko", "t1").id;
    house.store.conflict(u32::MAX);
    let cmd = Assign { conversation: id, user: None };
    assert_eq!(assign(&house.ctx, &agent, cmd.clone()).await, Err(Error::Conflict));
    house.store.conflict(7);
    assert_eq!(assign(&house.ctx, &agent, cmd).await.unwrap().state, State::Assigned);
}

#[tokio::test(start_paused = true)]
async fn customer_and_agent_may_write_at_once() {
    let house = House::with([people_only("aurinko")]);
    let agent = house.agent(1).await;
    house.writes("aurinko", "t1", "m0", "hello").await;
    let id = house.thread("aurinko", "t1").id;
    let customer = async {
        for n in 1..=20 {
            let event = message("t1", &format!("m{n}"), &format!("c{n}"));
            house.hook("aurinko", "tele", &Hook { key: None, events: vec![event] }).await.unwrap();
        }
    };
    let answers = async {
        for n in 1..=20 {
            let text = format!("a{n}");
            let cmd = Reply { conversation: id, text, idempotency_key: None };
            reply(&house.ctx, &agent, cmd).await.unwrap();
        }
    };
    tokio::join!(customer, answers);
    house.settle().await;
    let said = house.store.said(id);
    assert_eq!(said.len(), 41);
    let of = |contact: bool| {
        let texts = said.iter().filter(|m| (m.author == Author::Contact) == contact);
        texts.map(|m| m.text.clone()).collect::<Vec<_>>()
    };
    let numbered = |letter: &str| (1..=20).map(|n| format!("{letter}{n}")).collect::<Vec<_>>();
    assert_eq!(of(true)[1..], numbered("c"));
    assert_eq!(of(false), numbered("a"));
    let sent: Vec<String> = house.plugins.sent.lock().iter().map(|m| m.text.clone()).collect();
    assert_eq!(sent, numbered("a"));
    house.verify().await;
}

#[tokio::test(start_paused = true)]
async fn two_nodes_on_one_store_double_nothing() {
    let shared = Config { sole: false, ..Config::default() };
    let tenants = || [people_only("aurinko")];
    let mut one = House::idle(tenants());
    let mut two = House::node(2, Arc::clone(&one.store), one.clock.clone(), tenants());
    one.start(shared.clone());
    two.start(shared);
    let agent = one.person(1, Role::Agent, &[("aurinko", &["first-line"])], true).await;
    for n in 0..30 {
        one.clock.forward(1);
        let house = if n % 2 == 0 { &one } else { &two };
        let event = message(&format!("t{}", n % 5), &format!("m{n}"), &format!("{n}"));
        house.hook("aurinko", "tele", &Hook { key: None, events: vec![event] }).await.unwrap();
    }
    one.settle().await;
    for thread in 0..5 {
        let conversation = one.thread("aurinko", &format!("t{thread}"));
        let expected: Vec<String> = (0..6).map(|n| (n * 5 + thread).to_string()).collect();
        assert_eq!(one.store.public(conversation.id), expected);
    }
    let taken = one.store.conversations().into_iter().filter(|(c, _)| c.assignee.is_some());
    assert_eq!(taken.count(), 4, "one person holds at most four here");
    let mine = one.store.conversations().into_iter().find(|(c, _)| c.assignee.is_some());
    let id = mine.unwrap().0.id;
    for n in 0..10 {
        let house = if n % 2 == 0 { &one } else { &two };
        let cmd = Reply { conversation: id, text: format!("a{n}"), idempotency_key: None };
        reply(&house.ctx, &agent, cmd).await.unwrap();
    }
    one.settle().await;
    let sent = one.plugins.sent.lock().len() + two.plugins.sent.lock().len();
    assert_eq!(sent, 10);
    assert!(one.store.jobs().is_empty());
    one.verify().await;
    one.stop().await;
    two.stop().await;
}
