//! Mails find their conversation, and nobody else's.

use kerros_app::ports::channel::{
    Attachment, Check, InboundEvent, InboundMessage, MailThreading, Participant, Source, Threading,
};
use kerros_app::ports::store::Scope;
use kerros_app::reply::{Reply, reply};
use kerros_domain::id::ConversationId;
use kerros_domain::message::Visibility;

use crate::house::{House, people_only};
use crate::plugins::Hook;

/// A mail from somebody.
fn mail(id: &str, from: &str, threading: MailThreading) -> InboundMessage {
    InboundMessage {
        external_id: id.into(),
        threading: Threading::Mail(threading),
        sender: from.into(),
        subject: Some("A question".into()),
        text: format!("text of {id}"),
        ..InboundMessage::default()
    }
}

fn refers(ids: &[&str]) -> MailThreading {
    let references = ids.iter().map(|id| (*id).to_owned()).collect();
    MailThreading { references, ..MailThreading::default() }
}

async fn comes(house: &House, message: InboundMessage) {
    let hook = Hook { key: None, events: vec![InboundEvent::from(message)] };
    house.hook("aurinko", "tele", &hook).await.unwrap();
    house.settle().await;
}

/// The conversation that has the message.
async fn home(house: &House, external_id: &str) -> ConversationId {
    let (tenant, channel) = ("aurinko".into(), "tele".into());
    let found = house.ctx.store.by_external_id(&tenant, &channel, external_id).await.unwrap();
    found.unwrap_or_else(|| panic!("{external_id} is nowhere")).0
}

/// Maija asked, with Olli in copy, and was answered.
async fn asked() -> (House, ConversationId, String) {
    let house = House::with([people_only("aurinko"), people_only("vuori")]);
    let agent = house.agent(1).await;
    let mut first = mail("a1", "Maija@Example.fi", MailThreading::default());
    let copy =
        |address: &str| Participant { role: "cc".into(), address: address.into(), name: None };
    first.participants = vec![copy("olli@example.fi")];
    comes(&house, first).await;
    let id = home(&house, "a1").await;
    let cmd = Reply { conversation: id, text: "An answer".into(), idempotency_key: None };
    reply(&house.ctx, &agent, cmd).await.unwrap();
    house.settle().await;
    let sent = house.plugins.sent.lock()[0].clone();
    assert_eq!(sent.number, house.get(id).number);
    assert_eq!(sent.subject.as_deref(), Some("A question"));
    assert_eq!(sent.references, ["a1"]);
    assert_eq!(sent.recipient, "maija@example.fi");
    (house, id, sent.reply_token)
}

#[tokio::test(start_paused = true)]
async fn the_cases_that_peers_get_wrong() {
    let (house, id, token) = asked().await;
    let number = house.get(id).number;
    assert!(number > 0);
    let numbers = || MailThreading { numbers: vec![number], ..MailThreading::default() };
    let tokens =
        |token: &str| MailThreading { tokens: vec![token.into()], ..MailThreading::default() };
    let forged =
        vec![Check { name: "dmarc".into(), verdict: "fail".into(), detail: "example.fi".into() }];
    let mut spoofed = mail("c5", "maija@example.fi", refers(&["a1"]));
    spoofed.checks = forged;
    for (what, message, same) in [
        ("the customer answers", mail("c1", "maija@example.fi", refers(&["a1"])), true),
        ("somebody in copy answers", mail("c2", "Olli@example.fi", refers(&["a1"])), true),
        (
            "a stranger answers a forwarded mail",
            mail("c3", "eve@example.org", refers(&["a1"])),
            false,
        ),
        ("a stranger quotes the number", mail("c4", "eve@example.org", numbers()), false),
        ("a forged sender answers", spoofed, false),
        ("the customer writes the number", mail("c6", "maija@example.fi", numbers()), true),
        (
            "a colleague has the token",
            mail("c7", "kalle@example.net", tokens(&token.to_uppercase())),
            true,
        ),
        ("and takes part from then on", mail("c8", "kalle@example.net", refers(&["c7"])), true),
        (
            "a token of another installation",
            mail("c9", "eve@example.org", tokens(&"a".repeat(45))),
            false,
        ),
    ] {
        let external_id = message.external_id.clone();
        comes(&house, message).await;
        assert_eq!(home(&house, &external_id).await == id, same, "{what}");
    }
    // Who wrote is told where it is not the contact.
    let said = house.store.said(id);
    let by = said.iter().find(|m| m.external_id.as_deref() == Some("c2")).unwrap();
    assert_eq!(by.about.sender.as_ref().unwrap().address, "olli@example.fi");
    house.verify().await;
}

