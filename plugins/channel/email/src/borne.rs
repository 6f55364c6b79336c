//! What the channel holds for any mail: shared by its tests and the fuzzer (tests/fuzz).

use kerros_plugin::channel::{Channel, Event, Raw, Receipt, Secrets};

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
    .unwrap_or_else(|error| unreachable!("{error}"))
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

/// Reads a mail and holds what the contract wants of every answer.
///
/// # Panics
/// When it is not so.
pub fn bear(name: &str, mail: &[u8]) -> Vec<Event> {
    let receipt = Email::receive(&config(), &raw(mail), &Known);
    assert!(receipt.is_ok(), "{name}");
    let Ok(Receipt::Accepted { events, .. }) = receipt else { return Vec::new() };
    for event in &events {
        if let Event::Message(message) = event {
            assert!(message.text.len() <= 16 * 1024, "{name}");
            assert!(message.html.as_ref().is_none_or(|html| html.len() <= 256 * 1024), "{name}");
            assert!(message.full.as_ref().is_none_or(|full| full.len() <= 256 * 1024), "{name}");
            assert!(message.attachments.len() <= 50 && message.participants.len() <= 100, "{name}");
            assert!(!message.external_id.is_empty() && !message.sender.is_empty(), "{name}");
            assert!(message.automatic.as_ref().is_none_or(|why| why.len() <= 256), "{name}");
            assert!(message.attachments.iter().all(|a| !a.name.is_empty()), "{name}");
        }
    }
    events
}
