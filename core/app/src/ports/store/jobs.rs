//! Background work: claimed, held by a lease, ended, given up.

use std::sync::Arc;

use async_trait::async_trait;
use kerros_domain::id::{ChannelId, ConversationId, JobId, MessageId, TenantId};
use kerros_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Scope, StoreError};

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
    /// As [`Jobs::claim`], and with each job those that wait behind it in its line: only for the one node of a database.
    async fn claim_lines(
        &self,
        lease: &Lease,
        now: Timestamp,
        limit: u32,
        passed_over: &[TenantId],
    ) -> Result<Vec<Job>, StoreError>;
    /// Gives these back as they were before they were claimed, as far as this owner holds them.
    async fn give_back(&self, owner: &str, ids: &[JobId]) -> Result<(), StoreError>;
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
