//! Mails on their way in: known again however late and by whichever way they come, kept whole for good, and never in
//! a loop.

use std::time::Duration;

use kerros_app::accept::{MailTaken, accept_mails};
use kerros_app::close::{Close, close};
use kerros_app::files::open_original;
use kerros_app::ports::bot::Action;
use kerros_app::ports::channel::{
    Attachment, File, InboundEvent, InboundMessage, MailThreading, Participant, Raw, Source,
    Threading,
};
use kerros_app::ports::files::FileStream;
use kerros_app::ports::mail::{Fetched, MailPosition};
use kerros_app::ports::store::{Role, Scope};
use kerros_app::tenant::Tenant;
use kerros_domain::about::Original;
use kerros_domain::conversation::{CloseReason, Conversation, State};
use kerros_domain::id::{ChannelId, FileId};
use kerros_domain::message::{Author, DeliveryState};
use kerros_domain::sample;

use crate::house::{House, people_only, tenant};
use crate::plugins::{GENUINE, Hook};

const DAY: i64 = 24 * 3600;

/// With a second mailbox that feeds a channel of its own.
fn two_mailboxes(mut tenant: Tenant) -> Tenant {
    let mut second = tenant.channels[&ChannelId::from("tele")].clone();
    second.name = "post".into();
    tenant.channels.insert("post".into(), second);
    tenant
}

fn letter(id: &str, from: &str, text: &str) -> InboundMessage {
    InboundMessage {
        external_id: id.into(),
        threading: Threading::Mail(MailThreading::default()),
        sender: from.into(),
        subject: Some("A question".into()),
        text: text.into(),
        at_ms: Some(sample::TUESDAY_10.0 - 60_000),
        ..InboundMessage::default()
    }
}

fn fetched(digest: &str, message: InboundMessage) -> Fetched {
    event(digest, InboundEvent::from(message))
}

fn event(digest: &str, event: InboundEvent) -> Fetched {
    let hook = Hook { key: None, events: vec![event] };
    let raw = Raw {
        kind: "mail".into(),
        headers: vec![(GENUINE.0.into(), GENUINE.1.into())],
        body: serde_json::to_vec(&hook).unwrap(),
        ..Raw::default()
    };
    let mailbox = Some("support@aurinko.example".into());
    Fetched { raw, digest: digest.into(), mailbox, ..Fetched::default() }
}

async fn brings(house: &House, channel: &str, mails: Vec<Fetched>) -> Vec<MailTaken> {
    let (tenant, mailbox) = ("aurinko".into(), channel.to_owned());
    let position = MailPosition { tenant, mailbox, uid_validity: 7, uid: 1 };
    let taken = accept_mails(&house.ctx, &ChannelId::from(channel), mails, position).await.unwrap();
    house.settle().await;
    taken
}

/// Days go by, and everything old is swept.
async fn days(house: &House, days: i64) {
    house.clock.forward(days * DAY * 1000);
    // Tokio's time too: it is swept every hour.
    tokio::time::sleep(Duration::from_secs(2 * 3600)).await;
}

fn all(house: &House) -> Vec<Conversation> {
    house.store.conversations().into_iter().map(|(conversation, _)| conversation).collect()
}

async fn bytes(mut stream: FileStream) -> Vec<u8> {
    use futures::StreamExt;
    let mut all = Vec::new();
    while let Some(piece) = stream.next().await {
        all.extend_from_slice(&piece.unwrap());
    }
    all
}

#[tokio::test(start_paused = true)]
async fn a_mail_is_known_after_everything_else_is_swept() {
    let house = House::with([people_only("aurinko")]);
    let agent = house.agent(1).await;
    let first = letter("a1@example.fi", "maija@example.fi", "Hello");
    brings(&house, "tele", vec![fetched("d1", first.clone())]).await;
    let before = all(&house);
    assert_eq!(before.len(), 1);
    let cmd = Close { conversation: before[0].id, reason: CloseReason::Merged };
    close(&house.ctx, &agent, cmd).await.unwrap();
    let raw = house.store.inbound();
    house.writes("aurinko", "t1", "m1", "by another channel").await;
    days(&house, 100).await;
    assert_eq!(house.store.inbound(), raw, "other raw things are gone, mails stay");
    // The server numbers anew: the same mail, and a copy of it that took another way.
    let taken = brings(&house, "tele", vec![fetched("d1", first.clone())]).await;
    assert_eq!(taken, [MailTaken::Known]);
    let taken = brings(&house, "tele", vec![fetched("d2", first)]).await;
    assert_eq!(taken, [MailTaken::Taken]);
    assert_eq!(all(&house).len(), 2, "{:#?}", all(&house));
    assert_eq!(house.plugins.counted("inbound dropped"), 1);
    house.verify().await;
}

