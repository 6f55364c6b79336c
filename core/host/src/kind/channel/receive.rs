//! From a raw thing to a receipt.

use kerros_app::ports::channel::{
    CallRequest, CaseNote, Check, Field, File, HookReply, InboundEvent, InboundMessage,
    MailThreading, Participant, Raw, Receipt, Threading,
};
use kerros_domain::message::{DeliveryState, Part};

use super::request::lift_participant;
use super::{attachment, wit};
use crate::contract::{TEXT, at_most, breach, language, name, opt_name, path_or_url, text, url};
use crate::ended::Ended;

/// Most events in one receipt.
const EVENTS: usize = 1000;
/// Most parts of one message.
const PARTS: usize = 20;
/// Longest name of a thread or visitor, bytes.
const KEY: usize = 256;
/// Longest address or Message-ID, bytes: a header's line has no more.
const ADDRESS: usize = 998;
/// Longest whole text or HTML of a message, bytes.
const WHOLE: usize = 256 << 10;
/// Most people a message was sent to.
const PARTICIPANTS: usize = 200;
/// Most checks of where a message comes from.
const CHECKS: usize = 20;
/// Most answers in a form.
const FIELDS: usize = 100;
/// Most things that a person may do instead.
const ALTERNATIVES: usize = 10;
/// Longest body of a reply to a hook, bytes.
const REPLY: usize = 64 << 10;

pub(super) fn lower(raw: &Raw) -> wit::Raw {
    wit::Raw {
        kind: raw.kind.clone(),
        method: raw.method.clone(),
        path: raw.path.clone(),
        query: raw.query.clone(),
        headers: raw.headers.clone(),
        body: raw.body.clone(),
        files: raw.files.iter().map(lower_file).collect(),
        at_ms: raw.at_ms,
        extra: Vec::new(),
    }
}

pub(super) fn lower_file(file: &File) -> wit::File {
    wit::File {
        id: file.id.clone(),
        name: file.name.clone(),
        media_type: file.media_type.clone(),
        bytes: file.bytes,
        content_id: file.content_id.clone(),
        extra: Vec::new(),
    }
}

/// Lifts what a channel made of `raw`.
pub(super) fn lift(receipt: wit::Receipt, raw: &Raw) -> Result<Receipt, Ended> {
    match receipt {
        wit::Receipt::Accepted(accepted) => {
            at_most("events", &accepted.events, EVENTS)?;
            let mut events = Vec::with_capacity(accepted.events.len());
            for event in accepted.events {
                events.extend(lift_event(event, raw)?);
            }
            Ok(Receipt::Accepted {
                events,
                // Without one the digest of the raw thing stands for it.
                key: lenient(accepted.key, |key| name("the delivery's key", key, KEY)),
                reply: accepted.reply.map(lift_reply).transpose()?,
            })
        }
        wit::Receipt::Unauthorized(reason) => Ok(Receipt::Unauthorized { reason: said(reason) }),
        wit::Receipt::Malformed(reason) => Ok(Receipt::Malformed { reason: said(reason) }),
        wit::Receipt::Other(_) => breach("a receipt that this host does not know"),
    }
}

/// An event of a later version of the contract is skipped: nothing is lost that this host could have used.
fn lift_event(event: wit::InboundEvent, raw: &Raw) -> Result<Option<InboundEvent>, Ended> {
    Ok(Some(match event {
        wit::InboundEvent::Message(message) => lift_message(message, raw)?.into(),
        wit::InboundEvent::Delivery(delivery) => InboundEvent::Delivery {
            external_id: name("the delivery's external id", delivery.external_id, KEY)?,
            state: lift_state(&delivery.state)?,
            reason: delivery.reason.map(said),
            bad_address: lenient(delivery.bad_address, |one| name("the bad address", one, KEY)),
            alternatives: lift_alternatives(delivery.alternatives),
        },
        wit::InboundEvent::ReadUntil(read) => InboundEvent::ReadUntil {
            thread: name("the thread", read.thread, KEY)?,
            at_ms: read.at_ms,
        },
        wit::InboundEvent::Started(started) => InboundEvent::Started {
            thread: name("the thread", started.thread, KEY)?,
            sender: name("the sender", started.sender, KEY)?,
            sender_name: started.sender_name.map(|name| cut(clean(name), KEY)),
            language: lift_language(started.language),
            segment: lift_segment(started.segment),
        },
        wit::InboundEvent::WantsPerson(wants) => {
            InboundEvent::WantsPerson { thread: name("the thread", wants.thread, KEY)? }
        }
        wit::InboundEvent::CallRequest(request) => {
            InboundEvent::CallRequest(Box::new(lift_call_request(request)?))
        }
        wit::InboundEvent::CaseNote(note) => {
            InboundEvent::CaseNote(Box::new(lift_case_note(note, raw)?))
        }
        wit::InboundEvent::Other(_) => return Ok(None),
    }))
}

