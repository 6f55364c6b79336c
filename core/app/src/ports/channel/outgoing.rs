//! A message on its way out: what a channel gets, and what it says about it.

use kerros_domain::message::{DeliveryState, Part};
use serde::{Deserialize, Serialize};

use super::about::{File, Participant};
use crate::ports::outbound::Request;

/// A message approved by the provider beforehand, sent where a free one may not be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// The provider's name of it.
    pub name: String,
    /// Its language, as the provider writes it.
    pub language: String,
    /// What fills its places, in order.
    #[serde(default)]
    pub parameters: Vec<String>,
}

/// Somebody's address on one of the tenant's channels.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The channel's name in the tenant's file.
    pub channel: String,
    /// The address there.
    pub address: String,
}

/// The customer, as far as they are known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Customer {
    /// The name.
    pub name: Option<String>,
    /// The customer group.
    pub segment: Option<String>,
    /// The first address that is a mail address.
    pub mail: Option<String>,
    /// The first address that is a phone number.
    pub phone: Option<String>,
    /// All of them.
    pub addresses: Vec<Address>,
}

/// A message to send.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outgoing {
    /// `reply`; `automatic` (the system's own answer); on a shared case channel: `case`, `note` and `disruption`.
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
    /// Whose conversation it is, on a case channel only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<Customer>,
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
    /// Files to send with it.
    pub files: Vec<File>,
    /// The approved message to send in place of the text.
    pub template: Option<Template>,
    /// Ids of the thread's earlier messages as the provider names them, newest first, at most 20.
    pub references: Vec<String>,
    /// The external id of the message this one answers.
    pub answers: Option<String>,
    /// Signed: an address that carries it brings the answer back to this conversation.
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Perform these in order, 1 to 10; the first failed one ends the step. Then ask again with all responses
    /// so far.
    Perform {
        /// The requests.
        requests: Vec<Request>,
    },
    /// The delivery has ended.
    Settled(Outcome),
}

/// How a delivery ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The provider has it.
    Delivered {
        /// The provider's id of the message.
        external_id: Option<String>,
        /// `sent` or further.
        state: DeliveryState,
        /// The thread that this message opened, on channels that open threads themselves.
        #[serde(default)]
        thread: Option<String>,
    },
    /// Try again, not sooner than this.
    RetryAfter {
        /// Milliseconds; `None` leaves it to the schedule.
        after_ms: Option<u64>,
        /// The provider asks everybody to slow down, not only this message: the channel pauses.
        #[serde(default)]
        whole_channel: bool,
        /// Why.
        reason: String,
    },
    /// Never.
    Rejected {
        /// Why.
        reason: String,
        /// What a person may do instead: `template`, `mail`, `sms`.
        #[serde(default)]
        alternatives: Vec<String>,
        /// The address does not take messages any more.
        #[serde(default)]
        bad_address: bool,
    },
}

impl Outcome {
    /// The provider took it.
    #[must_use]
    pub const fn sent(external_id: Option<String>) -> Self {
        Self::Delivered { external_id, state: DeliveryState::Sent, thread: None }
    }

    /// Try again, by the schedule.
    pub fn retry(reason: impl Into<String>) -> Self {
        Self::RetryAfter { after_ms: None, whole_channel: false, reason: reason.into() }
    }

    /// Never, and nothing else to try.
    pub fn rejected(reason: impl Into<String>) -> Self {
        Self::Rejected { reason: reason.into(), alternatives: Vec::new(), bad_address: false }
    }
}

/// What to do next to get a remote file. Both requests are [`Request::Http`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum FetchStep {
    /// Ask, and give the answer to `fetch`; at most 3 times.
    Ask {
        /// The request.
        #[serde(flatten)]
        request: Request,
    },
    /// The answer's body is the file.
    Download {
        /// The request.
        #[serde(flatten)]
        request: Request,
    },
    /// It cannot be had.
    Gone {
        /// Why.
        reason: String,
    },
}

#[cfg(test)]
mod tests {
    use super::{FetchStep, Outcome, Step};
    use crate::ports::outbound::{Body, FormPart, FormValue, Request};

    #[test]
    fn steps_come_back_as_they_went() {
        let post = |body| Request::Http {
            method: "POST".into(),
            url: "https://provider.example".into(),
            headers: Vec::new(),
            body,
            repeatable: false,
        };
        let form = vec![
            FormPart {
                name: "kind".into(),
                file_name: None,
                media_type: None,
                value: FormValue::Text("a".into()),
            },
            FormPart {
                name: "file".into(),
                file_name: Some("a.png".into()),
                media_type: Some("image/png".into()),
                value: FormValue::File("f-1".into()),
            },
        ];
        let bodies = [
            Body::None,
            Body::Text("{}".into()),
            Body::Bytes(vec![0xff, 0]),
            Body::Bytes(b"as text".to_vec()),
            Body::File("f-1".into()),
            Body::Form(form),
        ];
        let mut requests: Vec<_> = bodies.into_iter().map(post).collect();
        requests.push(Request::Mail(Box::default()));
        for step in [
            Step::Perform { requests: requests.clone() },
            Step::Settled(Outcome::rejected("blocked")),
            Step::Settled(Outcome::retry("busy")),
            Step::Settled(Outcome::sent(Some("1".into()))),
        ] {
            let json = serde_json::to_string(&step).unwrap();
            assert_eq!(serde_json::from_str::<Step>(&json).unwrap(), step, "{json}");
        }
        let ask = FetchStep::Ask { request: requests.remove(0) };
        let json = serde_json::to_string(&ask).unwrap();
        assert_eq!(serde_json::from_str::<FetchStep>(&json).unwrap(), ask, "{json}");
    }
}