#[tokio::test(start_paused = true)]
async fn a_reused_id_loses_no_mail_and_a_copy_doubles_none() {
    let house = House::with([two_mailboxes(people_only("aurinko"))]);
    let id = "form@example.fi";
    let mut later = letter(id, "form@example.fi", "Order");
    later.at_ms = later.at_ms.map(|at| at + 60_000);
    let mut other = letter(id, "form@example.fi", "Order");
    other.subject = Some("Another one".into());
    let mut quoting = letter(id, "form@example.fi", "Order");
    quoting.full = Some("Order\n\n> of yesterday".into());
    for (n, (what, channel, message, new)) in [
        ("the first", "tele", letter(id, "form@example.fi", "Order"), true),
        ("a copy of it", "tele", letter(id, "Form@Example.fi", "Order"), false),
        ("a copy of it in another mailbox", "post", letter(id, "form@example.fi", "Order"), false),
        ("other words", "tele", letter(id, "form@example.fi", "Order 2"), true),
        ("another time", "tele", later, true),
        ("another subject", "post", other, true),
        ("more below", "tele", quoting, true),
        ("somebody else", "tele", letter(id, "eve@example.org", "Order"), true),
    ]
    .into_iter()
    .enumerate()
    {
        let (before, dropped) = (all(&house).len(), house.plugins.counted("inbound dropped"));
        brings(&house, channel, vec![fetched(&format!("d{n}"), message)]).await;
        assert_eq!(all(&house).len() - before, usize::from(new), "{what}");
        let dropped = house.plugins.counted("inbound dropped") - dropped;
        assert_eq!(dropped, usize::from(!new), "what is dropped is counted: {what}");
    }
    house.verify().await;
}

#[tokio::test(start_paused = true)]
async fn no_mailbox_of_ours_takes_part_in_what_was_written_to_two() {
    let mut tenant = two_mailboxes(people_only("aurinko"));
    let own = ["support@aurinko.example", "orders@aurinko.example"];
    tenant.addresses = own.map(str::to_owned).into();
    let house = House::with([tenant]);
    let mut message = letter("m1", "maija@example.fi", "To both of you");
    let taking = |(role, address): (&str, &str)| {
        let (role, address) = (role.to_owned(), address.to_owned());
        Participant { role, address, name: None }
    };
    message.participants = [
        ("to", "support@aurinko.example"),
        ("to", "Orders+17@Aurinko.example"),
        ("cc", "olli@example.fi"),
        ("reply-to", "orders@aurinko.example"),
    ]
    .map(taking)
    .into();
    brings(&house, "tele", vec![fetched("d1", message)]).await;
    let id = house.thread("aurinko", "mail:m1").id;
    let people = house.ctx.store.participants(&Scope::One("aurinko".into()), id).await.unwrap();
    let people: Vec<_> = people.iter().map(|party| party.address.as_str()).collect();
    assert_eq!(people, ["olli@example.fi"], "our answer would come back to us");
    house.verify().await;
}