fn lift_message(message: wit::Message, raw: &Raw) -> Result<InboundMessage, Ended> {
    at_most("checks", &message.checks, CHECKS)?;
    Ok(InboundMessage {
        external_id: name("the message's external id", message.external_id, ADDRESS)?,
        threading: lift_threading(message.threading)?,
        sender: name("the sender", message.sender, ADDRESS)?,
        sender_name: message.sender_name.map(|name| cut(clean(name), KEY)),
        participants: lift_people(message.participants),
        language: lift_language(message.language),
        segment: lift_segment(message.segment),
        subject: message.subject.map(|subject| cut(clean(subject), 1000)),
        text: cut(clean(message.text), TEXT),
        // Markup cut in its middle shows other things than were said: what is too long is left out.
        html: message.html.filter(|html| html.len() <= WHOLE),
        full: message.full.map(|full| cut(clean(full), WHOLE)),
        parts: lift_parts(message.parts)?,
        attachments: attachment::lift(message.attachments, raw)?,
        fields: lift_fields(message.fields)?,
        automatic: message.automatic.map(|why| cut(clean(why), 256)),
        checks: message
            .checks
            .into_iter()
            .map(|check| {
                Ok(Check {
                    name: name("a check's name", check.name, 32)?,
                    verdict: name("a check's verdict", check.verdict, 32)?,
                    detail: cut(clean(check.detail), KEY),
                })
            })
            .collect::<Result<_, Ended>>()?,
        answers: lenient(message.answers, |id| name("the answered message's id", id, ADDRESS)),
        public_url: lenient(message.public_url, |value| url("the public url", value)),
        at_ms: message.at_ms,
    })
}

/// Whom it was sent to is the sender's to write: what cannot be an address is left out, and so are more than
/// anybody reads.
fn lift_people(people: Vec<wit::Participant>) -> Vec<Participant> {
    let plain = |name: String| Some(cut(clean(name), KEY)).filter(|name| !name.is_empty());
    people
        .into_iter()
        .map(|one| wit::Participant { name: one.name.and_then(plain), ..one })
        .filter_map(|one| lift_participant(one).ok())
        .take(PARTICIPANTS)
        .collect()
}

/// A mail's head is the sender's to write, too: what cannot be an id is left out, for it leads nowhere.
fn plausible(ids: Vec<String>, most: usize) -> Vec<String> {
    ids.into_iter().filter_map(|id| name("an id", id, ADDRESS).ok()).take(most).collect()
}

fn lift_threading(threading: wit::Threading) -> Result<Threading, Ended> {
    Ok(match threading {
        wit::Threading::Thread(thread) => Threading::Thread(name("the thread", thread, KEY)?),
        wit::Threading::Mail(mail) => Threading::Mail(MailThreading {
            tokens: plausible(mail.tokens, 20),
            references: plausible(mail.references, 100),
            numbers: mail.numbers.into_iter().take(20).collect(),
        }),
        wit::Threading::Other(_) => return breach("a threading that this host does not know"),
    })
}

fn lift_fields(fields: Vec<wit::Field>) -> Result<Vec<Field>, Ended> {
    at_most("fields", &fields, FIELDS)?;
    fields
        .into_iter()
        .map(|field| {
            Ok(Field {
                key: name("a field's key", field.key, 64)?,
                label: cut(clean(field.label), KEY),
                value: cut(clean(field.value), 4096),
            })
        })
        .collect()
}

fn lift_call_request(request: wit::CallRequest) -> Result<CallRequest, Ended> {
    let digits = request.number.strip_prefix('+').unwrap_or_default();
    if !(5..=20).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return breach("the number to call is not + and digits");
    }
    Ok(CallRequest {
        external_id: name("the request's external id", request.external_id, KEY)?,
        number: request.number,
        name: request.name.map(|name| cut(clean(name), KEY)),
        language: lift_language(request.language),
        segment: lift_segment(request.segment),
        text: cut(clean(request.text), TEXT),
        not_before_ms: request.not_before_ms,
        fields: lift_fields(request.fields)?,
    })
}

