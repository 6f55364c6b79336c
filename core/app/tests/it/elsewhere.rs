//! Cases that are discussed with colleagues on a shared channel, and forms that are answered by mail.

use kerros_app::answer::{Answer, answer};
use kerros_app::discuss::{Discuss, attend, discuss};
use kerros_app::ports::channel::{
    CallRequest, CaseNote, InboundEvent, InboundMessage, MailThreading, Outcome, Outgoing,
    Threading,
};
use kerros_app::reply::{Reply, reply};
use kerros_app::tenant::{ChannelRole, Sending, Takes, Tenant};
use kerros_app::{Caller, Error};
use kerros_domain::about::Purpose;
use kerros_domain::id::{ChannelId, ConversationId};
use kerros_domain::message::{Author, DeliveryState, Visibility};

use crate::house::{House, people_only};
use crate::plugins::Hook;

/// With colleagues on `slack`, forms and call-back requests that are answered by mail and SMS.
fn tenant() -> Tenant {
    let mut tenant = people_only("aurinko");
    let usual = tenant.channels[&"tele".into()].clone();
    for (name, sending) in [
        ("slack", Sending::default()),
        ("mail", Sending { takes: Some(Takes::Mail), ..Sending::default() }),
        ("sms", Sending { takes: Some(Takes::Phone), ..Sending::default() }),
        ("form", Sending { answers_via: Some("mail".into()), ..Sending::default() }),
        ("callback", Sending { answers_via: Some("sms".into()), ..Sending::default() }),
    ] {
        let plugin = format!("channel/{name}").as_str().into();
        let role = if name == "slack" { ChannelRole::Cases } else { usual.role };
        let used = kerros_app::tenant::PluginUse {
            name: name.into(),
            plugin,
            sending,
            role,
            ..usual.clone()
        };
        tenant.channels.insert(name.into(), used);
    }
    tenant
}

async fn asked() -> (House, Caller, ConversationId) {
    let house = House::with([tenant()]);
    let agent = house.agent(1).await;
    house.writes("aurinko", "t1", "m1", "hello?").await;
    let id = house.thread("aurinko", "t1").id;
    (house, agent, id)
}

fn ask(conversation: ConversationId, channel: &str, text: &str) -> Discuss {
    Discuss { conversation, channel: channel.into(), text: text.into(), idempotency_key: None }
}

fn sent(house: &House) -> Vec<Outgoing> {
    house.plugins.sent.lock().clone()
}

fn kinds(house: &House) -> Vec<String> {
    sent(house).into_iter().map(|message| message.kind).collect()
}

fn in_thread(thread: &str) -> Outcome {
    Outcome::Delivered {
        external_id: Some(thread.into()),
        state: DeliveryState::Sent,
        thread: Some(thread.into()),
    }
}

async fn note(house: &House, thread: &str, id: &str, text: &str, calls_agent: bool) {
    let note = CaseNote {
        external_id: id.into(),
        thread: thread.into(),
        author: "U0AINO".into(),
        author_name: "Aino Salo".into(),
        text: text.into(),
        calls_agent,
        ..CaseNote::default()
    };
    let hook = Hook { key: None, events: vec![InboundEvent::CaseNote(Box::new(note))] };
    house.hook("aurinko", "slack", &hook).await.unwrap();
    house.settle().await;
}

#[tokio::test(start_paused = true)]
async fn a_case_is_posted_answered_and_calls_its_agent() {
    let (house, agent, id) = asked().await;
    kerros_app::assign::assign(
        &house.ctx,
        &agent,
        kerros_app::assign::Assign { conversation: id, user: None },
    )
    .await
    .unwrap();
    house.plugins.outcomes.lock().push(Ok(in_thread("th-1")));
    let posted = discuss(&house.ctx, &agent, ask(id, "slack", "Who knows this?")).await.unwrap();
    assert_eq!(posted.about.purpose, Purpose::Case);
    house.settle().await;
    let out = sent(&house).remove(0);
    assert!(out.text.contains("Who knows this?") && out.text.contains("hello?"), "{}", out.text);
    let contact = out.contact.expect("whose case it is");
    assert_eq!(contact.name.as_deref(), Some("Maija"));
    assert_eq!(contact.addresses[0].address, "t1");

    note(&house, "th-1", "n1", "I do.", false).await;
    assert!(house.get(id).attention.is_none(), "nobody was called");
    note(&house, "th-1", "n2", "@kerros look", true).await;
    let said = house.store.said(id);
    let back = said.iter().find(|message| message.text == "I do.").expect("the note");
    assert_eq!((&back.author, back.visibility), (&Author::System, Visibility::Internal));
    let from = back.about.sender.as_ref().expect("its author");
    assert_eq!((from.address.as_str(), from.name.as_deref()), ("U0AINO", Some("Aino Salo")));
    assert!(house.get(id).attention.is_some(), "the agent is called");
    attend(&house.ctx, &agent, id).await.unwrap();
    assert!(house.get(id).attention.is_none());

    // What is said now goes into the thread, without a second one.
    let more = discuss(&house.ctx, &agent, ask(id, "slack", "Thanks")).await.unwrap();
    assert_eq!(more.about.purpose, Purpose::Note);
    house.settle().await;
    let last = sent(&house).pop().unwrap();
    assert_eq!((last.kind.as_str(), last.thread.as_str()), ("note", "th-1"));
    house.verify().await;
}

