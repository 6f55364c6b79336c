//! SLA plugins: which promises hold for a conversation. The host keeps the clocks.

use crate::Error;

/// A layer of the tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layer {
    /// Its name.
    pub id: String,
    /// `self_service`, `personal`, `expert`.
    pub kind: String,
    /// `vendor` or `client`.
    pub owner: String,
    /// The calendar of its opening hours.
    pub calendar: Option<String>,
}

/// What promises may depend on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The channel.
    pub channel: String,
    /// `low`, `normal`, `high`, `urgent`.
    pub priority: String,
    /// The customer group.
    pub segment: Option<String>,
    /// `fi`, `sv`, `en`.
    pub language: String,
    /// The layer that has it.
    pub layer: String,
    /// `self_service`, `personal`, `expert`.
    pub layer_kind: String,
    /// The tenant's layers, in order.
    pub layers: Vec<Layer>,
    /// Tags on it.
    pub tags: Vec<String>,
}

/// What is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// From the customer's first message that reached a personal layer to the first message by a person.
    FirstResponse,
    /// From the oldest unanswered customer message to the answer.
    NextResponse,
    /// From opening to the last resolve.
    Resolution,
}

/// Whose promise it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// The outsourcing vendor.
    Vendor,
    /// The client company's experts.
    Client,
}

/// What stops the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseOn {
    /// We wait for the customer.
    Pending,
    /// The other owner's people hold the conversation.
    OtherOwner,
}

/// A promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// What is timed.
    pub metric: Metric,
    /// Whose promise.
    pub owner: Owner,
    /// In seconds of calendar time, at least 1.
    pub within_s: u64,
    /// The calendar whose open time counts; `None` counts all time.
    pub calendar: Option<String>,
    /// What stops the clock.
    pub pause_on: Vec<PauseOn>,
    /// Warn when this many percent are used, 1 to 99.
    pub warn_at: Option<u8>,
    /// The layer for which it holds.
    pub layer: Option<String>,
}

/// What an SLA plugin does.
pub trait Sla {
    /// The tenant's config, as the schema in `plugin.toml` allows it.
    type Config: serde::de::DeserializeOwned;

    /// The whole set of promises for these facts, at most 32. It is asked again whenever a fact changes.
    ///
    /// # Errors
    /// Then the targets that the conversation has already stay.
    fn targets(config: &Self::Config, facts: &Facts) -> Result<Vec<Target>, Error>;
}

/// Makes a component of a type that implements [`Sla`]. Call it once, at the top of `src/lib.rs`.
#[macro_export]
macro_rules! sla {
    ($plugin:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            use $crate::sla::bindings::exports::kerros::sla::plugin as wire;

            struct Export;

            impl wire::Guest for Export {
                fn targets(
                    config: String,
                    facts: wire::Facts,
                ) -> Result<Vec<wire::Target>, wire::Error> {
                    $crate::sla::targets::<$plugin>(config, facts)
                }
            }

    $crate::sla::bindings::export!(Export with_types_in $crate::sla::bindings);
        };
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() = || {
            fn implements<T: $crate::sla::Sla>() {}
            implements::<$plugin>();
        };
    };
}

#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod bindings {
    wit_bindgen::generate!({
        path: ["../wit/base", "../wit/sla"],
        world: "kerros:sla/sla",
        generate_all,
        pub_export_macro: true,
        default_bindings_module: "kerros_plugin::sla::bindings",
    });
}

#[cfg(target_arch = "wasm32")]
mod glue {
    use super::bindings::exports::kerros::sla::plugin as wire_plugin;
    use super::bindings::kerros::sla::types as wire;
    use super::{Facts, Layer, Metric, Owner, PauseOn, Sla, Target, bindings};

    crate::error::error_both_ways!(bindings::kerros::base::types);

    impl From<wire::Facts> for Facts {
        fn from(f: wire::Facts) -> Self {
            Self {
                channel: f.channel,
                priority: f.priority,
                segment: f.segment,
                language: f.language,
                layer: f.layer,
                layer_kind: f.layer_kind,
                layers: f
                    .layers
                    .into_iter()
                    .map(|l| Layer { id: l.id, kind: l.kind, owner: l.owner, calendar: l.calendar })
                    .collect(),
                tags: f.tags,
            }
        }
    }

    impl From<Target> for wire::Target {
        fn from(t: Target) -> Self {
            Self {
                metric: match t.metric {
                    Metric::FirstResponse => wire::Metric::FirstResponse,
                    Metric::NextResponse => wire::Metric::NextResponse,
                    Metric::Resolution => wire::Metric::Resolution,
                },
                owner: match t.owner {
                    Owner::Vendor => wire::Owner::Vendor,
                    Owner::Client => wire::Owner::Client,
                },
                within_s: t.within_s,
                calendar: t.calendar,
                pause_on: t
                    .pause_on
                    .into_iter()
                    .map(|pause| match pause {
                        PauseOn::Pending => wire::PauseOn::Pending,
                        PauseOn::OtherOwner => wire::PauseOn::OtherOwner,
                    })
                    .collect(),
                warn_at: t.warn_at,
                layer: t.layer,
                extra: Vec::new(),
            }
        }
    }

    #[doc(hidden)]
    pub fn targets<T: Sla>(
        config: String,
        facts: wire::Facts,
    ) -> Result<Vec<wire_plugin::Target>, wire_plugin::Error> {
        let config = crate::config(&config)?;
        let targets = T::targets(&config, &facts.into())?;
        Ok(targets.into_iter().map(Into::into).collect())
    }
}

#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub use glue::targets;
