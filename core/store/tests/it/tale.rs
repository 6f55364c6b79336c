//! Conversations as the domain makes them, and the changes that write them.

use kerros_app::ports::store::{
    Changes, Contact, ConversationWrite, End, Inbound, Job, JobEnd, JobKind, Lease,
};
use kerros_domain::command::Command;
use kerros_domain::conversation::{Conversation, Priority};
use kerros_domain::decide::{decide, open};
use kerros_domain::event::{Entry, Event};
use kerros_domain::id::{
    ChannelId, ContactId, ConversationId, InboundId, JobId, Language, MessageId, TenantId,
};
use kerros_domain::message::{Author, Message, Visibility};
use kerros_domain::policy::TenantPolicy;
use kerros_domain::sample;
use kerros_domain::time::Timestamp;
use uuid::Uuid;

/// The first moment of every test.
pub const START: Timestamp = sample::TUESDAY_10;

/// `START` plus seconds.
pub fn after(seconds: i64) -> Timestamp {
    START.plus_millis(seconds * 1000)
}

/// An id made of a kind and a number, so that ids of two kinds differ.
pub fn uuid(kind: u8, n: u64) -> Uuid {
    Uuid::from_u128((u128::from(n) << 32) | (u128::from(kind) << 8) | 0xf)
}

/// A conversation being told: what is written next, and what was written.
#[derive(Clone)]
pub struct Tale {
    pub policy: TenantPolicy,
    pub row: Conversation,
    pub contact: Contact,
    pub told: Vec<Entry>,
    seq: u64,
    entries: Vec<Entry>,
    messages: Vec<Message>,
    count: u64,
    n: u64,
}

impl Tale {
    /// A new conversation number `n` of a tenant; not written yet.
    pub fn new(tenant: &str, n: u64) -> Self {
        Self::at(tenant, n, START)
    }

    /// A new conversation, opened at a moment.
    pub fn at(tenant: &str, n: u64, now: Timestamp) -> Self {
        let policy = TenantPolicy { id: TenantId::from(tenant), ..sample::policy() };
        let mut facts = sample::opening(1);
        facts.id = ConversationId(uuid(1, n));
        facts.tenant = TenantId::from(tenant);
        facts.contact = ContactId(uuid(2, n));
        facts.thread = format!("visitor-{n}");
        let (row, entries) = open(&policy, facts, now);
        let contact = contact(tenant, n);
        let (told, messages) = (entries.clone(), Vec::new());
        Self { policy, row, contact, told, seq: 0, entries, messages, count: 0, n }
    }

    /// Goes on from a row that was read.
    pub fn of(row: Conversation) -> Self {
        let policy = TenantPolicy { id: row.tenant.clone(), ..sample::policy() };
        let contact = contact(row.tenant.as_str(), 0);
        let (told, entries, messages) = (Vec::new(), Vec::new(), Vec::new());
        Self { policy, seq: row.seq, row, contact, told, entries, messages, count: 0, n: 0 }
    }

    /// The customer writes message number `number` of all; the changes at once.
    pub fn says_as(mut self, number: u64, text: &str) -> Changes {
        self.n = number;
        self.says(text, after(1));
        self.changes()
    }

    /// Decides; what follows waits for [`Tale::changes`].
    pub fn then(&mut self, command: Command, now: Timestamp) -> &mut Self {
        let (row, entries) = decide(&self.row, &self.policy, command, None, now).unwrap();
        self.row = row;
        self.told.extend(entries.iter().cloned());
        self.entries.extend(entries);
        self
    }

    /// The customer writes.
    pub fn says(&mut self, text: &str, now: Timestamp) -> &mut Self {
        self.said(Author::Contact, text, now)
    }

    /// Somebody writes.
    pub fn said(&mut self, author: Author, text: &str, now: Timestamp) -> &mut Self {
        self.count += 1;
        let id = MessageId(uuid(3, self.n * 1000 + self.count));
        let command = Command::AddMessage {
            message: id,
            author: author.clone(),
            visibility: Visibility::Public,
            text: text.into(),
        };
        let before = self.entries.len();
        self.then(command, now);
        let entry = self.entries[before..]
            .iter()
            .find(|entry| matches!(entry.event, Event::MessageAdded { .. }))
            .unwrap();
        self.messages.push(Message {
            id,
            conversation: self.row.id,
            seq: entry.seq,
            author,
            visibility: Visibility::Public,
            text: text.into(),
            parts: Vec::new(),
            at: now,
            delivery: None,
            external_id: Some(format!("ext-{}-{}", self.n, self.count)),
            about: Default::default(),
            failure: None,
        });
        self
    }

    /// It goes to the first line's queue.
    pub fn handed_off(&mut self, now: Timestamp) -> &mut Self {
        self.then(Command::HandOff { to: None }, now)
    }

    /// Its urgency.
    pub fn of_priority(&mut self, priority: Priority) -> &mut Self {
        self.then(Command::SetPriority { priority }, START)
    }

    /// What is to be written since the last call; the contact too, the first time.
    pub fn changes(&mut self) -> Changes {
        let contacts = if self.seq == 0 { vec![self.contact.clone()] } else { Vec::new() };
        let write = ConversationWrite {
            row: self.row.clone(),
            expected_seq: std::mem::replace(&mut self.seq, self.row.seq),
            due_at: self.row.targets.iter().filter_map(|target| target.due_at).min(),
        };
        Changes {
            contacts,
            conversations: vec![write],
            entries: std::mem::take(&mut self.entries),
            messages: std::mem::take(&mut self.messages),
            ..Changes::default()
        }
    }
}

/// Contact number `n` of a tenant, with one address on `chat`.
pub fn contact(tenant: &str, n: u64) -> Contact {
    Contact {
        id: ContactId(uuid(2, n)),
        tenant: TenantId::from(tenant),
        name: Some(format!("Maija Meikäläinen {n}")),
        language: Language::from("fi"),
        segment: None,
        attributes: [("plan".to_owned(), "gold".to_owned())].into(),
        addresses: vec![(ChannelId::from("chat"), format!("visitor-{n}"))],
        created_at: START,
        bad_addresses: Vec::new(),
    }
}

/// A raw thing with a key.
pub fn inbound(tenant: &str, key: &str, n: u64) -> Inbound {
    Inbound {
        id: InboundId(uuid(4, n)),
        tenant: TenantId::from(tenant),
        channel: ChannelId::from("chat"),
        key: key.into(),
        raw: r#"{"kind":"frame"}"#.into(),
        at: START,
        kept: false,
    }
}

/// Job number `n`, due at the start.
pub fn job(tenant: &str, n: u64, order_key: &str) -> Job {
    Job {
        id: JobId(uuid(5, n)),
        tenant: TenantId::from(tenant),
        kind: JobKind::Deliver,
        order_key: order_key.into(),
        payload: format!(r#"{{"n":{n}}}"#),
        run_at: START,
        attempt: 1,
        trace: "trace".into(),
        lease: None,
        last_error: None,
    }
}

/// A hold until some seconds after the start.
pub fn lease(owner: &str, seconds: i64) -> Lease {
    Lease { owner: owner.into(), until: after(seconds) }
}

/// The end of a job by its owner.
pub fn ended(job: &Job, owner: &str, end: End) -> Changes {
    let job_ends = vec![JobEnd { id: job.id, owner: owner.into(), end }];
    Changes { job_ends, ..Changes::default() }
}

/// Changes that only make jobs.
pub fn jobs(jobs: Vec<Job>) -> Changes {
    Changes { jobs, ..Changes::default() }
}
