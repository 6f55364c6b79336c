//! Everything that one step writes.

use async_trait::async_trait;
use kerros_domain::about::{About, Details, Failure, Party};
use kerros_domain::conversation::Conversation;
use kerros_domain::event::Entry;
use kerros_domain::id::{ChannelId, ConversationId, FileId, InboundId, MessageId, TenantId};
use kerros_domain::message::{DeliveryState, Message};
use kerros_domain::time::Timestamp;

use super::{Contact, Job, JobEnd, Scope, StoreError};
use crate::ports::mail::MailPosition;

/// A raw thing that came in, kept whole. `(tenant, channel, key)` is unique: a repeat is `Duplicate`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    /// Its id.
    pub id: InboundId,
    /// Whose.
    pub tenant: TenantId,
    /// Which channel.
    pub channel: ChannelId,
    /// The provider's key, or a digest.
    pub key: String,
    /// The raw thing as JSON ([`crate::ports::channel::Raw`]).
    pub raw: String,
    /// When it came.
    pub at: Timestamp,
    /// Never swept: a mail, whose original it is and which may be brought again after years.
    pub kept: bool,
}

/// A conversation row to write, with what the writer saw.
#[derive(Debug, Clone)]
pub struct ConversationWrite {
    /// The new state.
    pub row: Conversation,
    /// The sequence that was read; 0 for a new conversation. Another one in the database is a `Conflict`.
    pub expected_seq: u64,
    /// The next moment at which time alone changes it; `None` if never.
    pub due_at: Option<Timestamp>,
}

/// A change of an outbound message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageUpdate {
    /// Whose.
    pub tenant: TenantId,
    /// Which.
    pub id: MessageId,
    /// Where it is.
    pub delivery: DeliveryState,
    /// The provider's id, if now known.
    pub external_id: Option<String>,
    /// Why it has not arrived; `None` takes an earlier reason away.
    pub failure: Option<Failure>,
}

/// A change of what a message carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AboutUpdate {
    /// Whose.
    pub tenant: TenantId,
    /// Which message.
    pub id: MessageId,
    /// The new small things, whole.
    pub about: About,
}

/// A kept file becomes a message's, for good. One that is gone, another tenant's or another message's stays
/// as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileTake {
    /// Whose.
    pub tenant: TenantId,
    /// Which.
    pub file: FileId,
    /// The message that takes it.
    pub message: MessageId,
}

/// A thread on a shared channel in which a conversation's case is discussed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseThread {
    /// The shared channel.
    pub channel: ChannelId,
    /// The channel's name of the thread.
    pub thread: String,
    /// Which conversation.
    pub conversation: ConversationId,
}

/// Everything one step writes. Committed whole or not at all.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// Raw things.
    pub inbound: Vec<Inbound>,
    /// Contacts, inserted or replaced.
    pub contacts: Vec<Contact>,
    /// Conversations, inserted or replaced.
    pub conversations: Vec<ConversationWrite>,
    /// Journal entries.
    pub entries: Vec<Entry>,
    /// Messages, inserted. `(tenant, channel, external_id)` of inbound ones is unique through `inbound`.
    pub messages: Vec<Message>,
    /// Outbound messages that moved on.
    pub message_updates: Vec<MessageUpdate>,
    /// The big things of new messages.
    pub details: Vec<(MessageId, Details)>,
    /// Messages whose small things changed.
    pub abouts: Vec<AboutUpdate>,
    /// Files that messages take.
    pub files: Vec<FileTake>,
    /// People who take part from now on; known ones stay as they are. Their conversation is written too.
    pub participants: Vec<(ConversationId, Party)>,
    /// Threads in which cases are discussed; known ones stay. Their conversation is written too.
    pub case_threads: Vec<CaseThread>,
    /// How far mailboxes were taken in with the raw things above; a position never goes back.
    pub mail_positions: Vec<MailPosition>,
    /// New jobs.
    pub jobs: Vec<Job>,
    /// Jobs that ended.
    pub job_ends: Vec<JobEnd>,
}

impl Changes {
    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.inbound.is_empty()
            && self.contacts.is_empty()
            && self.conversations.is_empty()
            && self.entries.is_empty()
            && self.messages.is_empty()
            && self.message_updates.is_empty()
            && self.details.is_empty()
            && self.abouts.is_empty()
            && self.files.is_empty()
            && self.participants.is_empty()
            && self.case_threads.is_empty()
            && self.mail_positions.is_empty()
            && self.jobs.is_empty()
            && self.job_ends.is_empty()
    }
}

/// Writes.
#[async_trait]
pub trait Commits: Send + Sync {
    /// Makes the changes durable. When this returns `Ok` they survive a power cut. A row outside the scope
    /// is `Refused`.
    async fn commit(&self, scope: &Scope, changes: Changes) -> Result<(), StoreError>;
}
