//! A store in memory, for tests and tools: every port of [`crate::ports::store`], as strict as a
//! database about sequences, keys, scopes and leases. Nothing survives the process.
//!
//! Beside it a clock that stands still until it is moved, ids that count, and a fixed list of
//! tenants. [`Memory::fail`] takes the database away, [`Memory::commits`] counts.

mod clock;
mod commit;
mod figures;
mod files;
mod jobs;
mod people;
mod reads;
mod threads;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

pub use clock::{TestClock, TestIds};
pub use files::MemoryFiles;
use kerros_domain::about::{Details, Party};
use kerros_domain::conversation::Conversation;
use kerros_domain::event::Entry;
use kerros_domain::id::{
    ChannelId, ContactId, ConversationId, FileId, JobId, MessageId, TenantId, TokenId, UserId,
    VisitId,
};
use kerros_domain::message::Message;
use kerros_domain::time::Timestamp;
use parking_lot::Mutex;

use crate::ports::mail::MailPosition;
use crate::ports::store::{Contact, Inbound, Job, StoreError, Token, User, Visit};
use crate::ports::tenants::Tenants;
use crate::tenant::Tenant;

/// A store in memory.
#[derive(Debug, Default)]
pub struct Memory {
    rows: Mutex<Rows>,
}

#[derive(Debug, Default)]
struct Rows {
    inbound: HashMap<(TenantId, ChannelId, String), Inbound>,
    contacts: BTreeMap<ContactId, Contact>,
    addresses: HashMap<(TenantId, ChannelId, String), ContactId>,
    conversations: BTreeMap<ConversationId, Row>,
    journal: BTreeMap<ConversationId, Vec<Entry>>,
    messages: BTreeMap<MessageId, Message>,
    jobs: BTreeMap<JobId, JobRow>,
    users: BTreeMap<UserId, (User, String)>,
    tokens: BTreeMap<TokenId, Token>,
    visits: BTreeMap<(TenantId, VisitId), Visit>,
    leaders: HashMap<String, (String, Timestamp)>,
    mail_positions: HashMap<(TenantId, String), MailPosition>,
    details: BTreeMap<MessageId, Details>,
    participants: BTreeMap<(ConversationId, String), Party>,
    case_threads: BTreeMap<(TenantId, ChannelId, String), ConversationId>,
    numbers: HashMap<TenantId, u64>,
    files: HashMap<FileId, (TenantId, MessageId)>,
    secrets: HashMap<String, [u8; 32]>,
    failing: Option<StoreError>,
    conflicts: u32,
    commits: u64,
}

#[derive(Debug)]
struct Row {
    conversation: Conversation,
    due_at: Option<Timestamp>,
}

#[derive(Debug)]
struct JobRow {
    job: Job,
    dead: bool,
}

impl Memory {
    /// Every read and write fails with this error until it is `None` again.
    pub fn fail(&self, error: Option<StoreError>) {
        self.rows.lock().failing = error;
    }

    /// The next `count` commits that write a conversation fail with `Conflict`.
    pub fn conflict(&self, count: u32) {
        self.rows.lock().conflicts = count;
    }

    /// Commits made so far.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.rows.lock().commits
    }

    /// Every job with whether it was given up, oldest first.
    #[must_use]
    pub fn jobs(&self) -> Vec<(Job, bool)> {
        self.rows.lock().jobs.values().map(|row| (row.job.clone(), row.dead)).collect()
    }

    /// Every conversation, oldest id first, with its next due moment.
    #[must_use]
    pub fn conversations(&self) -> Vec<(Conversation, Option<Timestamp>)> {
        let rows = self.rows.lock();
        rows.conversations.values().map(|row| (row.conversation.clone(), row.due_at)).collect()
    }

    /// Every contact, oldest id first.
    #[must_use]
    pub fn contacts(&self) -> Vec<Contact> {
        self.rows.lock().contacts.values().cloned().collect()
    }

    /// How many raw things came in.
    #[must_use]
    pub fn inbound(&self) -> usize {
        self.rows.lock().inbound.len()
    }

    fn rows(&self) -> Result<parking_lot::MutexGuard<'_, Rows>, StoreError> {
        let rows = self.rows.lock();
        match &rows.failing {
            Some(error) => Err(error.clone()),
            None => Ok(rows),
        }
    }
}

/// A fixed list of tenants that a test may change.
#[derive(Debug, Default)]
pub struct FixedTenants(Mutex<BTreeMap<TenantId, Arc<Tenant>>>);

impl FixedTenants {
    /// These tenants.
    pub fn new(tenants: impl IntoIterator<Item = Tenant>) -> Self {
        let all = Self::default();
        for tenant in tenants {
            all.set(tenant);
        }
        all
    }

    /// Adds or replaces one.
    pub fn set(&self, tenant: Tenant) {
        self.0.lock().insert(tenant.policy.id.clone(), Arc::new(tenant));
    }

    /// Takes one away.
    pub fn remove(&self, id: &TenantId) {
        self.0.lock().remove(id);
    }
}

impl Tenants for FixedTenants {
    fn get(&self, id: &TenantId) -> Option<Arc<Tenant>> {
        self.0.lock().get(id).cloned()
    }

    fn all(&self) -> Vec<Arc<Tenant>> {
        self.0.lock().values().cloned().collect()
    }
}
