//! Write a Kerros plugin: implement one trait, name a config type, call one macro.
//!
//! | kind | feature | trait | macro |
//! |---|---|---|---|
//! | channel | `channel` | [`channel::Channel`] | `kerros_plugin::channel!(Mine);` |
//! | bot | `bot` | [`bot::Bot`] | `kerros_plugin::bot!(Mine);` |
//! | tagger | `tagger` | [`tagger::Tagger`] | `kerros_plugin::tagger!(Mine);` |
//! | sla | `sla` | [`sla::Sla`] | `kerros_plugin::sla!(Mine);` |
//! | report | `report` | [`report::Report`] | `kerros_plugin::report!(Mine);` |
//!
//! What the host offers a kind (search, HTTP, secrets' checks, facts) comes as an argument that is a trait, so
//! that `cargo test` on your machine can put anything in its place; only the built component talks to
//! Kerros. A plugin has no clock, no randomness, no files, no sockets and no memory between calls.
//!
//! Deliberately absent: the component model. The generated bindings stay inside this crate.
//!
//! Start in the module of your kind.

pub mod encoding;
mod error;
#[cfg(target_arch = "wasm32")]
mod heap;
pub mod log;
pub mod text;

#[cfg(any(feature = "bot", feature = "tagger"))]
pub mod conversation;
#[cfg(any(feature = "bot", feature = "channel"))]
pub mod http;
#[cfg(any(feature = "bot", feature = "channel"))]
mod part;

#[cfg(feature = "bot")]
pub mod bot;
#[cfg(feature = "channel")]
pub mod channel;
#[cfg(feature = "report")]
pub mod report;
#[cfg(feature = "sla")]
pub mod sla;
#[cfg(feature = "tagger")]
pub mod tagger;

pub use error::Error;
#[cfg(any(feature = "bot", feature = "channel"))]
pub use part::Part;
/// The `serde` this SDK uses: derive `Deserialize` for your config from here or from your own dependency.
pub use serde;
/// The `serde_json` this SDK uses.
pub use serde_json;

/// Reads a call's config. The host has checked it against the plugin's schema, so a failure means that
/// schema and type disagree.
#[cfg(target_arch = "wasm32")]
fn config<C: serde::de::DeserializeOwned>(text: &str) -> Result<C, Error> {
    serde_json::from_str(text).map_err(|e| Error::invalid(format!("config: {e}")))
}
