//! Channels: raw things from outside to messages, and messages to requests that the host performs. A channel
//! does no IO: retries, idempotency, rate limits, secrets and the guard on addresses are the host's.

pub use crate::http::{Failed, Request, Response};
use crate::{Error, Part};

/// A raw thing from outside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
    pub body: Vec<u8>,
    /// When it came, milliseconds since 1970.
    pub at_ms: i64,
}

impl Raw {
    /// The first header of this lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// How far an outbound message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// The provider took it.
    Sent,
    /// It reached the customer's device.
    Delivered,
    /// The customer read it.
    Read,
    /// It did not arrive and will not.
    Failed,
}

/// The customer wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inbound {
    /// The provider's id of the message: a repeat is dropped.
    pub external_id: String,
    /// The channel's name of the thread; the same thread continues the same conversation.
    pub thread: String,
    /// The sender's address on this channel.
    pub sender: String,
    /// The sender's name.
    pub sender_name: Option<String>,
    /// `fi`, `sv`, `en`, if the channel knows.
    pub language: Option<String>,
    /// A customer group, if the channel knows.
    pub segment: Option<String>,
    /// Plain text, at most 16 KiB.
    pub text: String,
    /// Links to media.
    pub parts: Vec<Part>,
    /// When it was written, milliseconds since 1970; the arrival if `None`.
    pub at_ms: Option<i64>,
}

/// The customer began a talk without writing yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Started {
    /// The thread.
    pub thread: String,
    /// The sender's address.
    pub sender: String,
    /// The sender's name.
    pub sender_name: Option<String>,
    /// The language.
    pub language: Option<String>,
    /// A customer group.
    pub segment: Option<String>,
}

/// What came in, normalised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The customer wrote.
    Message(Inbound),
    /// An outbound message moved on.
    Delivery {
        /// The id that the provider gave it.
        external_id: String,
        /// Where it is.
        state: DeliveryState,
        /// Why, when it failed.
        reason: Option<String>,
    },
    /// The customer began a talk without writing yet.
    Started(Started),
    /// The customer asked for a person.
    WantsPerson {
        /// The thread.
        thread: String,
    },
}

/// The answer to give to the hook's caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookReply {
    /// 200 to 299.
    pub status: u16,
    /// Media type of the body.
    pub content_type: String,
    /// Body.
    pub body: String,
}

/// What a channel made of a raw thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receipt {
    /// Genuine and understood. No events means: nothing to do.
    Accepted {
        /// What came in, at most 100.
        events: Vec<Event>,
        /// The provider's key of this delivery, for dropping repeats; `None` uses a digest of the body.
        key: Option<String>,
        /// `None` is an empty 200.
        reply: Option<HookReply>,
    },
    /// The signature or token is missing or wrong: answered 401. The text is for the log only.
    Unauthorized(String),
    /// Not what the provider sends: answered 400 with this reason.
    Malformed(String),
}

impl Receipt {
    /// Genuine, with these events and the provider's key.
    pub fn accepted(events: Vec<Event>, key: impl Into<String>) -> Self {
        Self::Accepted { events, key: Some(key.into()), reply: None }
    }
}

/// A message to send.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The provider has it.
    Delivered {
        /// The provider's id of the message.
        external_id: Option<String>,
        /// `Sent` or further.
        state: DeliveryState,
    },
    /// Try again, not sooner than this.
    RetryAfter {
        /// Milliseconds; `None` leaves it to the host's schedule.
        after_ms: Option<u64>,
        /// Why.
        reason: String,
    },
    /// Never; why.
    Rejected(String),
}

/// Checks of signatures and tokens. The secret stays with the host; an unknown name answers false, as a wrong
/// signature does. Needs `secret` among the manifest's wants.
pub trait Secrets {
    /// Whether `signature` is the HMAC-SHA256 of `message` under the named secret.
    fn verify_hmac_sha256(&self, name: &str, message: &[u8], signature: &[u8]) -> bool;

    /// Whether `text` equals the named secret.
    fn equals(&self, name: &str, text: &str) -> bool;
}

/// What a channel does.
pub trait Channel {
    /// The tenant's config, as the schema in `plugin.toml` allows it.
    type Config: serde::de::DeserializeOwned;

    /// Turns a raw thing into events.
    ///
    /// # Errors
    /// Nothing is stored, and the caller is asked to try again later.
    fn receive(config: &Self::Config, raw: &Raw, secrets: &impl Secrets) -> Result<Receipt, Error>;

    /// Renders a message as requests, at most 10, performed in order; the first failed one ends the attempt.
    ///
    /// # Errors
    /// `Temporary` is tried again; anything else gives the message up.
    fn send(config: &Self::Config, message: &Outgoing) -> Result<Vec<Request>, Error>;

    /// Says what the responses mean: as many as requests were performed.
    ///
    /// # Errors
    /// As [`Channel::send`].
    fn settle(
        config: &Self::Config,
        message: &Outgoing,
        responses: &[Result<Response, Failed>],
    ) -> Result<Outcome, Error>;
}

/// Makes a component of a type that implements [`Channel`]. Call it once, at the top of `src/lib.rs`.
#[macro_export]
macro_rules! channel {
    ($plugin:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            use $crate::channel::bindings::exports::kerros::channel::plugin as wire;

            struct Export;

            impl wire::Guest for Export {
                fn receive(config: String, raw: wire::Raw) -> Result<wire::Receipt, wire::Error> {
                    $crate::channel::receive::<$plugin>(config, raw)
                }

                fn send(
                    config: String,
                    message: wire::Outgoing,
                ) -> Result<Vec<wire::Request>, wire::Error> {
                    $crate::channel::send::<$plugin>(config, message)
                }

                fn settle(
                    config: String,
                    message: wire::Outgoing,
                    responses: Vec<wire::Response>,
                ) -> Result<wire::Outcome, wire::Error> {
                    $crate::channel::settle::<$plugin>(config, message, responses)
                }
            }

    $crate::channel::bindings::export!(Export with_types_in $crate::channel::bindings);
        };
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() = || {
            fn implements<T: $crate::channel::Channel>() {}
            implements::<$plugin>();
        };
    };
}

#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod bindings {
    wit_bindgen::generate!({
        path: ["../wit/base", "../wit/channel"],
        world: "kerros:channel/channel",
        generate_all,
        pub_export_macro: true,
        default_bindings_module: "kerros_plugin::channel::bindings",
    });
}

#[cfg(target_arch = "wasm32")]
mod glue;

#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub use glue::{receive, send, settle};
