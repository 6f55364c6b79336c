//! A message on its way out, and what becomes of it.

use super::{Action, DeliveryState, File, Participant, Request};
use crate::Part;

/// A message approved by the provider beforehand, sent where a free one may not be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template {
    /// The provider's name of it.
    pub name: String,
    /// Its language, as the provider writes it.
    pub language: String,
    /// What fills its places, in order.
    pub parameters: Vec<String>,
}

/// The customer, as far as they are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contact {
    /// The name.
    pub name: Option<String>,
    /// The customer group.
    pub segment: Option<String>,
    /// The first address that is a mail address.
    pub mail: Option<String>,
    /// The first address that is a phone number: `+` and digits.
    pub phone: Option<String>,
    /// All of them: the channel's name in the tenant's file, and the address there.
    pub addresses: Vec<(String, String)>,
}

/// A message to send.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outgoing {
    /// `reply`; `automatic` (the system's own answer); on a shared case channel: `case` (the briefing that opens the
    /// thread), `note` (into the thread) and `disruption`.
    pub kind: String,
    /// The message's id: use it as idempotency key where the provider has one.
    pub message_id: String,
    /// The conversation's id.
    pub conversation_id: String,
    /// The conversation's number, as people say it.
    pub number: u64,
    /// Its place in the conversation.
    pub seq: u64,
    /// The thread; empty for the first message of one that the channel itself opens.
    pub thread: String,
    /// The customer's address on the channel.
    pub recipient: String,
    /// Whose conversation it is, on a case channel (`case`, `note`, `disruption`) only: who answers there may have to call
    /// or write to them.
    pub contact: Option<Contact>,
    /// Further recipients of a mail, `to` and `cc`.
    pub participants: Vec<Participant>,
    /// `bot`, `person` or `system`.
    pub author: String,
    /// The name shown for the author.
    pub author_name: String,
    /// Subject.
    pub subject: Option<String>,
    /// Plain text.
    pub text: String,
    /// HTML beside the text.
    pub html: Option<String>,
    /// Buttons, articles, links. Article urls are absolute here.
    pub parts: Vec<Part>,
    /// Files to send with it: name one by its id in a request's body.
    pub files: Vec<File>,
    /// The approved message to send in place of the text.
    pub template: Option<Template>,
    /// Ids of the thread's earlier messages as the provider names them, newest first, at most 20.
    pub references: Vec<String>,
    /// The external id of the message this one answers.
    pub answers: Option<String>,
    /// Signed by the host: an address that carries it brings the answer back to this conversation.
    pub reply_token: String,
    /// When the customer last wrote, milliseconds since 1970.
    pub last_inbound_ms: Option<i64>,
    /// Where people see the conversation.
    pub url: String,
    /// `fi`, `sv`, `en`.
    pub language: String,
    /// When it was written.
    pub at_ms: i64,
    /// When this attempt is made, milliseconds since 1970.
    pub now_ms: i64,
    /// Which attempt this is, from 1.
    pub attempt: u32,
}

/// What to do next in a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Perform these in order, 1 to 10; the first failed one ends the step. Then `send` is asked again with all answers
    /// so far: an upload, then the message that names it. At most 20 requests a delivery.
    Perform(Vec<Action>),
    /// The delivery has ended.
    Settled(Outcome),
}

impl Step {
    /// Perform these in order.
    pub fn perform<A: Into<Action>>(actions: impl IntoIterator<Item = A>) -> Self {
        Self::Perform(actions.into_iter().map(Into::into).collect())
    }
}

impl From<Request> for Step {
    fn from(request: Request) -> Self {
        Self::perform([request])
    }
}

impl From<super::Mail> for Step {
    fn from(mail: super::Mail) -> Self {
        Self::perform([mail])
    }
}

impl From<Outcome> for Step {
    fn from(outcome: Outcome) -> Self {
        Self::Settled(outcome)
    }
}

/// How a delivery ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The provider has it.
    Delivered {
        /// The provider's id of the message.
        external_id: Option<String>,
        /// `Sent` or further.
        state: DeliveryState,
        /// The thread that this message opened, on channels that open threads themselves.
        thread: Option<String>,
    },
    /// Try again, not sooner than this.
    RetryAfter {
        /// Milliseconds; `None` leaves it to the host's schedule.
        after_ms: Option<u64>,
        /// The provider asks everybody to slow down, not only this message: the channel pauses.
        whole_channel: bool,
        /// Why.
        reason: String,
    },
    /// Never.
    Rejected {
        /// Why.
        reason: String,
        /// What a person may do instead: `template`, `mail`, `sms`.
        alternatives: Vec<String>,
        /// The address does not take messages any more.
        bad_address: bool,
    },
}

impl Outcome {
    /// The provider took it.
    pub fn sent(external_id: Option<String>) -> Self {
        Self::Delivered { external_id, state: DeliveryState::Sent, thread: None }
    }

    /// Try again, by the host's schedule.
    pub fn retry(reason: impl Into<String>) -> Self {
        Self::RetryAfter { after_ms: None, whole_channel: false, reason: reason.into() }
    }

    /// The provider asks everybody to slow down: the channel pauses, so long if it says how long.
    pub fn slow_down(after_ms: Option<u64>, reason: impl Into<String>) -> Self {
        Self::RetryAfter { after_ms, whole_channel: true, reason: reason.into() }
    }

    /// Never.
    pub fn rejected(reason: impl Into<String>) -> Self {
        Self::Rejected { reason: reason.into(), alternatives: Vec::new(), bad_address: false }
    }

    /// Never: the address does not take messages any more.
    pub fn bad_address(reason: impl Into<String>) -> Self {
        Self::Rejected { reason: reason.into(), alternatives: Vec::new(), bad_address: true }
    }

    /// Never, but this may be done instead: `template`, `mail`, `sms`. Changes nothing but a rejection.
    #[must_use]
    pub fn instead(mut self, alternative: impl Into<String>) -> Self {
        if let Self::Rejected { alternatives, .. } = &mut self {
            alternatives.push(alternative.into());
        }
        self
    }
}

/// What to do next to get a file that lies with the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetch {
    /// Ask, and give the answer to `fetch`; at most 3 times.
    Ask(Request),
    /// The answer's body is the file: the host streams it into the tenant's files.
    Download(Request),
    /// It cannot be had; why.
    Gone(String),
}
