//! Mails in, mails out, as a tenant would see them.

mod corpus;
mod hooked;
mod received;
mod replies;
mod reports;
mod samples;
mod sent;
#[path = "../../../../tests/suite/src/skip.rs"]
mod skip;

use kerros_plugin::channel::{Channel, Event, Message, Receipt};

use crate::Email;
pub use crate::borne::{Known, config, raw};

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
