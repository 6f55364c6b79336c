//! Bots: one turn at a time, from the conversation and the bot's state to actions and new state.

mod person;

pub use crate::conversation::{Contact, Conversation, Message};
pub use crate::http;
use crate::{Error, Part};
pub use person::asks_for_person;

/// Why the bot is called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Trigger {
    /// The conversation has just come to the bot, without a customer message yet.
    #[default]
    Started,
    /// The customer wrote: the newest message in the view.
    Message,
}

/// A layer's hours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LayerHours {
    /// The layer.
    pub layer: String,
    /// Whether it is open now.
    pub open: bool,
    /// When it opens next, milliseconds since 1970.
    pub opens_at_ms: Option<i64>,
}

/// A turn to take.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Turn {
    /// Why.
    pub trigger: Trigger,
    /// The conversation.
    pub conversation: Conversation,
    /// What the bot kept after its last turn: JSON.
    pub state: Option<String>,
    /// Now, milliseconds since 1970.
    pub now_ms: i64,
    /// The tenant's layers, in order.
    pub layers: Vec<LayerHours>,
}

impl Turn {
    /// What the bot kept, if anything and if it still reads as `T`.
    pub fn kept<T: serde::de::DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(self.state.as_deref()?).ok()
    }
}

/// What a bot does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Say something.
    Say {
        /// Plain text, at most 16 KiB.
        text: String,
        /// Buttons, articles, links.
        parts: Vec<Part>,
    },
    /// Put a tag on.
    Tag(String),
    /// The customer group became known.
    SetSegment(String),
    /// The language became known.
    SetLanguage(String),
    /// Solved.
    Resolve {
        /// Whether the customer said so.
        confirmed: bool,
    },
    /// Pass on to a person.
    HandOff {
        /// A layer; `None` is the next personal one.
        to: Option<String>,
        /// What the bot learned, as field and value: shown to the person as a note.
        briefing: Vec<(String, String)>,
    },
}

impl Action {
    /// Says a text.
    pub fn say(text: impl Into<String>) -> Self {
        Self::Say { text: text.into(), parts: Vec::new() }
    }
}

/// What came of a turn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// In order; at most 20.
    pub actions: Vec<Action>,
    /// What to keep for the next turn: JSON, at most 16 KiB.
    pub state: Option<String>,
}

impl Reply {
    /// A reply that keeps nothing.
    pub fn new(actions: Vec<Action>) -> Self {
        Self { actions, state: None }
    }

    /// The same reply, keeping `state` for the next turn.
    ///
    /// # Errors
    /// A state that has no JSON form (a map whose keys are no text).
    pub fn keep(mut self, state: &impl serde::Serialize) -> Result<Self, Error> {
        let text =
            serde_json::to_string(state).map_err(|e| Error::permanent(format!("state: {e}")))?;
        self.state = Some(text);
        Ok(self)
    }
}

/// A found article.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hit {
    /// Its slug.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// One or two sentences around the match, plain text.
    pub excerpt: String,
    /// A path on the server.
    pub url: String,
    /// Higher is better; comparable within one search.
    pub score: f32,
}

impl From<Hit> for Part {
    fn from(hit: Hit) -> Self {
        Self::Article { slug: hit.slug, title: hit.title, excerpt: hit.excerpt, url: hit.url }
    }
}

/// What the host offers a bot. A component imports only what it calls: calling `search` needs `search`
/// among the manifest's wants, calling `http` needs `http:HOST`.
pub trait Host {
    /// The best `limit` (at most 10) articles in the language, for the segment or for all. At most 8 a turn.
    fn search(&self, query: &str, language: &str, segment: Option<&str>, limit: u32) -> Vec<Hit>;

    /// Performs a request, towards hosts that the tenant granted. At most 8 a turn.
    ///
    /// # Errors
    /// Refused by policy, or no answer.
    fn http(&self, request: &http::Request) -> Result<http::Response, http::Failed>;

