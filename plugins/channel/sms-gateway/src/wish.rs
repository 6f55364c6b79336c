//! What a customer wished for: no more messages, or messages again. A plugin keeps nothing, so the wish is kept in the id
//! of the message that says it, and is found among the earlier messages when one is to be sent.

use kerros_plugin::channel::Outgoing;
use kerros_plugin::text::cut;
use shared_sms::stop;

use crate::Config;

/// Ends the id of a message that asks for no more of them.
const STOP: &str = ":stop";
/// Ends the id of a message that takes that back.
const START: &str = ":start";
/// Of a longer id only the beginning is kept, so that the wish fits behind it. In bytes.
const LONGEST: usize = 190;

/// A wish that a message is, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    Stop,
    Start,
}

impl Wish {
    /// The wish that a text is.
    pub fn of(config: &Config, text: &str) -> Option<Self> {
        if stop::asks_to_stop(text, &config.stop_words) {
            Some(Self::Stop)
        } else {
            stop::asks_to_start(text, &config.start_words).then_some(Self::Start)
        }
    }

    /// The id under which the host keeps the message.
    pub fn keep(self, id: &str) -> String {
        let end = match self {
            Self::Stop => STOP,
            Self::Start => START,
        };
        format!("{}{end}", cut(id, LONGEST))
    }
}

/// Whether the customer asked for no more messages and has not taken it back: the newest wish counts.
pub fn is_stopped(message: &Outgoing) -> bool {
    let mut newest_first = message.references.iter();
    newest_first
        .find(|id| id.ends_with(STOP) || id.ends_with(START))
        .is_some_and(|id| id.ends_with(STOP))
}