#[tokio::test(start_paused = true)]
async fn two_quick_posts_open_one_thread_and_the_second_waits_for_it() {
    let (house, agent, id) = asked().await;
    house.plugins.outcomes.lock().extend([Ok(Outcome::retry("busy")), Ok(in_thread("th-1"))]);
    let (one, two) = tokio::join!(
        discuss(&house.ctx, &agent, ask(id, "slack", "one")),
        discuss(&house.ctx, &agent, ask(id, "slack", "two")),
    );
    let mut purposes = [one.unwrap().about.purpose, two.unwrap().about.purpose];
    purposes.sort_by_key(|purpose| purpose.as_str());
    assert_eq!(purposes, [Purpose::Case, Purpose::Note]);
    house.settle().await;
    for _ in 0..5 {
        house.forward(60).await;
    }
    assert_eq!(kinds(&house), ["case", "case", "note"]);
    assert!(sent(&house)[2].thread == "th-1");
    assert!(house.store.jobs().is_empty(), "no dead letter: {:?}", house.store.jobs());
}

/// Somebody fills in the form.
async fn filled_in(house: &House, address: &str) -> ConversationId {
    let message = InboundMessage {
        external_id: "f1".into(),
        threading: Threading::Thread("form:f1".into()),
        sender: address.into(),
        sender_name: Some("Aino Salo".into()),
        subject: Some("Order".into()),
        text: "Two of the blue ones".into(),
        ..InboundMessage::default()
    };
    let hook = Hook { key: None, events: vec![message.into()] };
    house.hook("aurinko", "form", &hook).await.unwrap();
    house.settle().await;
    house.thread("aurinko", "form:f1").id
}

#[tokio::test(start_paused = true)]
async fn a_form_is_answered_by_mail_and_the_answer_to_that_comes_back() {
    let house = House::with([tenant()]);
    let agent = house.agent(1).await;
    let id = filled_in(&house, "aino@example.com").await;
    let cmd = Reply { conversation: id, text: "Sent.".into(), idempotency_key: None };
    reply(&house.ctx, &agent, cmd).await.unwrap();
    house.settle().await;
    let out = sent(&house).remove(0);
    assert_eq!(
        (out.recipient.as_str(), out.subject.as_deref()),
        ("aino@example.com", Some("Order"))
    );
    assert_eq!((out.kind.as_str(), out.contact), ("reply", None));
    assert_eq!(out.last_inbound_ms, None, "she wrote by the form, never by mail");
    assert_eq!(house.store.said(id)[1].about.via.as_ref().map(ChannelId::as_str), Some("mail"));

    // By the token, by a reference to our mail; never by a number that somebody writes.
    let ours = format!("p-{}", out.message_id);
    let number = house.get(id).number;
    for (n, threading, sender, lands) in [
        (1, MailThreading { tokens: vec![out.reply_token], ..Default::default() }, "a@b.fi", true),
        (
            2,
            MailThreading { references: vec![ours.clone()], ..Default::default() },
            "Aino@example.com",
            true,
        ),
        (
            3,
            MailThreading { references: vec![ours], ..Default::default() },
            "eve@example.com",
            false,
        ),
        (
            4,
            MailThreading { numbers: vec![number], ..Default::default() },
            "aino@example.com",
            false,
        ),
    ] {
        let message = InboundMessage {
            external_id: format!("mail-{n}"),
            threading: Threading::Mail(threading),
            sender: sender.into(),
            text: format!("mail {n}"),
            ..InboundMessage::default()
        };
        let hook = Hook { key: None, events: vec![message.into()] };
        house.hook("aurinko", "mail", &hook).await.unwrap();
        house.settle().await;
        let said = house.store.said(id);
        let here = said.iter().find(|message| message.text == format!("mail {n}"));
        assert_eq!(here.is_some(), lands, "{n}");
        if let Some(here) = here {
            assert_eq!(here.about.via.as_ref().map(ChannelId::as_str), Some("mail"));
            // Who left the address is the contact, not somebody else.
            assert_eq!(here.about.sender.is_none(), n == 2, "{n}");
        }
    }
    // The next answer names what it answers.
    let told = Answer { text: "And tomorrow?".into(), ..Answer::default() };
    answer(&house.ctx, &agent, id, told).await.unwrap();
    house.settle().await;
    let last = sent(&house).pop().unwrap();
    assert_eq!(last.answers.as_deref(), Some("mail-2"));
    assert!(last.last_inbound_ms.is_some());
    house.verify().await;
}

