//! Answers with more than text: copies, files, approved messages, another channel; and sending again.

use futures::{StreamExt, stream};
use kerros_app::answer::{Answer, answer, copies, resend};
use kerros_app::ports::channel::{
    InboundEvent, InboundMessage, MailThreading, Outcome, Participant, Threading,
};
use kerros_app::ports::store::{Changes, Role, Scope};
use kerros_app::{Caller, Error, dead_letters, files};
use kerros_domain::about::{Party, PartyRole, Template};
use kerros_domain::id::{ChannelId, ConversationId, FileId};
use kerros_domain::message::{Author, DeliveryState};

use crate::house::{House, people_only};
use crate::plugins::Hook;

fn text(text: &str) -> Answer {
    Answer { text: text.into(), ..Answer::default() }
}

/// Maija wrote a mail with Olli in copy.
async fn mailed() -> (House, Caller, ConversationId) {
    mailed_to(House::with([people_only("aurinko"), people_only("vuori")])).await
}

async fn mailed_to(house: House) -> (House, Caller, ConversationId) {
    let agent = house.agent(1).await;
    let copy = Participant { role: "cc".into(), address: "olli@example.fi".into(), name: None };
    let event = InboundEvent::from(InboundMessage {
        external_id: "a1".into(),
        threading: Threading::Mail(MailThreading::default()),
        sender: "maija@example.fi".into(),
        subject: Some("A question".into()),
        participants: vec![copy],
        text: "hello?".into(),
        ..InboundMessage::default()
    });
    house.hook("aurinko", "tele", &Hook { key: None, events: vec![event] }).await.unwrap();
    house.settle().await;
    let (tenant, channel) = ("aurinko".into(), "tele".into());
    let found = house.ctx.store.by_external_id(&tenant, &channel, "a1").await.unwrap();
    (house, agent, found.unwrap().0)
}

async fn sent(house: &House) -> Vec<(String, Vec<String>)> {
    house.settle().await;
    let sent = house.plugins.sent.lock();
    let of = |list: &[Participant]| list.iter().map(|p| p.address.clone()).collect();
    sent.iter().map(|message| (message.text.clone(), of(&message.participants))).collect()
}

