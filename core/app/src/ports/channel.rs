//! The channel kind: raw things to messages, messages to requests. Channels do no IO.

mod about;
mod event;
mod outgoing;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

pub use about::{Check, Field, File, Participant};
pub use event::{
    Attachment, CallRequest, CaseNote, InboundEvent, InboundMessage, MailThreading, Source,
    Threading,
};
pub use outgoing::{Address, Customer, FetchStep, Outcome, Outgoing, Step, Template};

use super::outbound::Response;
use super::plugin::{Call, PluginError};

/// A raw thing from outside, before anyone has looked into it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raw {
    /// How it came: `hook`, `frame` or `mail`. A `mail` was fetched by the host itself and needs no proof; one that
    /// a service brings by HTTP is a `hook`.
    pub kind: String,
    /// HTTP method of a hook, else empty.
    pub method: String,
    /// Path after `/hooks/{tenant}/{channel}`, else empty.
    pub path: String,
    /// Query text without `?`.
    pub query: String,
    /// Header names in lower case. For a frame: `thread` (the visitor's thread) and `language`. For a fetched
    /// mail: `mailbox` (the address it was fetched for).
    pub headers: Vec<(String, String)>,
    /// The body, as it came. Of a mail, a part over the limit is lifted out: its body is empty, and its header
    /// `X-Kerros-File` names one of `files`.
    #[serde(with = "super::octets")]
    pub body: Vec<u8>,
    /// Big parts, lifted out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<File>,
    /// When it came, milliseconds since 1970.
    pub at_ms: i64,
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

/// Calls channel plugins.
#[async_trait]
pub trait ChannelPlugins: Send + Sync {
    /// Turns a raw thing into events.
    async fn receive(&self, call: Call<'_>, raw: &Raw) -> Result<Receipt, PluginError>;
    /// Says what to do next with a message, given what was answered so far: at first nothing.
    async fn send(
        &self,
        call: Call<'_>,
        message: &Outgoing,
        so_far: &[Response],
    ) -> Result<Step, PluginError>;
    /// Says how to get the remote file that the channel named, given what was answered so far: at first nothing.
    async fn fetch(
        &self,
        call: Call<'_>,
        reference: &str,
        so_far: &[Response],
    ) -> Result<FetchStep, PluginError>;
}
