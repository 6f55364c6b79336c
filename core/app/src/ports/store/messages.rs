//! Messages and the journal.

use std::collections::BTreeMap;

use async_trait::async_trait;
use kerros_domain::about::Details;
use kerros_domain::event::Entry;
use kerros_domain::id::{ContactId, ConversationId, MessageId, TenantId};
use kerros_domain::message::Message;
use kerros_domain::time::Timestamp;

use super::{Scope, StoreError};

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
    /// The big things of these messages; those that have none are absent.
    async fn details(
        &self,
        scope: &Scope,
        messages: &[MessageId],
    ) -> Result<BTreeMap<MessageId, Details>, StoreError>;
    /// One message.
    async fn message(&self, scope: &Scope, id: MessageId) -> Result<Option<Message>, StoreError>;
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