#[tokio::test(start_paused = true)]
async fn copies_go_to_whom_the_customer_wrote_unless_somebody_says_otherwise() {
    let (house, agent, id) = mailed().await;
    let proposed = copies(&house.ctx, &house.get(id)).await.unwrap();
    let addresses: Vec<_> = proposed.iter().map(|party| party.address.as_str()).collect();
    assert_eq!(addresses, ["olli@example.fi"]);
    let party = |address: &str| Party { role: PartyRole::Cc, address: address.into(), name: None };
    for (said, wanted) in [
        ("to all", None),
        ("to her alone", Some(vec![])),
        ("to Pia too", Some(vec![party("Pia@Example.fi ")])),
    ] {
        let cmd = Answer { copies: wanted, subject: Some("New".into()), ..text(said) };
        answer(&house.ctx, &agent, id, cmd).await.unwrap();
    }
    for wrong in ["nobody", "a@b\r\nBcc: c@d", ""] {
        let cmd = Answer { copies: Some(vec![party(wrong)]), ..text("x") };
        let refused = answer(&house.ctx, &agent, id, cmd).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{wrong:?}");
    }
    let expected: [(&str, &[&str]); 3] = [
        ("to all", &["olli@example.fi"]),
        ("to her alone", &[]),
        ("to Pia too", &["pia@example.fi"]),
    ];
    let owned = |(text, list): (&str, &[&str])| {
        (text.to_owned(), list.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(sent(&house).await, expected.map(owned));
    assert_eq!(house.plugins.sent.lock()[0].subject.as_deref(), Some("New"));
}

#[tokio::test(start_paused = true)]
async fn an_uploaded_file_goes_with_its_answer_and_is_its_conversations_alone() {
    let (house, agent, id) = mailed().await;
    let bytes = || stream::iter([Ok("%PDF".into())]).boxed();
    let tenant = "aurinko".into();
    let meta =
        files::upload(&house.ctx, &agent, &tenant, "../form.pdf", None, bytes()).await.unwrap();
    assert_eq!((meta.name.as_str(), meta.media_type.as_str()), ("form.pdf", "application/pdf"));
    let file: FileId = meta.id.parse().unwrap();
    assert_eq!(files::open(&house.ctx, &agent, id, file).await.err(), Some(Error::NotFound));

    let cmd = Answer { files: vec![file], ..text("Here it is") };
    let said = answer(&house.ctx, &agent, id, cmd).await.unwrap();
    assert_eq!(said.about.files[0].bytes, 4);
    house.settle().await;
    assert_eq!(house.plugins.sent.lock()[0].files[0].name, "form.pdf");
    assert!(files::open(&house.ctx, &agent, id, file).await.is_ok());

    let other = house.person(8, Role::Agent, &[("vuori", &["first-line"])], false).await;
    assert_eq!(files::open(&house.ctx, &other, id, file).await.err(), Some(Error::NotFound));
    let foreign = files::upload(&house.ctx, &other, &tenant, "a", None, bytes()).await;
    assert_eq!(foreign.err(), Some(Error::NotFound));
    let cmd = Answer { files: vec![FileId(uuid::Uuid::nil())], ..text("x") };
    assert!(matches!(answer(&house.ctx, &agent, id, cmd).await, Err(Error::Invalid(_))));
}

#[tokio::test(start_paused = true)]
async fn where_the_window_is_closed_an_approved_message_or_another_channel_helps() {
    let (house, agent, id) = mailed().await;
    house.plugins.outcomes.lock().push(Ok(Outcome::Rejected {
        reason: "too late".into(),
        alternatives: vec!["template".into()],
        bad_address: false,
    }));
    let plain = answer(&house.ctx, &agent, id, text("Hello")).await.unwrap();
    house.settle().await;
    let failed = house.store.said(id).into_iter().find(|message| message.id == plain.id).unwrap();
    assert_eq!(failed.delivery, Some(DeliveryState::Failed));
    assert_eq!(failed.failure.unwrap().alternatives, ["template"]);

    let template =
        Template { name: "hello".into(), language: "fi".into(), parameters: vec!["Maija".into()] };
    let cmd = Answer { template: Some(template), ..text("Hei Maija") };
    answer(&house.ctx, &agent, id, cmd).await.unwrap();
    house.settle().await;
    let last = house.plugins.sent.lock().last().unwrap().clone();
    assert_eq!(last.template.unwrap().parameters, ["Maija"]);

    // By a channel on which the customer has no address, and then has one.
    let by_chat = || Answer { via: Some("chat".into()), ..text("By chat") };
    let refused = answer(&house.ctx, &agent, id, by_chat()).await;
    assert!(matches!(refused, Err(Error::Invalid(_))));
    let mut contact = house.contact(&house.get(id));
    contact.addresses.push(("chat".into(), "w-1".into()));
    let changes = Changes { contacts: vec![contact], ..Changes::default() };
    house.ctx.store.commit(&Scope::One("aurinko".into()), changes).await.unwrap();
    let said = answer(&house.ctx, &agent, id, by_chat()).await.unwrap();
    assert_eq!(said.about.via, Some("chat".into()));
    assert!(said.about.recipients.is_empty(), "another channel knows nothing of the mail's people");
}

#[tokio::test(start_paused = true)]
async fn what_failed_is_sent_again_once_and_its_dead_letter_goes() {
    let (house, agent, id) = mailed().await;
    house.plugins.outcomes.lock().push(Ok(Outcome::rejected("no")));
    let said = answer(&house.ctx, &agent, id, text("Hello")).await.unwrap();
    house.settle().await;
    let boss = house.person(9, Role::Supervisor, &[("aurinko", &[])], false).await;
    assert_eq!(dead_letters::list(&house.ctx, &boss, 10).await.unwrap().len(), 1);
    let reader = house.person(7, Role::Agent, &[("aurinko", &["experts"])], false).await;
    assert_eq!(resend(&house.ctx, &reader, id, said.id).await.err(), Some(Error::Forbidden));
    resend(&house.ctx, &agent, id, said.id).await.unwrap();
    house.settle().await;
    assert!(dead_letters::list(&house.ctx, &boss, 10).await.unwrap().is_empty());
    let states: Vec<_> = house.store.said(id).into_iter().map(|m| m.delivery).collect();
    assert_eq!(states, [None, Some(DeliveryState::Sent)]);
    assert_eq!(resend(&house.ctx, &agent, id, said.id).await.err(), Some(Error::Conflict));
    assert_eq!(house.plugins.sent.lock().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_answer_goes_where_the_customer_wants_it() {
    let house = House::with([people_only("aurinko")]);
    let agent = house.agent(1).await;
    let wants = |role: &str, address: &str| Participant {
        role: role.into(),
        address: address.into(),
        name: None,
    };
    let event = InboundEvent::from(InboundMessage {
        external_id: "f1".into(),
        threading: Threading::Mail(MailThreading::default()),
        sender: "no-reply@forms.example".into(),
        participants: vec![wants("reply-to", "aino@example.fi")],
        text: "hello?".into(),
        ..InboundMessage::default()
    });
    house.hook("aurinko", "tele", &Hook { key: None, events: vec![event] }).await.unwrap();
    house.settle().await;
    let id = house.store.conversations()[0].0.id;
    answer(&house.ctx, &agent, id, text("Hello Aino")).await.unwrap();
    let expected = vec![("Hello Aino".to_owned(), vec!["aino@example.fi".to_owned()])];
    assert_eq!(sent(&house).await, expected);
}

/// A report on an address of a mail that was answered, by the mailbox that such reports come to.
async fn bounces(house: &House, channel: &str, external_id: &str, address: &str) {
    let event = InboundEvent::Delivery {
        external_id: external_id.into(),
        state: DeliveryState::Failed,
        reason: Some(format!("{address}: 550 5.1.1 no such user")),
        bad_address: Some(address.into()),
        alternatives: Vec::new(),
    };
    let hook = Hook { key: None, events: vec![event] };
    house.hook("aurinko", channel, &hook).await.unwrap();
    for _ in 0..8 {
        house.forward(60).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_bounces_is_told_and_the_customers_own_mail_has_arrived() {
    let (house, agent, id) = mailed().await;
    let said = answer(&house.ctx, &agent, id, text("To both")).await.unwrap();
    house.settle().await;
    let sent = |house: &House| {
        let mut all = house.store.said(id).into_iter();
        all.find(|message| message.id == said.id).unwrap()
    };
    let external_id = sent(&house).external_id.unwrap();
    bounces(&house, "tele", &external_id, "Olli@example.fi").await;
    let copied = sent(&house);
    assert_eq!(copied.delivery, Some(DeliveryState::Sent), "Maija has it");
    assert!(copied.failure.unwrap().reason.contains("Olli@example.fi"));
    assert!(house.contact(&house.get(id)).bad_addresses.is_empty());

    bounces(&house, "tele", &external_id, "Maija@Example.fi").await;
    assert_eq!(sent(&house).delivery, Some(DeliveryState::Failed));
    assert_eq!(house.contact(&house.get(id)).bad_addresses[0].address, "maija@example.fi");
    house.verify().await;
}

#[tokio::test(start_paused = true)]
async fn a_bounce_finds_its_mail_or_else_its_people() {
    let (mut aurinko, vuori) = (people_only("aurinko"), people_only("vuori"));
    let mut second = aurinko.channels[&ChannelId::from("tele")].clone();
    second.name = "post".into();
    aurinko.channels.insert("post".into(), second);
    let (house, agent, id) = mailed_to(House::with([aurinko, vuori])).await;
    let said = answer(&house.ctx, &agent, id, text("Hello")).await.unwrap();
    house.settle().await;
    let notes = |house: &House| {
        let said = house.store.said(id).into_iter();
        said.filter(|message| message.author == Author::System).map(|m| m.text).collect::<Vec<_>>()
    };
    // By a server that gave the mail an id of its own: people read of it, once.
    for _ in 0..2 {
        bounces(&house, "post", "0102@ses.example", "maija@example.fi").await;
        let [note] = notes(&house).try_into().unwrap();
        assert!(note.contains("maija@example.fi") && note.contains("5.1.1"), "{note}");
    }
    assert!(!house.contact(&house.get(id)).bad_addresses.is_empty());
    // Of a stranger nobody is told.
    bounces(&house, "post", "0103@ses.example", "eve@example.org").await;
    assert_eq!(notes(&house).len(), 1);
    // By another mailbox than the answer left from.
    let sent = house.store.said(id).into_iter().find(|message| message.id == said.id).unwrap();
    bounces(&house, "post", &sent.external_id.unwrap(), "maija@example.fi").await;
    let sent = house.store.said(id).into_iter().find(|message| message.id == said.id).unwrap();
    assert_eq!(sent.delivery, Some(DeliveryState::Failed));
    house.verify().await;
}
