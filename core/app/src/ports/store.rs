//! The store: reads through small traits, writes as one value, [`Changes`], committed whole or not at all.
//!
//! A write is data, not a callback: so an adapter may group many writers' changes into one durable
//! commit, and a test store is a few maps. Conflicts are found by each conversation's sequence.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use kerros_domain::about::{About, Details, Failure, Party};
use kerros_domain::conversation::{Conversation, State};
use kerros_domain::event::Entry;
use kerros_domain::id::{
    ChannelId, ContactId, ConversationId, FileId, InboundId, JobId, Language, LayerId, MessageId,
    SegmentId, TenantId, TokenId, UserId,
};
use kerros_domain::message::{DeliveryState, Message};
use kerros_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::mail::{MailPosition, Mailboxes};

/// Whose rows may be seen or written. There is no unscoped query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// One tenant: a client's people, a contact, a plugin, a channel.
    One(TenantId),
    /// The tenants that a vendor's agent is a member of.
    Many(Vec<TenantId>),
    /// Every tenant: only the node's own workers (jobs, timers, metrics) hold this.
    Platform,
}

impl Scope {
    /// Whether rows of `tenant` are inside.
    #[must_use]
    pub fn holds(&self, tenant: &TenantId) -> bool {
        match self {
            Self::One(one) => one == tenant,
            Self::Many(many) => many.contains(tenant),
            Self::Platform => true,
        }
    }
}

/// Why the store did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Somebody else wrote the conversation or took the job meanwhile: read again and decide again.
    #[error("changed by someone else meanwhile")]
    Conflict,
    /// The inbound thing or job is known already (same key): nothing was written.
    #[error("known already")]
    Duplicate,
    /// The row would cross tenants, or breaks a rule of the schema.
    #[error("refused by the store: {0}")]
    Refused(String),
    /// No database, no disk, no room: nothing was written. Try later.
    #[error("store unavailable: {0}")]
    Unavailable(String),
}

/// An end customer of one tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Its id.
    pub id: ContactId,
    /// Whose customer.
    pub tenant: TenantId,
    /// Name, if known.
    pub name: Option<String>,
    /// Language.
    pub language: Language,
    /// Customer group.
    pub segment: Option<SegmentId>,
    /// Free attributes.
    pub attributes: BTreeMap<String, String>,
    /// Channel name to the address there; `(tenant, channel, address)` is unique.
    pub addresses: Vec<(ChannelId, String)>,
    /// First seen.
    pub created_at: Timestamp,
    /// Addresses that take no messages any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bad_addresses: Vec<BadAddress>,
}

/// An address that takes no messages any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadAddress {
    /// On which channel.
    pub channel: ChannelId,
    /// Which.
    pub address: String,
    /// What the provider said.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

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
    /// The raw thing as JSON ([`super::channel::Raw`]).
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

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Takes an inbound thing in.
    Intake,
    /// Lets the bot take a turn.
    BotTurn,
    /// Sends a message.
    Deliver,
    /// Gets a file that is still with the provider.
    Fetch,
}

impl JobKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Intake, Self::BotTurn, Self::Deliver, Self::Fetch];

    /// The name in the database and in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::BotTurn => "bot_turn",
            Self::Deliver => "deliver",
            Self::Fetch => "fetch",
        }
    }
}

/// A hold on a job: only its owner may finish it, until the lease runs out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The node (with a random part per start) that holds it.
    pub owner: Arc<str>,
    /// Until when.
    pub until: Timestamp,
}

/// A unit of background work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Whose.
    pub tenant: TenantId,
    /// What it does.
    pub kind: JobKind,
    /// Jobs with the same order key run one after the other, oldest id first.
    pub order_key: String,
    /// What it needs: JSON.
    pub payload: String,
    /// Not before.
    pub run_at: Timestamp,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// The trace id.
    pub trace: String,
    /// Who holds it. A new job may be written as held by its writer, who then runs it at once.
    pub lease: Option<Lease>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

/// What becomes of a job that its lease owner worked on. Another owner in the database is a `Conflict`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobEnd {
    /// Which.
    pub id: JobId,
    /// Who held it.
    pub owner: Arc<str>,
    /// What becomes of it.
    pub end: End,
}

/// The ends of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Not yet: the job stays held, and remembers this payload from now on. An `End` of the same job may
    /// follow in the same commit.
    Kept {
        /// JSON.
        payload: String,
    },
    /// Later; it was not tried, so it does not count as an attempt.
    Postponed {
        /// Not before.
        run_at: Timestamp,
    },
    /// Done: the row goes.
    Done,
    /// Again later.
    Retry {
        /// Not before.
        run_at: Timestamp,
        /// Why.
        error: String,
    },
    /// Given up: it stays visible as a dead letter until somebody retries or drops it.
    Dead {
        /// Why.
        error: String,
    },
}

