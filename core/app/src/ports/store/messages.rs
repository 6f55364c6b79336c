//! Messages and the journal.

use std::collections::BTreeMap;

use async_trait::async_trait;
use kerros_domain::about::{About, Details};
use kerros_domain::conversation::Conversation;
use kerros_domain::event::Entry;
use kerros_domain::id::{ContactId, ConversationId, MessageId, TenantId};
use kerros_domain::message::Message;
use kerros_domain::time::Timestamp;

use super::{Contact, Scope, StoreError};

/// What is read of an earlier message by whoever answers it: not what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// Whether the customer's side wrote it.
    pub by_contact: bool,
    /// Its id at the provider.
    pub external_id: Option<String>,
    /// When it was written.
    pub at: Timestamp,
    /// Small things about it.
    pub about: About,
}

/// A message with all that its delivery reads beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Posted {
    /// The message.
    pub message: Message,
    /// Its conversation.
    pub conversation: Conversation,
    /// Whom the conversation is with.
    pub contact: Option<Contact>,
    /// The name of the person who wrote it; `None` if none did.
    pub author_name: Option<String>,
}

/// Reads messages and the journal.
#[async_trait]
pub trait Messages: Send + Sync {
    /// Messages of a conversation after a sequence, oldest first.
    async fn messages(
        &self,
        scope: &Scope,
        conversation: ConversationId,
        after_seq: u64,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError>;
    /// The last messages of a conversation, oldest first.
    async fn last_messages(
        &self,
        scope: &Scope,
        conversation: ConversationId,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError>;
    /// What was said before a sequence, newest first.
    async fn earlier(
        &self,
        scope: &Scope,
        conversation: ConversationId,
        before_seq: u64,
        limit: u32,
    ) -> Result<Vec<Earlier>, StoreError>;
    /// The big things of these messages; those that have none are absent.
    async fn details(
        &self,
        scope: &Scope,
        messages: &[MessageId],
    ) -> Result<BTreeMap<MessageId, Details>, StoreError>;
    /// One message.
    async fn message(&self, scope: &Scope, id: MessageId) -> Result<Option<Message>, StoreError>;
    /// One message, with what its delivery needs to know beside it.
    async fn posted(&self, scope: &Scope, id: MessageId) -> Result<Option<Posted>, StoreError>;
    /// How many public messages bots and the system wrote to a contact since a moment; counted to at most `most`.
    async fn automatic_since(
        &self,
        tenant: &TenantId,
        contact: ContactId,
        since: Timestamp,
        most: u32,
    ) -> Result<u32, StoreError>;
    /// Journal entries of a conversation after a sequence, oldest first.
    async fn entries(
        &self,
        scope: &Scope,
        conversation: ConversationId,
        after_seq: u64,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError>;
}
