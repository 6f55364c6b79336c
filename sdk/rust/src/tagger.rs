//! Taggers: suggest tags for the customer's newest message.
//!
//! ```
//! use kerros_plugin::serde::Deserialize;
//! use kerros_plugin::tagger::{Conversation, Suggestion, Tagger};
//! use kerros_plugin::Error;
//!
//! struct Shouting;
//!
//! #[derive(Deserialize)]
//! #[serde(crate = "kerros_plugin::serde")]
//! struct Config {
//!     tag: String,
//! }
//!
//! impl Tagger for Shouting {
//!     type Config = Config;
//!     fn tag(config: &Config, conversation: &Conversation) -> Result<Vec<Suggestion>, Error> {
//!         let shouts = conversation.newest_text().ends_with("!!!");
//!         Ok(shouts.then(|| Suggestion::new(&config.tag, 80)).into_iter().collect())
//!     }
//! }
//!
//! kerros_plugin::tagger!(Shouting);
//! ```

use crate::Error;
pub use crate::conversation::{Contact, Conversation, Message};

/// A suggested tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// 1 to 64 characters.
    pub tag: String,
    /// 0 to 100 percent sure.
    pub confidence: u8,
}

impl Suggestion {
    /// A suggestion; a confidence over 100 is 100.
    pub fn new(tag: impl Into<String>, confidence: u8) -> Self {
        Self { tag: tag.into(), confidence: confidence.min(100) }
    }
}

/// What a tagger does.
pub trait Tagger {
    /// The tenant's config, as the schema in `plugin.toml` allows it.
    type Config: serde::de::DeserializeOwned;

    /// Suggests tags, at most 50, each once.
    ///
    /// # Errors
    /// Then no tags are suggested.
    fn tag(config: &Self::Config, conversation: &Conversation) -> Result<Vec<Suggestion>, Error>;
}

/// A file of the plugin's folder `assets`; native tests read it from there.
pub fn asset(name: &str) -> Option<Vec<u8>> {
    #[cfg(target_arch = "wasm32")]
    {
        use bindings::kerros::tagger::asset as wire;
        let size = usize::try_from(wire::size(name)?).ok()?;
        let mut whole = Vec::with_capacity(size);
        while whole.len() < size {
            let rest = u32::try_from(size - whole.len()).unwrap_or(u32::MAX);
            let part = wire::read(name, whole.len() as u64, rest)?;
            if part.is_empty() {
                return None;
            }
            whole.extend_from_slice(&part);
        }
        Some(whole)
    }
    #[cfg(not(target_arch = "wasm32"))]
    {
        std::fs::read(std::path::Path::new("assets").join(name)).ok()
    }
}

/// Makes a component of a type that implements [`Tagger`]. Call it once, at the top of `src/lib.rs`.
#[macro_export]
macro_rules! tagger {
    ($plugin:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            use $crate::tagger::bindings::exports::kerros::tagger::plugin as wire;

            struct Export;

            impl wire::Guest for Export {
                fn suggest(
                    config: String,
                    conversation: wire::Conversation,
                ) -> Result<Vec<wire::Suggestion>, wire::Error> {
                    $crate::tagger::suggest::<$plugin>(config, conversation)
                }
            }

    $crate::tagger::bindings::export!(Export with_types_in $crate::tagger::bindings);
        };
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() = || {
            fn implements<T: $crate::tagger::Tagger>() {}
            implements::<$plugin>();
        };
    };
}

#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod bindings {
    wit_bindgen::generate!({
        path: ["../wit/base", "../wit/tagger"],
        world: "kerros:tagger/tagger",
        generate_all,
        pub_export_macro: true,
        default_bindings_module: "kerros_plugin::tagger::bindings",
    });
}

#[cfg(target_arch = "wasm32")]
mod glue {
    use super::bindings::exports::kerros::tagger::plugin as wire;
    use super::{Suggestion, Tagger, bindings};

    crate::error::error_both_ways!(bindings::kerros::base::types);
    crate::conversation::conversation_from!(bindings::kerros::tagger::types);

    impl From<Suggestion> for wire::Suggestion {
        fn from(s: Suggestion) -> Self {
            Self { tag: s.tag, confidence: s.confidence, extra: Vec::new() }
        }
    }

    #[doc(hidden)]
    pub fn suggest<T: Tagger>(
        config: String,
        conversation: wire::Conversation,
    ) -> Result<Vec<wire::Suggestion>, wire::Error> {
        let config = crate::config(&config)?;
        let tags = T::tag(&config, &conversation.into())?;
        Ok(tags.into_iter().map(Into::into).collect())
    }
}

#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub use glue::suggest;