fn lift_case_note(note: wit::CaseNote, raw: &Raw) -> Result<CaseNote, Ended> {
    Ok(CaseNote {
        external_id: name("the note's external id", note.external_id, KEY)?,
        thread: name("the thread", note.thread, KEY)?,
        author: name("the author", note.author, KEY)?,
        author_name: cut(clean(note.author_name), KEY),
        text: cut(clean(note.text), TEXT),
        attachments: attachment::lift(note.attachments, raw)?,
        calls_agent: note.calls_agent,
        at_ms: note.at_ms,
    })
}

/// What may be missing, and comes from whoever wrote: it is left out if it is not what it should be. A breach would
/// lose the message with it.
pub(super) fn lenient<T>(value: Option<T>, check: impl FnOnce(T) -> Result<T, Ended>) -> Option<T> {
    value.and_then(|value| check(value).ok())
}

fn lift_language(value: Option<String>) -> Option<String> {
    lenient(value, |tag| language("the language", tag))
}

fn lift_segment(value: Option<String>) -> Option<String> {
    lenient(value, |segment| name("the segment", segment, 64))
}

/// What a customer wrote is never the plugin's fault: control characters go and what is too long is cut (the raw
/// thing is kept whole).
fn clean(text: String) -> String {
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        text.replace("\r\n", "\n")
            .replace(|c: char| c.is_control() && !matches!(c, '\n' | '\t'), "")
    } else {
        text
    }
}

/// A reason often quotes the provider: it is cleaned and cut, not refused.
pub(super) fn said(reason: String) -> String {
    cut(clean(reason), 1024)
}

fn cut(mut text: String, most: usize) -> String {
    text.truncate(text.floor_char_boundary(most));
    text
}

/// A part that cannot be shown is left out, and so is one of a later version of the contract.
fn lift_parts(parts: Vec<wit::Part>) -> Result<Vec<Part>, Ended> {
    at_most("parts", &parts, PARTS)?;
    Ok(parts.into_iter().filter_map(|part| lift_part(part).ok().flatten()).collect())
}

fn lift_part(part: wit::Part) -> Result<Option<Part>, Ended> {
    Ok(Some(match part {
        wit::Part::Button(button) => Part::Button {
            label: name("a button's label", button.label, KEY)?,
            value: name("a button's value", button.value, KEY)?,
        },
        wit::Part::Article(article) => Part::Article {
            slug: name("an article's slug", article.slug, KEY)?,
            title: name("an article's title", article.title, KEY)?,
            excerpt: text("an article's excerpt", article.excerpt, 1024)?,
            url: path_or_url("an article's url", article.url)?,
        },
        wit::Part::Link(link) => Part::Link {
            name: name("a link's name", link.name, KEY)?,
            url: url("a link's url", link.url)?,
            media_type: opt_name("a link's media type", link.media_type, 128)?,
        },
        wit::Part::Other(_) => return Ok(None),
    }))
}

/// What a person may do instead of a message that did not arrive.
pub(super) fn lift_alternatives(alternatives: Vec<String>) -> Vec<String> {
    let known = alternatives.into_iter().filter_map(|word| name("an alternative", word, 32).ok());
    known.take(ALTERNATIVES).collect()
}

pub(super) fn lift_state(state: &wit::DeliveryState) -> Result<DeliveryState, Ended> {
    Ok(match state {
        wit::DeliveryState::Sent => DeliveryState::Sent,
        wit::DeliveryState::Delivered => DeliveryState::Delivered,
        wit::DeliveryState::Read => DeliveryState::Read,
        wit::DeliveryState::Failed => DeliveryState::Failed,
        wit::DeliveryState::Other(_) => {
            return breach("a delivery state that this host does not know");
        }
    })
}

fn lift_reply(reply: wit::HookReply) -> Result<HookReply, Ended> {
    if !(200..=299).contains(&reply.status) {
        return breach(format!(
            "a hook's reply has status {}; 200 to 299 are allowed",
            reply.status
        ));
    }
    Ok(HookReply {
        status: reply.status,
        content_type: media_type(reply.content_type)?,
        body: text("a hook's reply", reply.body, REPLY)?,
    })
}

