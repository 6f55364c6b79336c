//! Conversations with a colleague's call, posts and hand-overs, and telephone calls.

use kerros_domain::about::{About, Party, PartyRole, Purpose};
use kerros_domain::call::{Call, CallOutcome};
use kerros_domain::conversation::{Conversation, State};
use kerros_domain::event::{Entry, Event};
use kerros_domain::id::{ChannelId, MessageId};
use kerros_domain::message::{Author, DeliveryState, Message, Visibility};
use kerros_domain::time::Timestamp;

use super::people::{AINO, ATTACK, id, user};

const NOW: Timestamp = Timestamp(1_795_341_600_000);
const HOUR: i64 = 3_600_000;

/// Every way in which a call or a mention shows.
pub fn conversations(base: &Conversation) -> Vec<(&'static str, Conversation)> {
    let call = |attempts, outcome, not_before| Call {
        number: "+358401234567".to_owned(),
        not_before,
        attempts,
        outcome,
        called_at: (attempts > 0).then(|| NOW.plus_millis(-HOUR / 2)),
    };
    let of = |state, call| {
        let assignee = (state == State::Assigned).then(|| user(AINO));
        Conversation {
            state,
            assignee,
            call,
            channel: "callback".into(),
            waits_until: (state == State::OutOfHours).then(|| NOW.plus_millis(20 * HOUR)),
            ..base.clone()
        }
    };
    let tomorrow = Some(NOW.plus_millis(20 * HOUR));
    let missed = Some(CallOutcome::NoAnswer);
    let called = Conversation { attention: Some(NOW.plus_millis(-120_000)), ..base.clone() };
    vec![
        ("inbox-called", called),
        ("inbox-call", of(State::Queued, Some(call(0, None, None)))),
        ("inbox-call-mine", of(State::Assigned, Some(call(1, missed, None)))),
        ("inbox-call-wished", of(State::Assigned, Some(call(0, None, tomorrow)))),
        ("inbox-call-planned", of(State::OutOfHours, Some(call(0, None, tomorrow)))),
        ("inbox-call-again", of(State::OutOfHours, Some(call(2, missed, None)))),
        (
            "inbox-call-reached",
            of(State::Assigned, Some(call(1, Some(CallOutcome::Reached), None))),
        ),
        (
            "inbox-call-wrong",
            of(State::Assigned, Some(call(1, Some(CallOutcome::WrongNumber), None))),
        ),
    ]
}

/// Every event of theirs.
pub fn events() -> Vec<Event> {
    let number = "+358401234567".to_owned();
    let ended = |outcome| Event::CallEnded { outcome };
    vec![
        Event::AgentCalled { by: format!("Jaana {ATTACK}") },
        Event::Attended,
        Event::CallRequested { number, not_before: Some(NOW) },
        ended(CallOutcome::NoAnswer),
        ended(CallOutcome::WrongNumber),
        ended(CallOutcome::Reached),
    ]
}

/// What for, the channel, by whom, the receipt and the words.
type Post = (Purpose, &'static str, Option<&'static str>, Option<&'static str>, &'static str);

/// Posts both ways and a hand-over with its receipt, at the end of a talk.
pub fn notes(c: &Conversation, messages: &mut Vec<Message>, entries: &mut Vec<Entry>) {
    let posts: [Post; 6] = [
        (Purpose::Case, "slack", None, None, "Onko joku nähnyt tätä ennen?"),
        (Purpose::Reply, "slack", Some("Jaana Järvi"), None, "On, erä jäi jumiin. Korjaan."),
        (Purpose::Reply, "slack", Some(""), None, "Nyt se on korjattu."),
        (Purpose::Note, "slack", None, None, "Kiitos, kerron asiakkaalle."),
        (Purpose::Disruption, "slack", None, None, "Saldot eivät päivity."),
        (Purpose::Case, "crm", None, Some("LEAD-20417"), "Haluaa tarjouksen 40 työntekijälle."),
    ];
    for (purpose, channel, by, receipt, text) in posts {
        let at = NOW.plus_millis(-60_000);
        let seq = entries.len() as u64 + 1;
        let message = MessageId(id(990 + u128::from(seq)));
        let author =
            if by.is_some() { Author::System } else { Author::Person { user: user(AINO) } };
        let visibility = Visibility::Internal;
        let event = Event::MessageAdded {
            message,
            author: author.clone(),
            visibility,
            preview: String::new(),
        };
        entries.push(Entry { conversation: c.id, seq, at, by: None, event });
        let sender = by.map(|name| Party {
            role: PartyRole::From,
            address: "U0JAANA".to_owned(),
            name: Some(name.to_owned()),
        });
        messages.push(Message {
            id: message,
            conversation: c.id,
            seq,
            author,
            visibility,
            text: text.to_owned(),
            parts: Vec::new(),
            at,
            delivery: by.is_none().then_some(DeliveryState::Sent),
            external_id: receipt.map(str::to_owned),
            about: About {
                purpose,
                via: Some(ChannelId::from(channel)),
                sender,
                ..About::default()
            },
            failure: None,
        });
    }
}
