//! From a raw thing to a receipt.

use kerros_app::ports::channel::{HookReply, InboundEvent, Raw, Receipt};
use kerros_domain::message::{DeliveryState, Part};

use super::wit;
use crate::contract::{
    TEXT, at_most, breach, name, opt_language, opt_name, opt_text, path_or_url, text, url,
};
use crate::ended::Ended;

/// Most events in one receipt.
const EVENTS: usize = 100;
/// Most parts of one message.
const PARTS: usize = 20;
/// Longest name of a thread, sender or message, bytes.
const KEY: usize = 256;
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
        at_ms: raw.at_ms,
        extra: Vec::new(),
    }
}

pub(super) fn lift(receipt: wit::Receipt) -> Result<Receipt, Ended> {
    match receipt {
        wit::Receipt::Accepted(accepted) => {
            at_most("events", &accepted.events, EVENTS)?;
            let mut events = Vec::with_capacity(accepted.events.len());
            for event in accepted.events {
                events.extend(lift_event(event)?);
            }
            Ok(Receipt::Accepted {
                events,
                key: opt_name("the delivery's key", accepted.key, KEY)?,
                reply: accepted.reply.map(lift_reply).transpose()?,
            })
        }
        wit::Receipt::Unauthorized(reason) => {
            Ok(Receipt::Unauthorized { reason: text("the reason", reason, 1024)? })
        }
        wit::Receipt::Malformed(reason) => {
            Ok(Receipt::Malformed { reason: text("the reason", reason, 1024)? })
        }
        wit::Receipt::Other(_) => breach("a receipt that this host does not know"),
    }
}

/// An event of a later version of the contract is skipped: nothing is lost that this host could have used.
fn lift_event(event: wit::InboundEvent) -> Result<Option<InboundEvent>, Ended> {
    Ok(Some(match event {
        wit::InboundEvent::Message(message) => InboundEvent::Message {
            external_id: name("the message's external id", message.external_id, KEY)?,
            thread: name("the thread", message.thread, KEY)?,
            sender: name("the sender", message.sender, KEY)?,
            sender_name: opt_name("the sender's name", message.sender_name, KEY)?,
            language: opt_language("the language", message.language)?,
            segment: opt_name("the segment", message.segment, 64)?,
            text: customers_text(message.text),
            parts: lift_parts(message.parts)?,
            at_ms: message.at_ms,
        },
        wit::InboundEvent::Delivery(delivery) => InboundEvent::Delivery {
            external_id: name("the delivery's external id", delivery.external_id, KEY)?,
            state: lift_state(&delivery.state)?,
            reason: opt_text("the reason", delivery.reason, 1024)?,
        },
        wit::InboundEvent::Started(started) => InboundEvent::Started {
            thread: name("the thread", started.thread, KEY)?,
            sender: name("the sender", started.sender, KEY)?,
            sender_name: opt_name("the sender's name", started.sender_name, KEY)?,
            language: opt_language("the language", started.language)?,
            segment: opt_name("the segment", started.segment, 64)?,
        },
        wit::InboundEvent::WantsPerson(wants) => {
            InboundEvent::WantsPerson { thread: name("the thread", wants.thread, KEY)? }
        }
        wit::InboundEvent::Other(_) => return Ok(None),
    }))
}

/// What a customer wrote is never the plugin's fault: control characters go and what is too long is cut (the raw
/// thing is kept whole).
fn customers_text(text: String) -> String {
    let mut text = if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        text.replace("\r\n", "\n")
            .replace(|c: char| c.is_control() && !matches!(c, '\n' | '\t'), "")
    } else {
        text
    };
    text.truncate(text.floor_char_boundary(TEXT));
    text
}

fn lift_parts(parts: Vec<wit::Part>) -> Result<Vec<Part>, Ended> {
    at_most("parts", &parts, PARTS)?;
    let mut lifted = Vec::with_capacity(parts.len());
    for part in parts {
        lifted.push(match part {
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
            wit::Part::Other(_) => continue,
        });
    }
    Ok(lifted)
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
    use kerros_app::ports::channel::{InboundEvent, Receipt};

    use super::{lift, wit};
    use crate::ended::Ended;

    fn message() -> wit::Message {
        wit::Message {
            external_id: "1".to_owned(),
            thread: "t".to_owned(),
            sender: "s".to_owned(),
            sender_name: None,
            language: None,
            segment: None,
            text: "hello".to_owned(),
            parts: Vec::new(),
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
        match lift(receipt) {
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
            lift(accepted(vec![wit::InboundEvent::Message(long), other], None))
        else {
            panic!("refused")
        };
        let [InboundEvent::Message { text, .. }] = &events[..] else {
            panic!("an unknown event is skipped")
        };
        assert!(text.starts_with("ab\nc\td"));
        assert!(text.len() <= 16 << 10 && text.len() > (16 << 10) - 2);
    }

    #[test]
    fn receipts_are_sane_or_refused() {
        type Spoil = fn(&mut wit::Message);
        let spoilt: Vec<(&str, Spoil)> = vec![
            ("the thread is empty", |m| m.thread = String::new()),
            ("the sender is empty", |m| m.sender = String::new()),
            ("the message's external id is empty", |m| m.external_id = String::new()),
            ("the thread holds control characters", |m| m.thread = "a\nb".to_owned()),
            ("the language is not a language tag", |m| m.language = Some("<script>".to_owned())),
        ];
        for (expected, spoil) in spoilt {
            let mut message = message();
            spoil(&mut message);
            let event = wit::InboundEvent::Message(message);
            assert_eq!(fault(accepted(vec![event], None)).as_deref(), Some(expected));
        }
        let many = (0..101).map(|_| wit::InboundEvent::Message(message())).collect();
        assert_eq!(
            fault(accepted(many, None)).as_deref(),
            Some("101 events; at most 100 are allowed")
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
