//! What calls of all plugin kinds share.

use kerros_domain::id::TenantId;
use serde::{Deserialize, Serialize};

use crate::tenant::PluginUse;

/// Which configured plugin is called, and for whom.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The tenant.
    pub tenant: &'a TenantId,
    /// The configured use.
    pub plugin: &'a PluginUse,
    /// The trace id that joins log lines from hook to delivery.
    pub trace: &'a str,
}

/// Why a call gave no result. The caller falls back as its kind says; the conversation goes on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "error", rename_all = "snake_case")]
pub enum PluginError {
    /// The plugin says that the input is wrong.
    #[error("invalid: {message}")]
    Invalid {
        /// What is wrong.
        message: String,
    },
    /// The plugin asks to try again.
    #[error("temporary: {message}")]
    Temporary {
        /// Why.
        message: String,
        /// Not sooner than this.
        retry_after_ms: Option<u64>,
    },
    /// The plugin says that it will never work.
    #[error("permanent: {message}")]
    Permanent {
        /// Why.
        message: String,
    },
    /// The plugin broke: trap, out of memory, output too large or not what the contract says.
    #[error("plugin fault: {message}")]
    Fault {
        /// How.
        message: String,
    },
    /// The call did not end within its budget and was stopped.
    #[error("plugin stopped after its time budget")]
    Timeout,
    /// Not called: breaker open, no room, or not loaded.
    #[error("plugin not available: {message}")]
    Unavailable {
        /// Why.
        message: String,
    },
}

/// What a plugin may know of a contact.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactView {
    /// Its name, if known.
    pub name: Option<String>,
    /// Free attributes.
    pub attributes: Vec<(String, String)>,
}

/// One message as plugins see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageView {
    /// Its id.
    pub id: String,
    /// `contact`, `bot`, `person` or `system`.
    pub author: String,
    /// Plain text.
    pub text: String,
    /// Milliseconds since 1970.
    pub at_ms: i64,
}

/// A conversation as bots and taggers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationView {
    /// Its id.
    pub id: String,
    /// The tenant's name for the channel.
    pub channel: String,
    /// `fi`, `sv`, `en`.
    pub language: String,
    /// The customer group.
    pub segment: Option<String>,
    /// The layer that has it.
    pub layer: String,
    /// Tags on it.
    pub tags: Vec<String>,
    /// Who writes.
    pub contact: ContactView,
    /// The last public messages, oldest first, at most 20, the newest last.
    pub messages: Vec<MessageView>,
}