/// A form that a bot answers by mail, to a machine that answers every mail without saying so.
#[tokio::test(start_paused = true)]
async fn a_form_and_a_machine_do_not_answer_each_other_for_ever() {
    let mut tenant = tenant();
    let with_bot = crate::house::tenant("aurinko");
    (tenant.policy, tenant.bots) = (with_bot.policy, with_bot.bots);
    tenant.manners.automatic_mails_a_day = 5;
    let house = House::with([tenant]);
    let say = |_: &kerros_app::ports::bot::Turn| {
        vec![kerros_app::ports::bot::Action::Say { text: "A bot's answer".into(), parts: vec![] }]
    };
    house.plugins.bot_does(say);
    let id = filled_in(&house, "robot@robot.example").await;
    for round in 0..20 {
        let Some(last) = sent(&house).get(round).cloned() else { break };
        assert_eq!(last.recipient, "robot@robot.example");
        let tokens = vec![last.reply_token];
        let message = InboundMessage {
            external_id: format!("robot-{round}"),
            threading: Threading::Mail(MailThreading { tokens, ..MailThreading::default() }),
            sender: "robot@robot.example".into(),
            text: "Thank you".into(),
            ..InboundMessage::default()
        };
        let hook = Hook { key: None, events: vec![message.into()] };
        house.hook("aurinko", "mail", &hook).await.unwrap();
        house.settle().await;
    }
    assert_eq!(sent(&house).len(), 5);
    assert_eq!(house.get(id).state, kerros_domain::conversation::State::Queued, "people have it");
}

#[tokio::test(start_paused = true)]
async fn who_left_no_fitting_address_cannot_be_answered_so() {
    let house = House::with([tenant()]);
    let agent = house.agent(1).await;
    let id = filled_in(&house, "someone").await;
    let cmd = Reply { conversation: id, text: "Sent.".into(), idempotency_key: None };
    reply(&house.ctx, &agent, cmd).await.unwrap();
    house.settle().await;
    assert!(sent(&house).is_empty());
    let failure = house.store.said(id)[1].failure.clone().expect("why");
    assert!(failure.reason.contains("no address"), "{failure:?}");
    let told = Answer { text: "hi".into(), via: Some("sms".into()), ..Answer::default() };
    assert!(matches!(answer(&house.ctx, &agent, id, told).await, Err(Error::Invalid(_))));
}

#[tokio::test(start_paused = true)]
async fn a_wish_to_be_called_is_answered_by_sms() {
    let house = House::with([tenant()]);
    let agent = house.agent(1).await;
    let request = CallRequest {
        external_id: "c1".into(),
        number: "+358401234567".into(),
        text: "Call me".into(),
        ..CallRequest::default()
    };
    let hook = Hook { key: None, events: vec![InboundEvent::CallRequest(Box::new(request))] };
    house.hook("aurinko", "callback", &hook).await.unwrap();
    house.settle().await;
    let id = house.thread("aurinko", "call:+358401234567").id;
    let cmd = Reply { conversation: id, text: "We tried.".into(), idempotency_key: None };
    reply(&house.ctx, &agent, cmd).await.unwrap();
    house.settle().await;
    let out = sent(&house).remove(0);
    assert_eq!((out.recipient.as_str(), out.text.as_str()), ("+358401234567", "We tried."));

    // What comes back by SMS from there belongs to it; what a stranger writes does not.
    for (n, number, lands) in [(1, "+358401234567", true), (2, "+358409999999", false)] {
        let message = InboundMessage {
            external_id: format!("sms-{n}"),
            threading: Threading::Thread(number.into()),
            sender: number.into(),
            text: format!("sms {n}"),
            ..InboundMessage::default()
        };
        let hook = Hook { key: None, events: vec![message.into()] };
        house.hook("aurinko", "sms", &hook).await.unwrap();
        house.settle().await;
        let said = house.store.said(id);
        assert_eq!(said.iter().any(|said| said.text == format!("sms {n}")), lands, "{n}");
    }
    house.verify().await;
}
