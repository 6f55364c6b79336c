//! The SLA kind: which promises hold for a conversation.

use async_trait::async_trait;
use kerros_domain::sla::TargetSpec;
use serde::{Deserialize, Serialize};

use super::plugin::{Call, PluginError};

/// What promises may depend on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The channel.
    pub channel: String,
    /// `low`, `normal`, `high`, `urgent`.
    pub priority: String,
    /// The customer group.
    pub segment: Option<String>,
    /// The language.
    pub language: String,
    /// The layer that has it.
    pub layer: String,
    /// `self_service`, `personal`, `expert`.
    pub layer_kind: String,
    /// The tenant's layers in order: name, kind, owner (`vendor`, `client`), calendar.
    pub layers: Vec<LayerFacts>,
    /// Tags on it.
    pub tags: Vec<String>,
}

/// A layer, for promises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerFacts {
    /// Its name.
    pub id: String,
    /// `self_service`, `personal`, `expert`.
    pub kind: String,
    /// `vendor` or `client`.
    pub owner: String,
    /// Its calendar.
    pub calendar: Option<String>,
}

/// Calls SLA plugins. Fallback: the targets that the conversation has already.
#[async_trait]
pub trait SlaPlugins: Send + Sync {
    /// The whole set of promises for these facts.
    async fn targets(&self, call: Call<'_>, facts: &Facts) -> Result<Vec<TargetSpec>, PluginError>;
}
