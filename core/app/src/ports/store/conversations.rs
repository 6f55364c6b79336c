//! Conversations: one, a page of them, how many stand where.

use async_trait::async_trait;
use kerros_domain::conversation::{Conversation, State};
use kerros_domain::id::{
    ChannelId, ContactId, ConversationId, LayerId, MessageId, TenantId, UserId,
};
use kerros_domain::time::Timestamp;

use super::{Contact, Scope, StoreError};

/// What intake needs to know of a sender and a thread.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The contact with this address.
    pub contact: Option<Contact>,
    /// The newest conversation of this thread that is not closed.
    pub conversation: Option<Conversation>,
}

/// Which conversations to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only these states; empty is all.
    pub states: Vec<State>,
    /// Only these layers; empty is all.
    pub layers: Vec<LayerId>,
    /// Only of this tenant.
    pub tenant: Option<TenantId>,
    /// Only held by this person.
    pub assignee: Option<UserId>,
    /// Only of this contact.
    pub contact: Option<ContactId>,
    /// Only those for which colleagues call for whoever has it.
    pub attention: bool,
    /// Only opened at or after.
    pub opened_from: Option<Timestamp>,
    /// Only opened before.
    pub opened_to: Option<Timestamp>,
    /// Words that the preview, a tag or the contact's name contains.
    pub text: Option<String>,
    /// The order.
    pub order: Order,
    /// Continue after this row (the last one's cursor).
    pub after: Option<String>,
    /// At most this many, 1 to 200.
    pub limit: u32,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// Most urgent first: priority, then next due, then oldest held.
    #[default]
    Queue,
    /// Newest opened first.
    Newest,
}

/// A row of a list.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The conversation.
    pub conversation: Conversation,
    /// The contact's name.
    pub contact_name: Option<String>,
    /// Where to continue after this row.
    pub cursor: String,
}

/// How much stands where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Depth {
    /// Whose.
    pub tenant: TenantId,
    /// Layer.
    pub layer: LayerId,
    /// State.
    pub state: State,
    /// How many.
    pub count: u64,
    /// The oldest `held_since` among them.
    pub oldest: Option<Timestamp>,
}

/// Reads conversations.
#[async_trait]
pub trait Conversations: Send + Sync {
    /// What is known of a sender and a thread, in one round trip.
    async fn known(
        &self,
        tenant: &TenantId,
        channel: &ChannelId,
        thread: &str,
        address: &str,
    ) -> Result<Known, StoreError>;
    /// One conversation; `None` also when it is outside the scope.
    async fn conversation(
        &self,
        scope: &Scope,
        id: ConversationId,
    ) -> Result<Option<Conversation>, StoreError>;
    /// A page of conversations.
    async fn list(&self, scope: &Scope, filter: &Filter) -> Result<Vec<Listed>, StoreError>;
    /// How many stand where, open ones only.
    async fn depths(&self, scope: &Scope) -> Result<Vec<Depth>, StoreError>;
    /// Conversations whose `due_at` has come, earliest first.
    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<Conversation>, StoreError>;
    /// The newest message's conversation that carries this provider id, for delivery receipts.
    async fn by_external_id(
        &self,
        tenant: &TenantId,
        channel: &ChannelId,
        external_id: &str,
    ) -> Result<Option<(ConversationId, MessageId)>, StoreError>;
}
