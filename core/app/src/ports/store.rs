//! The store: reads through small traits, writes as one value, [`Changes`], committed whole or not at all.
//!
//! A write is data, not a callback: so an adapter may group many writers' changes into one durable
//! commit, and a test store is a few maps. Conflicts are found by each conversation's sequence.

mod changes;
mod contacts;
mod conversations;
mod figures;
mod jobs;
mod messages;
mod threads;
mod upkeep;
mod users;

use kerros_domain::id::TenantId;

pub use changes::{
    AboutUpdate, CaseThread, Changes, Commits, ConversationWrite, FileTake, Inbound, MessageUpdate,
};
pub use contacts::{BadAddress, Contact, Contacts};
pub use conversations::{Conversations, Depth, Filter, Known, Listed, Order};
pub use figures::{Figures, Visit};
pub use jobs::{
    DeadLetter, End, Job, JobCount, JobEnd, JobKind, Jobs, LINE_CHANNEL_AT, Lease, Waiting,
    channel_of, delivery_line, message_of,
};
pub use messages::{Earlier, Messages, Posted};
pub use threads::Threads;
pub use upkeep::{Difference, Upkeep};
pub use users::{Load, Membership, Role, Token, User, Users};

use super::mail::Mailboxes;

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