    /// A value of this use's own store (see [`KvFault`]), if it is there and its time is not over. Needs `kv` among
    /// the manifest's wants, as the other three do.
    ///
    /// # Errors
    /// Too many questions, or the store does not answer.
    fn kv_get(&self, key: &str) -> Result<Option<String>, KvFault> {
        let _ = key;
        Err(KvFault::none())
    }

    /// Keeps a value for so many seconds, or for good. It stays kept if the turn is made again.
    ///
    /// # Errors
    /// Over a limit, no room left, or the store does not answer.
    fn kv_set(&self, key: &str, value: &str, keep_s: Option<u32>) -> Result<(), KvFault> {
        let _ = (key, value, keep_s);
        Err(KvFault::none())
    }

    /// Forgets a key.
    ///
    /// # Errors
    /// Too many questions, or the store does not answer.
    fn kv_remove(&self, key: &str) -> Result<(), KvFault> {
        let _ = key;
        Err(KvFault::none())
    }

    /// Keys that begin with `prefix`, after `after`, in order, at most `limit` and 100.
    ///
    /// # Errors
    /// Too many questions, or the store does not answer.
    fn kv_keys(&self, prefix: &str, after: &str, limit: u32) -> Result<Vec<String>, KvFault> {
        let _ = (prefix, after, limit);
        Err(KvFault::none())
    }
}

/// Why the store of a use gave no answer. A key has at most 256 bytes, a value 16 KiB, a use 1,000 keys and 1 MiB in all; 32
/// questions a turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KvFault {
    /// `refused` (a limit), `full`, `unavailable` (later it may answer).
    pub reason: &'static str,
    /// In words.
    pub message: String,
}

impl KvFault {
    fn none() -> Self {
        Self { reason: "unavailable", message: "no store here".into() }
    }
}

/// What a bot does.
pub trait Bot {
    /// The tenant's config, as the schema in `plugin.toml` allows it.
    type Config: serde::de::DeserializeOwned;

    /// Takes a turn.
    ///
    /// # Errors
    /// Then the conversation is handed to the next personal layer.
    fn turn(config: &Self::Config, turn: &Turn, host: &impl Host) -> Result<Reply, Error>;
}

/// Makes a component of a type that implements [`Bot`]. Call it once, at the top of `src/lib.rs`.
#[macro_export]
macro_rules! bot {
    ($plugin:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            use $crate::bot::bindings::exports::kerros::bot::plugin as wire;

            struct Export;

            impl wire::Guest for Export {
                fn take_turn(
                    config: String,
                    turn: wire::Turn,
                ) -> Result<wire::TurnResult, wire::Error> {
                    $crate::bot::take_turn::<$plugin>(config, turn)
                }
            }

    $crate::bot::bindings::export!(Export with_types_in $crate::bot::bindings);
        };
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() = || {
            fn implements<T: $crate::bot::Bot>() {}
            implements::<$plugin>();
        };
    };
}

#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod bindings {
    wit_bindgen::generate!({
        path: ["../wit/base", "../wit/bot"],
        world: "kerros:bot/bot",
        generate_all,
        pub_export_macro: true,
        default_bindings_module: "kerros_plugin::bot::bindings",
    });
}

#[cfg(target_arch = "wasm32")]
mod glue {
    use super::bindings::exports::kerros::bot::plugin as wire_plugin;
    use super::bindings::kerros::bot::kv as wire_kv;
    use super::bindings::kerros::bot::{http as wire_http, search as wire_search, types as wire};
    use super::{
        Action, Bot, Hit, Host, KvFault, LayerHours, Reply, Trigger, Turn, bindings, http,
    };
    use crate::Error;

    crate::error::error_both_ways!(bindings::kerros::base::types);
    crate::conversation::conversation_from!(bindings::kerros::bot::types);
    crate::part::part_into!(bindings::kerros::bot::types);

    struct Kerros;

