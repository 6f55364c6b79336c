//! Live news after a commit. May lose things: the database is the record, and a client resumes by sequence.

use kerros_domain::conversation::State;
use kerros_domain::event::{Entry, Event};
use kerros_domain::id::{ChannelId, ConversationId, LayerId, TenantId, UserId};
use serde::{Deserialize, Serialize};

use crate::clean;

/// Something happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "news", rename_all = "snake_case")]
pub enum News {
    /// A conversation changed; ask for it from the sequence you have.
    Conversation {
        /// Whose.
        tenant: TenantId,
        /// Which.
        conversation: ConversationId,
        /// Its channel.
        channel: ChannelId,
        /// Its thread.
        thread: String,
        /// Its newest sequence.
        seq: u64,
        /// Its state.
        state: State,
        /// Its layer.
        layer: LayerId,
        /// Who has it.
        assignee: Option<UserId>,
        /// Who has just called for whoever has it, as the shared channel names them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        called_by: Option<String>,
    },
    /// Somebody is reading or writing: for collision warnings, nothing is kept.
    Focus {
        /// Whose.
        tenant: TenantId,
        /// Which.
        conversation: ConversationId,
        /// Who.
        user: UserId,
        /// `reading`, `writing` or `left`.
        doing: String,
    },
    /// The customer is writing; what, nobody learns before it is sent. Nothing is kept.
    Typing {
        /// Whose.
        tenant: TenantId,
        /// Which.
        conversation: ConversationId,
    },
}

/// Who called for whoever has the conversation, if that is among what happened; a name on one line.
#[must_use]
pub fn called_by<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Option<String> {
    let calls = entries.into_iter().filter_map(|entry| match &entry.event {
        Event::AgentCalled { by } => Some(clean::line(by, 120)),
        _ => None,
    });
    calls.last()
}

/// Spreads news to everyone who listens.
pub trait Bus: Send + Sync {
    /// Spreads; never waits, never fails.
    fn publish(&self, news: News);
    /// Listens from now on. A slow listener is told that it missed some and must ask the database.
    fn subscribe(&self) -> tokio::sync::broadcast::Receiver<std::sync::Arc<News>>;
}
