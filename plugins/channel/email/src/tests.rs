//! Mails in, mails out, as a tenant would see them.

mod corpus;
mod received;
mod replies;
mod reports;
mod samples;
mod sent;

use kerros_plugin::channel::{Channel, Event, Message, Raw, Receipt, Secrets};

use crate::Email;
use crate::config::Config;

/// Knows one secret.
pub struct Known;

impl Secrets for Known {
    fn verify_hmac_sha256(&self, _: &str, _: &[u8], _: &[u8]) -> bool {
        false
    }

    fn equals(&self, name: &str, text: &str) -> bool {
        (name, text) == ("mail_hook", "right")
    }
}

pub fn config() -> Config {
    serde_json::from_str(
        r#"{"address": "tuki@aurinko.example", "name": "Aurinko", "aliases": ["info@aurinko.example"],
            "trusted": ["mx.aurinko.example"], "form_senders": ["lomake@aurinko.example"], "language": "fi",
            "signature": {"fi": "Aurinko Oy", "en": "Sun Ltd"}, "steering": {"fi": "Chat: https://aurinko.example"},
            "hook_secret": "mail_hook"}"#,
    )
    .unwrap()
}

pub fn raw(mail: &[u8]) -> Raw {
    Raw {
        kind: "mail".into(),
        headers: vec![("mailbox".into(), "tuki@aurinko.example".into())],
        body: mail.into(),
        at_ms: 1_792_000_000_000,
        ..Raw::default()
    }
}

pub fn events(mail: &[u8]) -> Vec<Event> {
    match Email::receive(&config(), &raw(mail), &Known).unwrap() {
        Receipt::Accepted { events, .. } => events,
        other => panic!("{other:?}"),
    }
}

/// The one message of a mail. Lines of the head and the body may be written with `\n`.
pub fn message(mail: &str) -> Message {
    match events(mail.as_bytes()).as_slice() {
        [Event::Message(message)] => message.clone(),
        other => panic!("{other:?}"),
    }
}