    impl Host for Kerros {
        fn search(
            &self,
            query: &str,
            language: &str,
            segment: Option<&str>,
            limit: u32,
        ) -> Vec<Hit> {
            wire_search::find(query, language, segment, limit)
                .into_iter()
                .map(|h| Hit {
                    slug: h.slug,
                    title: h.title,
                    excerpt: h.excerpt,
                    url: h.url,
                    score: h.score,
                })
                .collect()
        }

        fn http(&self, request: &http::Request) -> Result<http::Response, http::Failed> {
            let request = wire_http::Request {
                method: request.method.clone(),
                url: request.url.clone(),
                headers: request.headers.clone(),
                body: request.body.clone(),
                extra: Vec::new(),
            };
            match wire_http::perform(&request) {
                Ok(a) => Ok(http::Response { status: a.status, headers: a.headers, body: a.body }),
                Err(f) => {
                    Err(http::Failed { temporary: f.temporary, reached: false, reason: f.reason })
                }
            }
        }

        fn kv_get(&self, key: &str) -> Result<Option<String>, KvFault> {
            Ok(wire_kv::get(key)?)
        }

        fn kv_set(&self, key: &str, value: &str, keep_s: Option<u32>) -> Result<(), KvFault> {
            Ok(wire_kv::set(key, value, keep_s)?)
        }

        fn kv_remove(&self, key: &str) -> Result<(), KvFault> {
            Ok(wire_kv::remove(key)?)
        }

        fn kv_keys(&self, prefix: &str, after: &str, limit: u32) -> Result<Vec<String>, KvFault> {
            Ok(wire_kv::keys(prefix, Some(after), limit)?)
        }
    }

    impl From<wire_kv::Fault> for KvFault {
        fn from(fault: wire_kv::Fault) -> Self {
            let (reason, message) = match fault {
                wire_kv::Fault::Refused(message) => ("refused", message),
                wire_kv::Fault::Full(message) => ("full", message),
                wire_kv::Fault::Unavailable(message) | wire_kv::Fault::Other(message) => {
                    ("unavailable", message)
                }
            };
            Self { reason, message }
        }
    }

    impl From<Action> for wire::Action {
        fn from(action: Action) -> Self {
            let extra = Vec::new();
            match action {
                Action::Say { text, parts } => {
                    let parts = parts.into_iter().map(Into::into).collect();
                    Self::Say(wire::Say { text, parts, extra })
                }
                Action::Tag(tag) => Self::Tag(tag),
                Action::SetSegment(segment) => Self::SetSegment(segment),
                Action::SetLanguage(language) => Self::SetLanguage(language),
                Action::Resolve { confirmed } => Self::Resolve(confirmed),
                Action::HandOff { to, briefing } => {
                    Self::HandOff(wire::HandOff { to, briefing, extra })
                }
            }
        }
    }

    #[doc(hidden)]
    pub fn take_turn<T: Bot>(
        config: String,
        turn: wire::Turn,
    ) -> Result<wire_plugin::TurnResult, wire_plugin::Error> {
        let trigger = match turn.trigger {
            wire::Trigger::Started => Trigger::Started,
            wire::Trigger::Message => Trigger::Message,
            wire::Trigger::Other(other) => {
                return Err(Error::invalid(format!("unknown trigger {other}")).into());
            }
        };
        let config = crate::config(&config)?;
        let turn = Turn {
            trigger,
            conversation: turn.conversation.into(),
            state: turn.state,
            now_ms: turn.now_ms,
            layers: turn
                .layers
                .into_iter()
                .map(|l| LayerHours { layer: l.layer, open: l.open, opens_at_ms: l.opens_at_ms })
                .collect(),
        };
        let Reply { actions, state } = T::turn(&config, &turn, &Kerros)?;
        let actions = actions.into_iter().map(Into::into).collect();
        Ok(wire::TurnResult { actions, state, extra: Vec::new() })
    }
}

#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub use glue::take_turn;