/// A media type that no browser takes for a page: a hook's answer goes to a program.
fn media_type(value: String) -> Result<String, Ended> {
    let sane = value.len() <= 128 && value.chars().all(|c| c.is_ascii_graphic() || c == ' ');
    let base = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match base.as_str() {
        "" if sane => Ok("text/plain; charset=utf-8".to_owned()),
        "text/plain" | "application/json" | "application/xml" | "text/xml" if sane => Ok(value),
        _ => breach("a hook's reply must be plain text, JSON or XML"),
    }
}

#[cfg(test)]
mod tests {
    use kerros_app::ports::channel::{InboundEvent, Raw, Receipt, Threading};

    use super::{lift, wit};
    use crate::ended::Ended;

    fn message() -> wit::Message {
        wit::Message {
            external_id: "1".to_owned(),
            threading: wit::Threading::Thread("t".to_owned()),
            sender: "s".to_owned(),
            sender_name: None,
            participants: Vec::new(),
            language: None,
            segment: None,
            subject: None,
            text: "hello".to_owned(),
            html: None,
            full: None,
            parts: Vec::new(),
            attachments: Vec::new(),
            fields: Vec::new(),
            automatic: None,
            checks: Vec::new(),
            answers: None,
            public_url: None,
            at_ms: None,
            extra: Vec::new(),
        }
    }

    fn accepted(events: Vec<wit::InboundEvent>, reply: Option<wit::HookReply>) -> wit::Receipt {
        wit::Receipt::Accepted(wit::Accepted { events, key: None, reply, extra: Vec::new() })
    }

    fn reply(status: u16, content_type: &str) -> Option<wit::HookReply> {
        let content_type = content_type.to_owned();
        Some(wit::HookReply { status, content_type, body: "{}".to_owned(), extra: Vec::new() })
    }

