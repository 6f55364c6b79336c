//! The store, with a watch on it: how long commits and reads take and how they end.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use kerros_app::ports::mail::{MailPosition, Mailboxes};
use kerros_app::ports::store::{
    Changes, Commits, Contact, Contacts, Conversations, DeadLetter, Depth, Difference, Earlier,
    Figures, Filter, Job, JobCount, Jobs, Known, Lease, Listed, Load, Messages, Posted, Scope,
    StoreError, Threads, Token, Upkeep, User, Users, Visit, Waiting,
};
use kerros_domain::about::{Details, Party};
use kerros_domain::conversation::Conversation;
use kerros_domain::event::Entry;
use kerros_domain::id::{
    ChannelId, ContactId, ConversationId, FileId, JobId, MessageId, TenantId, TokenId, UserId,
    VisitId,
};
use kerros_domain::message::Message;
use kerros_domain::time::Timestamp;
use kerros_observe::metrics::Metrics;
use kerros_observe::name::Name;
use kerros_store::SqlStore;

/// The store and where it is counted.
pub struct Measured {
    /// The store.
    pub store: Arc<SqlStore>,
    /// Where.
    pub metrics: Arc<Metrics>,
}

impl Measured {
    async fn timed<T>(&self, operation: &str, work: impl Future<Output = T>) -> T {
        let began = Instant::now();
        let outcome = work.await;
        self.metrics.observe(Name::DatabaseSeconds, &[operation], began.elapsed().as_secs_f64());
        outcome
    }
}

const fn word(result: &Result<(), StoreError>) -> &'static str {
    match result {
        Ok(()) => "ok",
        Err(StoreError::Conflict) => "conflict",
        Err(StoreError::Duplicate) => "duplicate",
        Err(StoreError::Refused(_)) => "refused",
        Err(StoreError::Unavailable(_)) => "unavailable",
    }
}

#[async_trait]
impl Commits for Measured {
    async fn commit(&self, scope: &Scope, changes: Changes) -> Result<(), StoreError> {
        let result = self.timed("commit", self.store.commit(scope, changes)).await;
        self.metrics.add(Name::DatabaseCommits, &[word(&result)], 1.0);
        result
    }
}

/// Forwards methods of a trait, each timed as one operation.
macro_rules! forwards {
    ($($port:ident as $operation:literal {
        $(fn $name:ident($($argument:ident: $kind:ty),*) -> $answer:ty;)*
    })*) => {$(
        #[async_trait]
        impl $port for Measured {
            $(async fn $name(&self $(, $argument: $kind)*) -> Result<$answer, StoreError> {
                self.timed($operation, self.store.$name($($argument),*)).await
            })*
        }
    )*};
}

