//! The channel kind: raw things to messages, messages to requests. Channels do no IO.

use async_trait::async_trait;
use kerros_domain::message::{DeliveryState, Part};
use serde::{Deserialize, Serialize};

use super::outbound::{Request, Response};
use super::plugin::{Call, PluginError};

/// A raw thing from outside, before anyone has looked into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raw {
    /// How it came: `hook` or `frame`.
    pub kind: String,
    /// HTTP method of a hook, else empty.
    pub method: String,
    /// Path after `/hooks/{tenant}/{channel}`, else empty.
    pub path: String,
    /// Query text without `?`.
    pub query: String,
    /// Header names in lower case. For a frame: `thread` (the visitor's thread) and `language`.
    pub headers: Vec<(String, String)>,
    /// The body, as it came.
    #[serde(with = "bytes_as_base64")]
    pub body: Vec<u8>,
    /// When it came, milliseconds since 1970.
    pub at_ms: i64,
}

mod bytes_as_base64 {
    use serde::{Deserialize, Deserializer, Serializer};

    // Bodies are UTF-8 nearly always; those are kept readable, the rest as numbers.
    #[derive(serde::Serialize, Deserialize)]
    #[serde(untagged)]
    enum Body<'a> {
        Text(std::borrow::Cow<'a, str>),
        Bytes(Vec<u8>),
    }

    pub fn serialize<S: Serializer>(bytes: &[u8], s: S) -> Result<S::Ok, S::Error> {
        let body = match std::str::from_utf8(bytes) {
            Ok(text) => Body::Text(text.into()),
            Err(_) => Body::Bytes(bytes.to_vec()),
        };
        serde::Serialize::serialize(&body, s)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<u8>, D::Error> {
        Ok(match Body::deserialize(d)? {
            Body::Text(text) => text.into_owned().into_bytes(),
            Body::Bytes(bytes) => bytes,
        })
    }
}

/// What came in, normalised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum InboundEvent {
    /// The customer wrote.
    Message {
        /// The provider's id of the message: a repeat is dropped.
        external_id: String,
        /// The channel's name of the thread; the same thread continues the same conversation.
        thread: String,
        /// The sender's address on this channel (chat id, number, visitor key).
        sender: String,
        /// The sender's name.
        sender_name: Option<String>,
        /// `fi`, `sv`, `en`, if the channel knows.
        language: Option<String>,
        /// A customer group, if the channel knows.
        segment: Option<String>,
        /// Plain text, at most 16 KiB.
        text: String,
        /// Links to media.
        parts: Vec<Part>,
        /// When it was written, milliseconds since 1970; the arrival if unknown.
        at_ms: Option<i64>,
    },
    /// An outbound message moved on.
    Delivery {
        /// The id that the provider gave it.
        external_id: String,
        /// Where it is.
        state: DeliveryState,
        /// Why, when it failed.
        reason: Option<String>,
    },
    /// The customer began a talk without writing yet (opened the widget, pressed /start).
    Started {
        /// The thread.
        thread: String,
        /// The sender's address.
        sender: String,
        /// The sender's name.
        sender_name: Option<String>,
        /// The language.
        language: Option<String>,
        /// A customer group.
        segment: Option<String>,
    },
    /// The customer asked for a person.
    WantsPerson {
        /// The thread.
        thread: String,
    },
}

/// The answer to give to the hook's caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookReply {
    /// HTTP status, 200 to 299.
    pub status: u16,
    /// Media type of the body.
    pub content_type: String,
    /// Body.
    pub body: String,
}

/// What a channel made of a raw thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "receipt", rename_all = "snake_case")]
pub enum Receipt {
    /// Genuine and understood. No events means: nothing to do.
    Accepted {
        /// What came in.
        events: Vec<InboundEvent>,
        /// The provider's key of this delivery, for dropping repeats; `None` uses a digest of the body.
        key: Option<String>,
        /// The answer wanted; `None` is an empty 200.
        reply: Option<HookReply>,
    },
    /// The signature or token is missing or wrong: answered 401.
    Unauthorized {
        /// Why, for the log; never sent out.
        reason: String,
    },
    /// Not what the provider sends: answered 400 with the reason.
    Malformed {
        /// What is wrong.
        reason: String,
    },
}

/// A message to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    /// The message's id: use it as idempotency key where the provider has one.
    pub message_id: String,
    /// The conversation's id.
    pub conversation_id: String,
    /// Its place in the conversation.
    pub seq: u64,
    /// The thread.
    pub thread: String,
    /// The customer's address on the channel.
    pub recipient: String,
    /// `bot`, `person` or `system`.
    pub author: String,
    /// The name shown for the author.
    pub author_name: String,
    /// Plain text.
    pub text: String,
    /// Buttons, articles, links. Article urls are absolute here.
    pub parts: Vec<Part>,
    /// `fi`, `sv`, `en`.
    pub language: String,
    /// When it was written.
    pub at_ms: i64,
    /// Which attempt this is, from 1.
    pub attempt: u32,
}

/// How an attempt to send ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The provider has it.
    Delivered {
        /// The provider's id of the message.
        external_id: Option<String>,
        /// `sent` or further.
        state: DeliveryState,
    },
    /// Try again, not sooner than this.
    RetryAfter {
        /// Milliseconds; `None` leaves it to the schedule.
        after_ms: Option<u64>,
        /// Why.
        reason: String,
    },
    /// Never.
    Rejected {
        /// Why.
        reason: String,
    },
}

/// Calls channel plugins.
#[async_trait]
pub trait ChannelPlugins: Send + Sync {
    /// Turns a raw thing into events.
    async fn receive(&self, call: Call<'_>, raw: &Raw) -> Result<Receipt, PluginError>;
    /// Renders a message as requests, performed in order; the first failed one ends the attempt.
    async fn send(&self, call: Call<'_>, message: &Outgoing) -> Result<Vec<Request>, PluginError>;
    /// Says what the responses mean.
    async fn settle(
        &self,
        call: Call<'_>,
        message: &Outgoing,
        responses: &[Response],
    ) -> Result<Outcome, PluginError>;
}
