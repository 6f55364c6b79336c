//! What leads a mail, a form or a colleague to its conversation.

use async_trait::async_trait;
use kerros_domain::about::Party;
use kerros_domain::conversation::Conversation;
use kerros_domain::id::{ChannelId, ConversationId, FileId, MessageId, TenantId};
use kerros_domain::time::Timestamp;

use super::{Scope, StoreError};

/// Finds what a mail belongs to, who takes part, and where a case is discussed; and keeps what the
/// installation has for itself.
#[async_trait]
pub trait Threads: Send + Sync {
    /// The conversations of messages with these provider ids on these channels, newest first. At most 200
    /// ids are looked for.
    async fn by_external_ids(
        &self,
        tenant: &TenantId,
        channels: &[ChannelId],
        ids: &[String],
    ) -> Result<Vec<(String, ConversationId)>, StoreError>;
    /// The conversations of these numbers, at most 200.
    async fn by_numbers(
        &self,
        tenant: &TenantId,
        numbers: &[u64],
    ) -> Result<Vec<Conversation>, StoreError>;
    /// Who takes part in a conversation beside its contact.
    async fn participants(
        &self,
        scope: &Scope,
        conversation: ConversationId,
    ) -> Result<Vec<Party>, StoreError>;
    /// The conversation whose case is discussed in this thread of a shared channel.
    async fn case_of(
        &self,
        tenant: &TenantId,
        channel: &ChannelId,
        thread: &str,
    ) -> Result<Option<ConversationId>, StoreError>;
    /// The threads in which a conversation's case is discussed.
    async fn case_threads(
        &self,
        scope: &Scope,
        conversation: ConversationId,
    ) -> Result<Vec<(ChannelId, String)>, StoreError>;
    /// The message that took a file; `None` also when it is outside the scope.
    async fn file_message(
        &self,
        scope: &Scope,
        file: FileId,
    ) -> Result<Option<MessageId>, StoreError>;
    /// Takes the tenant's next `count` conversation numbers and returns the first of them. What is taken
    /// and not used leaves a gap.
    async fn take_numbers(&self, tenant: &TenantId, count: u32) -> Result<u64, StoreError>;
    /// The installation's secret of that name: the one kept, else `fresh`, which is kept from then on.
    async fn keep_secret(&self, name: &str, fresh: [u8; 32]) -> Result<[u8; 32], StoreError>;
    /// A raw thing as it was written down, by its key; `None` if it was swept.
    async fn raw(
        &self,
        tenant: &TenantId,
        channel: &ChannelId,
        key: &str,
    ) -> Result<Option<String>, StoreError>;
    /// Takes away at most `limit` raw things of a tenant that came before a moment, but not those that are kept;
    /// returns how many.
    async fn sweep_inbound(
        &self,
        tenant: &TenantId,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError>;
}
