//! Channels: raw things from outside to messages, and messages to requests that the host performs. A channel
//! does no IO: retries, idempotency, rate limits, files, secrets and the guard on addresses are the host's.
//!
//! A small channel needs [`Message::new`], one [`Request`] and [`Answer::outcome`]; the template is one. Start at
//! [`Channel`].

mod event;
mod in_turn;
mod mail;
mod outgoing;
mod request;
mod tidy;

pub use event::{
    Attachment, CallRequest, CaseNote, Check, Delivery, DeliveryState, Event, Field, File,
    MailThreading, Message, Participant, Source, Started, Threading,
};
pub use in_turn::in_turn;
pub use mail::{Mail, MailResponse};
pub use outgoing::{Contact, Fetch, Outcome, Outgoing, Step, Template};
pub use request::{Action, Answer, Body, FormPart, FormValue, Request};

use crate::Error;
pub use crate::http::{Failed, Response};

/// A raw thing from outside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Raw {
    /// How it came: `hook`, `frame` or `mail`.
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
    /// The body, as it came. Of a mail, a part over the host's limit is lifted out: its body is empty, and its
    /// header `X-Kerros-File` names one of `files`.
    pub body: Vec<u8>,
    /// Big parts, lifted out.
    pub files: Vec<File>,
    /// When it came, milliseconds since 1970.
    pub at_ms: i64,
}

impl Raw {
    /// The first header of this lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
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
        /// What came in, at most 1,000.
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

    /// Genuine, and nothing to do.
    pub fn nothing() -> Self {
        Self::Accepted { events: Vec::new(), key: None, reply: None }
    }
}

/// Checks of signatures and tokens. The secret stays with the host; an unknown name answers false, as a wrong
/// signature does. Needs `secret` among the manifest's wants.
pub trait Secrets {
    /// Whether `signature` is the HMAC-SHA256 of `message` under the named secret.
    fn verify_hmac_sha256(&self, name: &str, message: &[u8], signature: &[u8]) -> bool;

    /// Whether `signature` is the HMAC-SHA1 of `message` under the named secret: for providers that still sign so.
    fn verify_hmac_sha1(&self, name: &str, message: &[u8], signature: &[u8]) -> bool {
        let _ = (name, message, signature);
        false
    }

    /// As [`Self::verify_hmac_sha256`], where the secret is the key written in base64: for providers that hand it out
    /// so (Microsoft Teams, Standard Webhooks).
    fn verify_hmac_sha256_base64(&self, name: &str, message: &[u8], signature: &[u8]) -> bool {
        let _ = (name, message, signature);
        false
    }

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

    /// Says what to do next with a message, given what was answered so far: at first nothing. The first failed
    /// request of a step ends it, so the last answer is the one to look at.
    ///
    /// # Errors
    /// `Temporary` is tried again; anything else gives the message up.
    fn send(config: &Self::Config, message: &Outgoing, so_far: &[Answer]) -> Result<Step, Error>;

    /// Says how to get a file that lies with the provider ([`Source::Remote`]), given what was answered so far: at
    /// first nothing. Only channels that name such files need it.
    ///
    /// # Errors
    /// As [`Channel::send`].
    fn fetch(config: &Self::Config, reference: &str, so_far: &[Answer]) -> Result<Fetch, Error> {
        let _ = (config, reference, so_far);
        Ok(Fetch::Gone("this channel fetches no files".into()))
    }
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
                    so_far: Vec<wire::Response>,
                ) -> Result<wire::Step, wire::Error> {
                    $crate::channel::send::<$plugin>(config, message, so_far)
                }

                fn fetch(
                    config: String,
                    reference: String,
                    so_far: Vec<wire::Response>,
                ) -> Result<wire::FetchStep, wire::Error> {
                    $crate::channel::fetch::<$plugin>(config, reference, so_far)
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
pub use glue::{fetch, receive, send};