/// One outbound message on its way, for people to see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// The job.
    pub job: JobId,
    /// Whose.
    pub tenant: TenantId,
    /// What it did.
    pub kind: JobKind,
    /// Attempts made.
    pub attempts: u32,
    /// Why it was given up.
    pub error: String,
    /// Since when.
    pub at: Timestamp,
    /// The message it was about, if it was a delivery.
    #[serde(default)]
    pub message: Option<MessageId>,
    /// The channel it came in by, if it was to be taken in.
    #[serde(default)]
    pub channel: Option<ChannelId>,
}

/// The line in which deliveries of a conversation by one channel stand.
#[must_use]
pub fn delivery_line(conversation: ConversationId, channel: &ChannelId) -> String {
    format!("out/{conversation}/{channel}")
}

/// Where the channel begins in [`delivery_line`], counted from 1 as SQL does.
pub const LINE_CHANNEL_AT: usize = 42;

/// The channel that an intake's payload names.
#[must_use]
pub fn channel_of(kind: JobKind, payload: &str) -> Option<ChannelId> {
    #[derive(Deserialize)]
    struct Names {
        channel: ChannelId,
    }
    let names = (kind == JobKind::Intake).then(|| serde_json::from_str::<Names>(payload).ok());
    names.flatten().map(|names| names.channel)
}

/// The message that a delivery's payload names.
#[must_use]
pub fn message_of(kind: JobKind, payload: &str) -> Option<MessageId> {
    #[derive(Deserialize)]
    struct Names {
        message: MessageId,
    }
    let names = (kind == JobKind::Deliver).then(|| serde_json::from_str::<Names>(payload).ok());
    names.flatten().map(|names| names.message)
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

/// Reads contacts.
#[async_trait]
pub trait Contacts: Send + Sync {
    /// One contact; `None` also when it is outside the scope.
    async fn contact(&self, scope: &Scope, id: ContactId) -> Result<Option<Contact>, StoreError>;
}

/// Takes jobs.
#[async_trait]
pub trait Jobs: Send + Sync {
    /// Takes up to `limit` runnable jobs (due, not held or lease run out, no earlier unfinished job with the
    /// same order key) and holds them, but none of the tenants in `passed_over`. Several nodes never get the same one.
    async fn claim(
        &self,
        lease: &Lease,
        now: Timestamp,
        limit: u32,
        passed_over: &[TenantId],
    ) -> Result<Vec<Job>, StoreError>;
    /// Holds longer. Returns the ids still held.
    async fn extend(&self, lease: &Lease, ids: &[JobId]) -> Result<Vec<JobId>, StoreError>;
    /// Gives every job held by this owner back (graceful stop).
    async fn release(&self, owner: &str) -> Result<u64, StoreError>;
    /// Gives back every job that somebody else than this owner holds: for the only node of a database,
    /// after the process before it was killed.
    async fn release_others(&self, owner: &str) -> Result<u64, StoreError>;
    /// Jobs waiting, held and dead per tenant and kind, and the oldest `run_at` among the waiting.
    async fn job_counts(&self) -> Result<Vec<JobCount>, StoreError>;
    /// Deliveries that wait or are under way, by tenant and channel.
    async fn waiting_deliveries(&self, scope: &Scope) -> Result<Vec<Waiting>, StoreError>;
    /// Dead letters, newest first.
    async fn dead_letters(&self, scope: &Scope, limit: u32) -> Result<Vec<DeadLetter>, StoreError>;
    /// Takes a dead letter away; false when there is none of that id in scope.
    async fn drop_dead(&self, scope: &Scope, id: JobId) -> Result<bool, StoreError>;
    /// Makes a dead letter runnable again; false when there is none of that id in scope.
    async fn retry_dead(
        &self,
        scope: &Scope,
        id: JobId,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
}

/// Deliveries of a channel that have not gone out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Whose.
    pub tenant: TenantId,
    /// By which channel.
    pub channel: ChannelId,
    /// How many.
    pub count: u64,
}

/// A tenant's jobs of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobCount {
    /// Whose.
    pub tenant: TenantId,
    /// Kind.
    pub kind: JobKind,
    /// Waiting or held.
    pub waiting: u64,
    /// Given up.
    pub dead: u64,
    /// The oldest `run_at` among the waiting.
    pub oldest: Option<Timestamp>,
}

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The vendor's first line.
    Agent,
    /// The client's own specialist: sees what is in expert layers.
    Expert,
    /// Sees and moves everything of its tenants.
    Supervisor,
    /// Also users and tokens.
    Admin,
}

/// A person's place in one tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The tenant.
    pub tenant: TenantId,
    /// Layers worked in.
    pub layers: Vec<LayerId>,
    /// Skills.
    pub skills: Vec<String>,
    /// Languages.
    pub languages: Vec<Language>,
    /// Segments; empty is all.
    pub segments: Vec<SegmentId>,
}

/// A person who logs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// Lower case, unique.
    pub email: String,
    /// The name shown to customers and colleagues.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// UI language.
    pub language: Language,
    /// Where they belong.
    pub memberships: Vec<Membership>,
    /// Whether the router may give them work.
    pub available: bool,
    /// Last sign of life in the console.
    pub seen_at: Option<Timestamp>,
    /// Whether they may log in.
    pub active: bool,
    /// Created.
    pub created_at: Timestamp,
}