    fn fault(receipt: wit::Receipt) -> Option<String> {
        match lift(receipt, &Raw::default()) {
            Ok(_) => None,
            Err(Ended::Breach(message)) => Some(message),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_a_customer_wrote_is_cleaned_not_refused() {
        let mut long = message();
        long.text = format!("a\0b\r\nc\u{7}\td{}", "ä".repeat(9000));
        let other = wit::InboundEvent::Other("typing".to_owned());
        let Ok(Receipt::Accepted { events, .. }) =
            lift(accepted(vec![wit::InboundEvent::Message(long), other], None), &Raw::default())
        else {
            panic!("refused")
        };
        let [InboundEvent::Message(message)] = &events[..] else {
            panic!("an unknown event is skipped")
        };
        let text = &message.text;
        assert!(text.starts_with("ab\nc\td"));
        assert!(text.len() <= 16 << 10 && text.len() > (16 << 10) - 2);
    }

    #[test]
    fn a_strange_head_of_a_mail_is_thinned_out_not_refused() {
        let mut mail = message();
        let ids = ["", "a\nb", "1@example.com"].map(str::to_owned).to_vec();
        mail.threading = wit::Threading::Mail(wit::MailThreading {
            tokens: Vec::new(),
            references: [ids, vec!["2@example.com".to_owned(); 500]].concat(),
            numbers: Vec::new(),
            extra: Vec::new(),
        });
        let person = |address: &str| wit::Participant {
            role: "cc".to_owned(),
            address: address.to_owned(),
            name: None,
            extra: Vec::new(),
        };
        mail.participants = vec![person(""), person("a\0"), person("aino@example.com")];
        let receipt = accepted(vec![wit::InboundEvent::Message(mail)], None);
        let Ok(Receipt::Accepted { events, .. }) = lift(receipt, &Raw::default()) else {
            panic!("refused")
        };
        let [InboundEvent::Message(message)] = &events[..] else { panic!("{events:?}") };
        let Threading::Mail(threading) = &message.threading else { panic!("{message:?}") };
        assert_eq!(threading.references.len(), 100);
        assert_eq!(threading.references[0], "1@example.com");
        assert_eq!(message.participants.len(), 1);
    }

    #[test]
    fn what_may_be_missing_is_left_out_where_it_is_not_sane() {
        let wrong = || Some("x\n".repeat(200));
        let mut spoilt = message();
        (spoilt.language, spoilt.segment) = (wrong(), wrong());
        (spoilt.answers, spoilt.public_url) = (wrong(), Some("javascript:alert(1)".to_owned()));
        spoilt.automatic = Some(format!("\u{7}{}", "x".repeat(300)));
        let link = |name: &str, url: &str| {
            let (name, url) = (name.to_owned(), url.to_owned());
            wit::Part::Link(wit::Link { name, url, media_type: None, extra: Vec::new() })
        };
        spoilt.parts = vec![
            link("", "https://a.example/"),
            link("a", "javascript:alert(1)"),
            link("a", "https://a.example/"),
        ];
        let started = wit::InboundEvent::Started(wit::Started {
            thread: "t".to_owned(),
            sender: "s".to_owned(),
            sender_name: wrong(),
            language: wrong(),
            segment: wrong(),
            extra: Vec::new(),
        });
        let request = wit::InboundEvent::CallRequest(wit::CallRequest {
            external_id: "c".to_owned(),
            number: "+358401234567".to_owned(),
            name: wrong(),
            language: wrong(),
            segment: wrong(),
            text: String::new(),
            not_before_ms: None,
            fields: Vec::new(),
            extra: Vec::new(),
        });
        let delivery = wit::InboundEvent::Delivery(wit::Delivery {
            external_id: "m".to_owned(),
            state: wit::DeliveryState::Failed,
            reason: Some(format!("\u{7}{}", "x".repeat(2000))),
            bad_address: wrong(),
            alternatives: vec!["mail".to_owned(), String::new()],
            extra: Vec::new(),
        });
        let events = vec![wit::InboundEvent::Message(spoilt), started, request, delivery];
        let mut receipt = accepted(events, None);
        if let wit::Receipt::Accepted(accepted) = &mut receipt {
            accepted.key = wrong();
        }
        let Ok(Receipt::Accepted { events, key: None, .. }) = lift(receipt, &Raw::default()) else {
            panic!("refused")
        };
        let [
            InboundEvent::Message(message),
            InboundEvent::Started { language: None, segment: None, .. },
            InboundEvent::CallRequest(request),
            InboundEvent::Delivery { reason: Some(reason), bad_address: None, .. },
        ] = &events[..]
        else {
            panic!("{events:?}")
        };
        assert_eq!((&message.language, &message.segment, &message.answers), (&None, &None, &None));
        assert_eq!((message.public_url.as_deref(), message.parts.len()), (None, 1));
        assert_eq!(message.automatic.as_deref(), Some("x".repeat(256).as_str()));
        assert_eq!((&request.language, &request.segment), (&None, &None));
        assert_eq!(reason.len(), 1024);
    }

    #[test]
    fn receipts_are_sane_or_refused() {
        type Spoil = fn(&mut wit::Message);
        let spoilt: Vec<(&str, Spoil)> = vec![
            ("the thread is empty", |m| {
                m.threading = wit::Threading::Thread(String::new());
            }),
            ("the sender is empty", |m| m.sender = String::new()),
            ("the message's external id is empty", |m| m.external_id = String::new()),
            ("the thread holds control characters", |m| {
                m.threading = wit::Threading::Thread("a\nb".to_owned());
            }),
            ("a threading that this host does not know", |m| {
                m.threading = wit::Threading::Other("braids".to_owned());
            }),
        ];
        for (expected, spoil) in spoilt {
            let mut message = message();
            spoil(&mut message);
            let event = wit::InboundEvent::Message(message);
            assert_eq!(fault(accepted(vec![event], None)).as_deref(), Some(expected));
        }
        let many = (0..1001).map(|_| wit::InboundEvent::Message(message())).collect();
        assert_eq!(
            fault(accepted(many, None)).as_deref(),
            Some("1001 events; at most 1000 are allowed")
        );
        for (reply, sane) in [
            (reply(200, "application/json"), true),
            (reply(204, ""), true),
            (reply(302, "text/plain"), false),
            (reply(500, "text/plain"), false),
            (reply(200, "text/html"), false),
            (reply(200, "text/plain\r\nset-cookie: a=b"), false),
        ] {
            assert_eq!(fault(accepted(Vec::new(), reply)).is_none(), sane);
        }
        assert!(fault(wit::Receipt::Other("later".to_owned())).is_some());
    }
}
