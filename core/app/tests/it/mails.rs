//! Fetched mails: many in one commit with their mailbox's position, none lost, none twice.

use kerros_app::accept::{AcceptError, MailTaken, accept_mails};
use kerros_app::ports::channel::Raw;
use kerros_app::ports::mail::{Fetched, MailPosition};
use kerros_app::ports::plugin::PluginError;
use kerros_app::ports::store::StoreError;
use kerros_domain::id::ChannelId;

use crate::house::{House, message};
use crate::plugins::{GENUINE, Hook};

/// A mail that the test channel reads as a message, or cannot read.
fn mail(digest: &str, body: Vec<u8>) -> Fetched {
    let raw = Raw {
        kind: "mail".into(),
        headers: vec![(GENUINE.0.into(), GENUINE.1.into())],
        body,
        ..Raw::default()
    };
    Fetched { raw, digest: digest.into(), ..Fetched::default() }
}

fn says(digest: &str, thread: &str, id: &str, text: &str) -> Fetched {
    let hook = Hook { key: None, events: vec![message(thread, id, text)] };
    mail(digest, serde_json::to_vec(&hook).unwrap())
}

fn at(uid: u32) -> MailPosition {
    MailPosition { tenant: "aurinko".into(), mailbox: "support".into(), uid_validity: 7, uid }
}

async fn take(house: &House, mails: Vec<Fetched>, uid: u32) -> Result<Vec<MailTaken>, AcceptError> {
    accept_mails(&house.ctx, &ChannelId::from("tele"), mails, at(uid)).await
}

async fn position(house: &House) -> Option<u32> {
    let found = house.ctx.store.mail_position(&"aurinko".into(), "support").await.unwrap();
    found.map(|position| position.uid)
}

#[tokio::test(start_paused = true)]
async fn mails_come_with_their_position_and_only_once() {
    use MailTaken::{Known, Taken};
    let house = House::new();
    let before = house.store.commits();
    let mails = vec![says("d1", "t1", "m1", "one"), says("d2", "t2", "m2", "two")];
    assert_eq!(take(&house, mails.clone(), 2).await, Ok(vec![Taken, Taken]));
    assert_eq!(house.store.commits() - before, 1, "one commit for all of it");
    assert_eq!(position(&house).await, Some(2));
    house.settle().await;
    // The server numbers anew: the same mails again, a new one between them, and one by another way.
    let again = vec![
        mails[0].clone(),
        says("d3", "t1", "m3", "three"),
        mails[1].clone(),
        says("d4", "t1", "m1", "one, by another way"),
    ];
    assert_eq!(take(&house, again, 4).await, Ok(vec![Known, Taken, Known, Taken]));
    house.settle().await;
    assert_eq!(position(&house).await, Some(4));
    let conversation = house.thread("aurinko", "t1");
    assert_eq!(house.store.public(conversation.id), ["one", "three"]);
    assert_eq!(house.store.conversations().len(), 2);
    assert!(house.store.jobs().is_empty(), "{:?}", house.store.jobs());
    house.verify().await;
}

#[tokio::test(start_paused = true)]
async fn without_a_database_nothing_is_taken_and_nothing_moves() {
    let house = House::new();
    house.store.fail(Some(StoreError::Unavailable("gone".into())));
    let mails = vec![says("d1", "t1", "m1", "one")];
    assert_eq!(take(&house, mails.clone(), 1).await, Err(AcceptError::Unavailable));
    house.store.fail(None);
    assert_eq!(position(&house).await, None);
    assert_eq!(take(&house, mails, 1).await, Ok(vec![MailTaken::Taken]));
    house.settle().await;
    assert_eq!(house.store.conversations().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_mail_that_the_channel_refuses_stays_where_it_is() {
    let house = House::new();
    let mails = vec![mail("d1", b"{".to_vec()), says("d2", "t2", "m2", "two")];
    let taken = take(&house, mails, 2).await.unwrap();
    assert!(matches!(&taken[0], MailTaken::Refused(_)), "{taken:?}");
    assert_eq!(taken[1], MailTaken::Taken);
    assert_eq!(position(&house).await, Some(2));
    let nothing = take(&house, Vec::new(), 9).await;
    assert_eq!((nothing, position(&house).await), (Ok(Vec::new()), Some(9)), "only the position");
}

#[tokio::test(start_paused = true)]
async fn a_broken_channel_reads_mails_later() {
    let house = House::new();
    let fault = PluginError::Fault { message: "trap".into() };
    *house.plugins.receive_fails.lock() = Some(fault);
    let mails = vec![says("d1", "t1", "m1", "one"), says("d2", "t2", "m2", "two")];
    assert_eq!(take(&house, mails, 2).await, Ok(vec![MailTaken::Taken, MailTaken::Taken]));
    assert_eq!(position(&house).await, Some(2));
    *house.plugins.receive_fails.lock() = None;
    house.forward(3600).await;
    house.settle().await;
    assert_eq!(house.store.conversations().len(), 2);
}