/// A number is easily guessed, and so is who asked: with a forged sender and a friend in copy the next answer would go
/// to the friend.
#[tokio::test(start_paused = true)]
async fn whoever_may_be_anybody_brings_nobody_along() {
    let (house, id, token) = asked().await;
    let number = house.get(id).number;
    let numbers = MailThreading { numbers: vec![number], ..MailThreading::default() };
    let tokens = MailThreading { tokens: vec![token], ..MailThreading::default() };
    let pass =
        vec![Check { name: "dmarc".into(), verdict: "pass".into(), detail: "example.fi".into() }];
    for (n, (what, threading, checks, along)) in [
        ("only the number", numbers.clone(), vec![], false),
        ("the number, and proven", numbers, pass, true),
        ("an answer to a mail", refers(&["a1"]), vec![], true),
        ("the token", tokens, vec![], true),
    ]
    .into_iter()
    .enumerate()
    {
        let friend = format!("friend{n}@example.org");
        let mut message = mail(&format!("f{n}"), "maija@example.fi", threading);
        message.checks = checks;
        message.participants =
            vec![Participant { role: "cc".into(), address: friend.clone(), name: None }];
        comes(&house, message).await;
        assert_eq!(home(&house, &format!("f{n}")).await, id, "{what}");
        let scope = Scope::One("aurinko".into());
        let people = house.ctx.store.participants(&scope, id).await.unwrap();
        assert_eq!(people.iter().any(|party| party.address == friend), along, "{what}");
        let said = house.store.said(id);
        let copied = said.last().unwrap().about.recipients.iter();
        assert_eq!(copied.clone().any(|party| party.address == friend), along, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn two_people_who_answer_the_same_newsletter_never_meet() {
    let house = House::with([people_only("aurinko")]);
    comes(&house, mail("n1", "maija@example.fi", refers(&["news@list"]))).await;
    comes(&house, mail("n2", "olli@example.fi", refers(&["news@list"]))).await;
    assert_ne!(home(&house, "n1").await, home(&house, "n2").await);
}

#[tokio::test(start_paused = true)]
async fn a_machine_wakes_nobody_up() {
    let (house, id, token) = asked().await;
    let agent = house.agent(2).await;
    let cmd = kerros_app::resolve::Resolve { conversation: id };
    kerros_app::resolve::resolve(&house.ctx, &agent, cmd).await.unwrap();
    let tokens = MailThreading { tokens: vec![token], ..MailThreading::default() };
    let mut away = mail("o1", "maija@example.fi", tokens);
    away.automatic = Some("auto-replied".into());
    comes(&house, away).await;
    assert_eq!(home(&house, "o1").await, id);
    let c = house.get(id);
    assert!(!c.state.is_open(), "{:?}", c.state);
    let said = house.store.said(id);
    assert_eq!(said.last().unwrap().visibility, Visibility::Internal);
}

#[tokio::test(start_paused = true)]
async fn what_comes_with_a_mail_is_kept_and_made_harmless() {
    let house = House::with([people_only("aurinko")]);
    let mut message = mail("h1", "maija@example.fi", MailThreading::default());
    message.html = Some("<p>Hei<script>x()</script> <img src=\"cid:logo\"></p>".into());
    message.attachments = vec![Attachment {
        name: "../logo.png".into(),
        media_type: None,
        source: Source::Bytes(vec![0x89, 0x50]),
        inline: false,
        content_id: Some("logo".into()),
    }];
    comes(&house, message).await;
    let id = home(&house, "h1").await;
    let said = house.store.said(id);
    let file = &said[0].about.files[0];
    assert_eq!(
        (file.name.as_str(), file.media_type.as_str(), file.inline),
        ("logo.png", "image/png", true)
    );
    let scope = Scope::One("aurinko".into());
    let details = house.ctx.store.details(&scope, &[said[0].id]).await.unwrap();
    let html = details[&said[0].id].html.clone().unwrap();
    assert_eq!(html, format!("<p>Hei <img src=\"/files/{}\"></p>", file.id));
    assert_eq!(house.files.bytes(&"aurinko".into(), &file.id.to_string()).unwrap().len(), 2);
    // Another tenant's people, and agents who may not read it, have no such file.
    let agent = house.agent(1).await;
    assert!(kerros_app::files::open(&house.ctx, &agent, id, file.id).await.is_ok());
    let foreign = house
        .person(8, kerros_app::ports::store::Role::Agent, &[("vuori", &["first-line"])], false)
        .await;
    let refused = kerros_app::files::open(&house.ctx, &foreign, id, file.id).await;
    assert!(matches!(refused, Err(kerros_app::Error::NotFound)));
}