#[tokio::test(start_paused = true)]
async fn the_original_stays_for_good() {
    let house = House::with([people_only("aurinko"), people_only("vuori")]);
    let agent = house.agent(1).await;
    let tenant = "aurinko".into();
    // Something big was lifted out of the first, nothing out of the second.
    let whole = house.files.keep(&tenant, "mail.eml", "message/rfc822", b"the whole mail");
    let part = house.files.keep(&tenant, "x.zip", "application/zip", b"PK");
    let file = |meta: &kerros_app::ports::files::FileMeta| File {
        id: meta.id.clone(),
        name: meta.name.clone(),
        media_type: meta.media_type.clone(),
        bytes: meta.bytes,
        content_id: None,
    };
    let mut big = letter("big@example.fi", "maija@example.fi", "See the file");
    big.attachments = vec![Attachment {
        name: "x.zip".into(),
        media_type: None,
        source: Source::Lifted(part.id.clone()),
        inline: false,
        content_id: None,
    }];
    let mut lifted = fetched("d1", big);
    lifted.raw.files = vec![file(&part)];
    lifted.original = Some(file(&whole));
    let small = fetched("d2", letter("small@example.fi", "olli@example.fi", "Hello"));
    let small_bytes = small.raw.body.clone();
    brings(&house, "tele", vec![lifted, small]).await;
    days(&house, 100).await;

    let scope = Scope::One(tenant);
    for (text, expected) in [("See the file", b"the whole mail".to_vec()), ("Hello", small_bytes)] {
        let said = all(&house).into_iter().flat_map(|c| house.store.said(c.id));
        let message = said.into_iter().find(|message| message.text == text).unwrap();
        let (meta, stream) =
            open_original(&house.ctx, &agent, message.conversation, message.id).await.unwrap();
        assert_eq!((meta.name.as_str(), meta.media_type.as_str()), ("mail.eml", "message/rfc822"));
        assert_eq!(meta.bytes, expected.len() as u64);
        assert_eq!(bytes(stream).await, expected, "{text}");
        let details = house.ctx.store.details(&scope, &[message.id]).await.unwrap();
        match details[&message.id].original.clone().unwrap() {
            // Whatever a message took is not swept.
            Original::File { id, .. } => {
                assert_eq!(id.to_string(), whole.id);
                let owner = house.ctx.store.file_message(&scope, id).await.unwrap();
                assert_eq!(owner, Some(message.id));
            }
            Original::Raw { channel, bytes, .. } => {
                assert_eq!((channel.as_str(), bytes), ("tele", expected.len() as u64));
            }
        }
        let places: &[(&str, &[&str])] = &[("vuori", &["first-line"])];
        let foreign = house.person(8, Role::Agent, places, false).await;
        let refused = open_original(&house.ctx, &foreign, message.conversation, message.id).await;
        assert!(matches!(refused, Err(kerros_app::Error::NotFound)));
    }
    let part: FileId = part.id.parse().unwrap();
    assert!(house.ctx.store.file_message(&scope, part).await.unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_report_belongs_to_the_message_it_is_about() {
    let house = House::with([people_only("aurinko")]);
    let agent = house.agent(1).await;
    let first = letter("a1@example.fi", "maija@example.fi", "Hello");
    brings(&house, "tele", vec![fetched("d1", first)]).await;
    let conversation = all(&house)[0].id;
    let cmd =
        kerros_app::reply::Reply { conversation, text: "An answer".into(), idempotency_key: None };
    kerros_app::reply::reply(&house.ctx, &agent, cmd).await.unwrap();
    house.settle().await;
    let sent = house.store.said(conversation).into_iter().last().unwrap();
    let (tenant, state) = ("aurinko".into(), DeliveryState::Failed);
    let whole = house.files.keep(&tenant, "mail.eml", "message/rfc822", b"the report");
    let mut bounce = event(
        "d2",
        InboundEvent::Delivery {
            external_id: sent.external_id.clone().unwrap(),
            state,
            reason: Some("no such person".into()),
            bad_address: None,
            alternatives: Vec::new(),
        },
    );
    bounce.original = Some(File {
        id: whole.id.clone(),
        name: whole.name,
        media_type: whole.media_type,
        bytes: whole.bytes,
        content_id: None,
    });
    brings(&house, "tele", vec![bounce]).await;
    let owner = house.ctx.store.file_message(&Scope::One(tenant), whole.id.parse().unwrap()).await;
    assert_eq!(owner.unwrap(), Some(sent.id));
    assert_eq!(house.store.said(conversation).last().unwrap().delivery, Some(state));
}

#[tokio::test(start_paused = true)]
async fn what_was_written_long_ago_is_for_people_alone() {
    let house = House::with([tenant("aurinko")]);
    *house.plugins.sla.lock() = Box::new(|_| Ok(vec![sample::first_response()]));
    house.plugins.bot_does(|_| vec![Action::Say { text: "A bot's answer".into(), parts: vec![] }]);
    let now = house.ctx.now();
    let written = |hours: i64| Some(now.0 - hours * 3_600_000);
    let cases = [
        ("three days ago", written(72), None, true),
        ("a minute over two days ago", Some(now.0 - 48 * 3_600_000 - 60_000), None, true),
        ("yesterday", written(24), None, false),
        ("yesterday, where a day is long", written(24), Some(12 * 3_600_000), true),
        ("last year, where nothing is late", written(9000), Some(0), false),
        ("who knows when", None, None, false),
    ];
    for (n, (what, at_ms, late_after_ms, late)) in cases.into_iter().enumerate() {
        let mut message = letter(&format!("m{n}@example.fi"), &format!("c{n}@example.fi"), what);
        message.at_ms = at_ms;
        let mut mail = fetched(&format!("d{n}"), message);
        mail.late_after_ms = late_after_ms;
        let answers = house.plugins.sent.lock().len();
        brings(&house, "tele", vec![mail]).await;
        let conversation = all(&house).pop().unwrap();
        let said = house.store.said(conversation.id);
        assert_eq!(said[0].about.late, late, "{what}");
        assert_eq!(conversation.state == State::Queued, late, "{what}: {:?}", conversation.state);
        let answered = house.plugins.sent.lock().len() - answers;
        assert_eq!(answered, usize::from(!late), "{what}");
        if late {
            // What is promised begins when it came.
            let due = conversation.targets[0].due_at;
            assert!(due.is_some_and(|due| due > now), "{what}: {due:?}");
        }
    }
    // The evening comes: nobody is told that nobody is there, of what they wrote days ago.
    let sent = house.plugins.sent.lock().len();
    house.forward(13 * 3600 + 1800).await;
    assert_eq!(house.plugins.sent.lock().len(), sent);
    house.verify().await;
}

#[tokio::test(start_paused = true)]
async fn two_machines_that_answer_each_other_end() {
    let mut tenant = tenant("aurinko");
    tenant.manners.automatic_mails_a_day = 5;
    let house = House::with([tenant]);
    let agent = house.agent(1).await;
    house.plugins.bot_does(|_| vec![Action::Say { text: "A bot's answer".into(), parts: vec![] }]);
    // A machine that answers every mail, without a word in its head that says so.
    let mut answered = 0;
    let mut rounds = 0;
    let mut token: Option<String> = None;
    loop {
        let mut message =
            letter(&format!("m{rounds}@robot.example"), "robot@robot.example", "Thank you");
        let tokens = token.clone().into_iter().collect();
        message.threading = Threading::Mail(MailThreading { tokens, ..MailThreading::default() });
        brings(&house, "tele", vec![fetched(&format!("d{rounds}"), message)]).await;
        let sent = house.plugins.sent.lock().clone();
        if sent.len() == answered {
            break;
        }
        answered = sent.len();
        token = sent.last().map(|sent| sent.reply_token.clone());
        rounds += 1;
        assert!(rounds < 50, "it goes on for ever");
    }
    assert_eq!(answered, 5);
    let conversation = all(&house).pop().unwrap();
    assert_eq!(conversation.state, State::Queued, "people have it");
    let note = house.store.said(conversation.id).pop().unwrap();
    assert_eq!(note.author, Author::Bot);
    assert!(note.text.contains("automaattisia"), "{}", note.text);
    // A new conversation on the same day goes to people at once; another sender's does not.
    for (n, (from, answers)) in
        [("robot@robot.example", 0), ("maija@example.fi", 1)].into_iter().enumerate()
    {
        let message = letter(&format!("n{n}@example.fi"), from, "Again");
        brings(&house, "tele", vec![fetched(&format!("e{n}"), message)]).await;
        let sent = house.plugins.sent.lock().len();
        assert_eq!(sent - answered, answers, "{from}");
        answered = sent;
    }
    // People may write as much as they like, and tomorrow is another day.
    for _ in 0..6 {
        let cmd = kerros_app::reply::Reply {
            conversation: conversation.id,
            text: "By a person".into(),
            idempotency_key: None,
        };
        kerros_app::reply::reply(&house.ctx, &agent, cmd).await.unwrap();
    }
    house.settle().await;
    assert_eq!(house.plugins.sent.lock().len() - answered, 6);
    house.forward(25 * 3600).await;
    let before = house.plugins.sent.lock().len();
    let mut message = letter("next@robot.example", "robot@robot.example", "Good morning");
    message.at_ms = Some(house.ctx.now().0);
    brings(&house, "tele", vec![fetched("f", message)]).await;
    assert_eq!(house.plugins.sent.lock().len() - before, 1);
    house.verify().await;
}

#[tokio::test(start_paused = true)]
async fn that_nobody_is_there_is_told_once_and_only_so_often() {
    let house = House::with([people_only("aurinko")]);
    // 2026-02-10T23:30 in Helsinki: first line has closed at 22.
    house.at(sample::TUESDAY_10.plus_millis((13 * 3600 + 1800) * 1000)).await;
    let now = house.ctx.now().0;
    let mut token = None;
    for n in 0..3 {
        let mut message = letter(&format!("a{n}@example.fi"), "maija@example.fi", "Hello?");
        message.at_ms = Some(now + n);
        let tokens = Vec::from_iter(token.clone());
        message.threading = Threading::Mail(MailThreading { tokens, ..MailThreading::default() });
        brings(&house, "tele", vec![fetched(&format!("d{n}"), message)]).await;
        token = house.plugins.sent.lock().last().map(|sent| sent.reply_token.clone());
    }
    assert_eq!(all(&house).len(), 1);
    assert_eq!(house.plugins.sent.lock().len(), 1, "once in a conversation");
    for n in 0..6 {
        let mut message = letter(&format!("b{n}@example.fi"), "maija@example.fi", "Another thing");
        message.at_ms = Some(now + n);
        brings(&house, "tele", vec![fetched(&format!("e{n}"), message)]).await;
    }
    assert_eq!(all(&house).len(), 7);
    assert_eq!(house.plugins.sent.lock().len(), 3, "in so many conversations a day");
    let message = letter("c@example.fi", "olli@example.fi", "Hello?");
    brings(&house, "tele", vec![fetched("f", message)]).await;
    assert_eq!(house.plugins.sent.lock().len(), 4, "somebody else is told");
}