forwards! {
    Conversations as "read" {
        fn known(tenant: &TenantId, channel: &ChannelId, thread: &str, address: &str) -> Known;
        fn conversation(scope: &Scope, id: ConversationId) -> Option<Conversation>;
        fn list(scope: &Scope, filter: &Filter) -> Vec<Listed>;
        fn depths(scope: &Scope) -> Vec<Depth>;
        fn due(now: Timestamp, limit: u32) -> Vec<Conversation>;
        fn by_external_id(tenant: &TenantId, channel: &ChannelId, external_id: &str) -> Option<(ConversationId, MessageId)>;
    }
    Messages as "read" {
        fn messages(scope: &Scope, conversation: ConversationId, after_seq: u64, limit: u32) -> Vec<Message>;
        fn last_messages(scope: &Scope, conversation: ConversationId, limit: u32) -> Vec<Message>;
        fn earlier(scope: &Scope, conversation: ConversationId, before_seq: u64, limit: u32) -> Vec<Earlier>;
        fn message(scope: &Scope, id: MessageId) -> Option<Message>;
        fn posted(scope: &Scope, id: MessageId) -> Option<Posted>;
        fn details(scope: &Scope, messages: &[MessageId]) -> BTreeMap<MessageId, Details>;
        fn automatic_since(tenant: &TenantId, contact: ContactId, since: Timestamp, most: u32) -> u32;
        fn entries(scope: &Scope, conversation: ConversationId, after_seq: u64, limit: u32) -> Vec<Entry>;
    }
    Threads as "read" {
        fn by_external_ids(tenant: &TenantId, channels: &[ChannelId], ids: &[String]) -> Vec<(String, ConversationId)>;
        fn by_numbers(tenant: &TenantId, numbers: &[u64]) -> Vec<Conversation>;
        fn participants(scope: &Scope, conversation: ConversationId) -> Vec<Party>;
        fn case_of(tenant: &TenantId, channel: &ChannelId, thread: &str) -> Option<ConversationId>;
        fn case_threads(scope: &Scope, conversation: ConversationId) -> Vec<(ChannelId, String)>;
        fn file_message(scope: &Scope, file: FileId) -> Option<MessageId>;
        fn take_numbers(tenant: &TenantId, count: u32) -> u64;
        fn keep_secret(name: &str, fresh: [u8; 32]) -> [u8; 32];
        fn raw(tenant: &TenantId, channel: &ChannelId, key: &str) -> Option<String>;
        fn sweep_inbound(tenant: &TenantId, before: Timestamp, limit: u32) -> u64;
    }
    Contacts as "read" {
        fn contact(scope: &Scope, id: ContactId) -> Option<Contact>;
    }
    Mailboxes as "read" {
        fn mail_position(tenant: &TenantId, mailbox: &str) -> Option<MailPosition>;
    }
    Jobs as "jobs" {
        fn claim(lease: &Lease, now: Timestamp, limit: u32, passed_over: &[TenantId]) -> Vec<Job>;
        fn claim_lines(lease: &Lease, now: Timestamp, limit: u32, passed_over: &[TenantId]) -> Vec<Job>;
        fn give_back(owner: &str, ids: &[JobId]) -> ();
        fn extend(lease: &Lease, ids: &[JobId]) -> Vec<JobId>;
        fn release(owner: &str) -> u64;
        fn release_others(owner: &str) -> u64;
        fn job_counts() -> Vec<JobCount>;
        fn waiting_deliveries(scope: &Scope) -> Vec<Waiting>;
        fn dead_letters(scope: &Scope, limit: u32) -> Vec<DeadLetter>;
        fn drop_dead(scope: &Scope, id: JobId) -> bool;
        fn retry_dead(scope: &Scope, id: JobId, now: Timestamp) -> bool;
    }
    Users as "users" {
        fn save_user(user: &User, password_hash: Option<&str>) -> ();
        fn user(id: UserId) -> Option<User>;
        fn user_by_email(email: &str) -> Option<(User, String)>;
        fn users(scope: &Scope) -> Vec<User>;
        fn set_presence(id: UserId, available: bool, seen_at: Timestamp) -> ();
        fn loads() -> Vec<Load>;
        fn add_token(token: &Token) -> ();
        fn token(hash: [u8; 32], now: Timestamp) -> Option<Token>;
        fn session(hash: [u8; 32], now: Timestamp) -> Option<User>;
        fn end_token(id: TokenId) -> ();
        fn tokens(user: UserId) -> Vec<Token>;
    }
    Figures as "figures" {
        fn opened_between(tenant: &TenantId, from: Timestamp, to: Timestamp, after: Option<ConversationId>, limit: u32) -> Vec<Conversation>;
        fn visits_between(tenant: &TenantId, from: Timestamp, to: Timestamp) -> Vec<Visit>;
        fn save_visit(visit: &Visit) -> ();
        fn visit(tenant: &TenantId, id: VisitId) -> Option<Visit>;
    }
}

#[async_trait]
impl Upkeep for Measured {
    async fn ping(&self) -> Result<(), StoreError> {
        self.timed("ping", self.store.ping()).await
    }

    async fn verify(
        &self,
        progress: &(dyn Fn(u64, u64) + Sync),
    ) -> Result<Vec<Difference>, StoreError> {
        self.store.verify(progress).await
    }

    async fn lead(
        &self,
        role: &str,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        self.timed("jobs", self.store.lead(role, owner, now, until)).await
    }
}
