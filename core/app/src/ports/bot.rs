//! The bot kind: one turn at a time, from conversation and state to actions and state.

use async_trait::async_trait;
use kerros_domain::message::Part;
use serde::{Deserialize, Serialize};

use super::plugin::{Call, ConversationView, PluginError};

/// Why the bot is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "trigger", rename_all = "snake_case")]
pub enum Trigger {
    /// The conversation has just come to the bot, without a customer message yet.
    Started,
    /// The customer wrote; the newest message in the view.
    Message,
}

/// A layer's hours, for conditions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerHours {
    /// The layer.
    pub layer: String,
    /// Whether it is open now.
    pub open: bool,
    /// When it opens next, milliseconds since 1970.
    pub opens_at_ms: Option<i64>,
}

/// A turn to take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Why.
    pub trigger: Trigger,
    /// The conversation.
    pub conversation: ConversationView,
    /// What the bot kept after its last turn: JSON.
    pub state: Option<String>,
    /// Now, milliseconds since 1970.
    pub now_ms: i64,
    /// The tenant's layers, in order.
    pub layers: Vec<LayerHours>,
}

/// What a bot does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Say something.
    Say {
        /// Plain text.
        text: String,
        /// Buttons and articles.
        parts: Vec<Part>,
    },
    /// Put a tag on.
    Tag {
        /// Which.
        tag: String,
    },
    /// The customer group became known.
    SetSegment {
        /// Which.
        segment: String,
    },
    /// The language became known.
    SetLanguage {
        /// Which.
        language: String,
    },
    /// Solved. Confirmed if the customer said so, else assumed.
    Resolve {
        /// Whether the customer said so.
        confirmed: bool,
    },
    /// Pass on to a person.
    HandOff {
        /// A layer, or the next personal one.
        to: Option<String>,
        /// What the bot learned: shown to the person as a note.
        briefing: Vec<(String, String)>,
    },
}

/// What came of a turn.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnResult {
    /// In order; at most 20.
    pub actions: Vec<Action>,
    /// What to keep for the next turn: JSON, at most 16 KiB.
    pub state: Option<String>,
}

/// Calls bot plugins. Fallback: hand off to the next personal layer.
#[async_trait]
pub trait BotPlugins: Send + Sync {
    /// Takes a turn.
    async fn turn(&self, call: Call<'_>, turn: &Turn) -> Result<TurnResult, PluginError>;
}