/// What a person holds: assigned to them, not waiting for the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Who.
    pub user: UserId,
    /// How many conversations.
    pub held: u32,
    /// When they got the newest of them.
    pub newest: Timestamp,
}

/// Reads and writes people, sessions and tokens. These are small and rare, so they have plain verbs.
#[async_trait]
pub trait Users: Send + Sync {
    /// Adds or replaces; `password_hash` is a PHC string, `None` keeps the old one.
    async fn save_user(&self, user: &User, password_hash: Option<&str>) -> Result<(), StoreError>;
    /// One person.
    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError>;
    /// By email, with the password hash.
    async fn user_by_email(&self, email: &str) -> Result<Option<(User, String)>, StoreError>;
    /// Everybody who is a member of any tenant in scope.
    async fn users(&self, scope: &Scope) -> Result<Vec<User>, StoreError>;
    /// Sets availability and sign of life.
    async fn set_presence(
        &self,
        id: UserId,
        available: bool,
        seen_at: Timestamp,
    ) -> Result<(), StoreError>;
    /// What each person holds, in order of their ids; who holds nothing is not among them.
    async fn loads(&self) -> Result<Vec<Load>, StoreError>;
    /// Adds a session or token by the SHA-256 of its secret.
    async fn add_token(&self, token: &Token) -> Result<(), StoreError>;
    /// A live session or token by the SHA-256 of its secret.
    async fn token(&self, hash: [u8; 32], now: Timestamp) -> Result<Option<Token>, StoreError>;
    /// Ends a session or token.
    async fn end_token(&self, id: TokenId) -> Result<(), StoreError>;
    /// Tokens (not sessions) of a person.
    async fn tokens(&self, user: UserId) -> Result<Vec<Token>, StoreError>;
}

/// A session cookie or a bearer token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// Whose.
    pub user: UserId,
    /// A name for people; empty for a session.
    pub name: String,
    /// SHA-256 of the secret.
    pub hash: [u8; 32],
    /// A cookie session, or a bearer token.
    pub session: bool,
    /// Created.
    pub created_at: Timestamp,
    /// Ends.
    pub expires_at: Timestamp,
}

/// Reads for figures.
#[async_trait]
pub trait Figures: Send + Sync {
    /// Conversations opened in the period, in order of id, after `after`, at most `limit`.
    async fn opened_between(
        &self,
        tenant: &TenantId,
        from: Timestamp,
        to: Timestamp,
        after: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<Conversation>, StoreError>;
    /// Help-center visits in the period.
    async fn visits_between(
        &self,
        tenant: &TenantId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Visit>, StoreError>;
    /// Adds or replaces a visit.
    async fn save_visit(&self, visit: &Visit) -> Result<(), StoreError>;
    /// A visit.
    async fn visit(
        &self,
        tenant: &TenantId,
        id: kerros_domain::id::VisitId,
    ) -> Result<Option<Visit>, StoreError>;
}

/// A help-center visit with intent, see METRICS: demand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Its id, kept by the visitor's browser.
    pub id: kerros_domain::id::VisitId,
    /// Whose help center.
    pub tenant: TenantId,
    /// The first search or article.
    pub began_at: Timestamp,
    /// The last thing the visitor did.
    pub last_at: Timestamp,
    /// Searches made.
    pub searches: u32,
    /// Searches without a result.
    pub zero_hits: u32,
    /// Articles opened.
    pub articles: u32,
    /// Articles read for 10 seconds or more.
    pub read: u32,
    /// The visitor said "this helped" (or that it did not).
    pub helped: Option<bool>,
    /// The visitor wrote to us within 24 hours of their last act: the conversation.
    pub contacted: Option<ConversationId>,
}

/// What `kerros db verify` found wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Which conversation.
    pub conversation: ConversationId,
    /// What.
    pub what: String,
}

/// Upkeep.
#[async_trait]
pub trait Upkeep: Send + Sync {
    /// Whether the database answers and can be written (a small durable write).
    async fn ping(&self) -> Result<(), StoreError>;
    /// Folds every journal again and compares it with its row; calls `progress(done, total)`.
    async fn verify(
        &self,
        progress: &(dyn Fn(u64, u64) + Sync),
    ) -> Result<Vec<Difference>, StoreError>;
    /// Tries to become or stay the elected leader of `role` until `until` (cron, monthly reports).
    async fn lead(
        &self,
        role: &str,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError>;
}

/// The whole store, as `server` puts it together.
pub trait Store:
    Commits
    + Conversations
    + Messages
    + Threads
    + Contacts
    + Jobs
    + Users
    + Figures
    + Mailboxes
    + Upkeep
{
}

impl<T> Store for T where
    T: Commits
        + Conversations
        + Messages
        + Threads
        + Contacts
        + Jobs
        + Users
        + Figures
        + Mailboxes
        + Upkeep
{
}
