//! A conversation in the making: what the engine decided so far and the rows that go with it.

use std::sync::Arc;

use kerros_domain::about::{About, Details, Held, Party, Purpose};
use kerros_domain::command::Command;
use kerros_domain::conversation::Conversation;
use kerros_domain::decide::{Opening, decide, open};
use kerros_domain::event::{Entry, Event};
use kerros_domain::id::{ChannelId, MessageId, UserId};
use kerros_domain::message::{Author, DeliveryState, Message, Part, Visibility};
use kerros_domain::sla::took::{Took, took};
use kerros_domain::time::Timestamp;
use kerros_domain::timers::next_due;

use crate::bot_turn;
use crate::ctx::Ctx;
use crate::deliver;
use crate::error::Error;
use crate::ports::bot::Trigger;
use crate::ports::store::{
    AboutUpdate, CaseThread, Changes, ConversationWrite, FileTake, Job, MessageUpdate,
};
use crate::targets::Basis;
use crate::tenant::Tenant;

/// A message to add.
pub(crate) struct NewMessage {
    pub id: MessageId,
    pub author: Author,
    pub visibility: Visibility,
    pub text: String,
    pub parts: Vec<Part>,
    pub external_id: Option<String>,
    pub at: Timestamp,
    pub about: About,
    pub details: Details,
}

impl NewMessage {
    /// Text and nothing else.
    pub fn new(
        id: MessageId,
        author: Author,
        visibility: Visibility,
        text: String,
        at: Timestamp,
    ) -> Self {
        Self {
            id,
            author,
            visibility,
            text,
            parts: Vec::new(),
            external_id: None,
            at,
            about: About::default(),
            details: Details::default(),
        }
    }
}

/// Rows that go with a conversation's messages.
#[derive(Default)]
pub(crate) struct Beside {
    pub details: Vec<(MessageId, Details)>,
    pub abouts: Vec<AboutUpdate>,
    pub files: Vec<FileTake>,
    pub participants: Vec<Party>,
    pub case_threads: Vec<(ChannelId, String)>,
}

/// A conversation in the making. One commit writes all of it.
pub(crate) struct Draft {
    pub tenant: Arc<Tenant>,
    pub conversation: Conversation,
    pub now: Timestamp,
    /// The person who asks, if one does.
    pub by: Option<UserId>,
    pub trace: String,
    /// The sequence that was read; 0 for a new conversation.
    pub read_seq: u64,
    pub entries: Vec<Entry>,
    pub messages: Vec<Message>,
    pub updates: Vec<MessageUpdate>,
    /// What lies in tables beside the conversation and its messages.
    pub beside: Beside,
    pub jobs: Vec<Job>,
    /// What the promises depended on when it was read; `None` for a new conversation.
    pub basis: Option<Basis>,
    /// How many messages the customer had written when it was read.
    pub written_before: u32,
    /// What was answered or solved, and how long it took.
    pub took: Vec<Took>,
}

impl Draft {
    /// Goes on with a conversation that was read.
    pub fn of(
        tenant: Arc<Tenant>,
        conversation: Conversation,
        now: Timestamp,
        trace: &str,
    ) -> Self {
        Self {
            basis: Some(Basis::of(&conversation)),
            read_seq: conversation.seq,
            written_before: conversation.customer_messages,
            tenant,
            conversation,
            now,
            by: None,
            trace: trace.to_owned(),
            entries: Vec::new(),
            messages: Vec::new(),
            updates: Vec::new(),
            beside: Beside::default(),
            jobs: Vec::new(),
            took: Vec::new(),
        }
    }

    /// Begins a new conversation.
    pub fn open(tenant: Arc<Tenant>, facts: Opening, now: Timestamp, trace: &str) -> Self {
        let (conversation, entries) = open(&tenant.policy, facts, now);
        Self {
            basis: None,
            read_seq: 0,
            written_before: 0,
            tenant,
            conversation,
            now,
            by: None,
            trace: trace.to_owned(),
            entries,
            messages: Vec::new(),
            updates: Vec::new(),
            beside: Beside::default(),
            jobs: Vec::new(),
            took: Vec::new(),
        }
    }

    pub fn is_new(&self) -> bool {
        self.read_seq == 0
    }

    pub fn is_changed(&self) -> bool {
        !self.entries.is_empty()
    }

    /// Lets the engine decide a command of the person who asks.
    pub fn apply(&mut self, command: Command) -> Result<(), Error> {
        self.apply_by(command, self.by)
    }

    /// Lets the engine decide a command that follows by itself.
    pub fn follow(&mut self, command: Command) -> Result<(), Error> {
        self.apply_by(command, None)
    }

    fn apply_by(&mut self, command: Command, by: Option<UserId>) -> Result<(), Error> {
        let (conversation, entries) =
            decide(&self.conversation, &self.tenant.policy, command, by, self.now)?;
        self.go_on(conversation, entries);
        Ok(())
    }

    /// Takes over what the engine decided.
    pub fn go_on(&mut self, conversation: Conversation, entries: Vec<Entry>) {
        self.took.extend(took(&self.conversation, &conversation, &self.tenant.policy, self.now));
        self.conversation = conversation;
        self.entries.extend(entries);
    }

    /// Adds a message; one that the customer is to see on a channel that is not live gets its
    /// delivery job.
    pub fn say(&mut self, ctx: &Ctx, new: NewMessage) -> Result<Message, Error> {
        let before = self.entries.len();
        let by = if matches!(new.author, Author::Person { .. }) { self.by } else { None };
        self.apply_by(
            Command::AddMessage {
                message: new.id,
                author: new.author.clone(),
                visibility: new.visibility,
                text: new.text.clone(),
            },
            by,
        )?;
        let seq = self.entries[before..]
            .iter()
            .find(|entry| matches!(&entry.event, Event::MessageAdded { message, .. } if *message == new.id))
            .map(|entry| entry.seq)
            .ok_or(Error::Internal)?;
        // A case goes out to colleagues, never to the customer.
        let outbound = match new.about.purpose {
            Purpose::Reply | Purpose::Automatic => {
                new.visibility == Visibility::Public && new.author != Author::Contact
            }
            Purpose::Case | Purpose::Note | Purpose::Disruption => true,
        };
        let mut about = new.about;
        if outbound && !about.purpose.is_case() && about.via.is_none() {
            about.via = self.answers_via();
        }
        let live = self.is_live(about.via.as_ref());
        if !new.details.is_empty() {
            about.details = true;
            self.beside.details.push((new.id, new.details));
        }
        for file in about.files.iter().filter(|file| file.held == Held::Here) {
            self.beside.files.push(FileTake {
                tenant: self.conversation.tenant.clone(),
                file: file.id,
                message: new.id,
            });
        }
        let message = Message {
            id: new.id,
            conversation: self.conversation.id,
            seq,
            author: new.author,
            visibility: new.visibility,
            text: new.text,
            parts: new.parts,
            at: new.at,
            delivery: match (outbound, live) {
                (false, _) => None,
                // The socket shows it from the store: nothing is left to hand over.
                (true, true) => Some(DeliveryState::Sent),
                (true, false) => Some(DeliveryState::Pending),
            },
            external_id: new.external_id,
            about,
            failure: None,
        };
        if outbound && !live {
            let job = deliver::job(ctx, self, message.id, message.about.via.as_ref());
            self.jobs.push(job);
        }
        self.messages.push(message.clone());
        Ok(message)
    }

    /// The channel that answers go by, where the conversation's own carries none.
    fn answers_via(&self) -> Option<ChannelId> {
        let own = self.tenant.channels.get(&self.conversation.channel)?;
        own.sending.answers_via.clone()
    }

    /// Whether the customer sees messages from the store, without a delivery.
    fn is_live(&self, via: Option<&ChannelId>) -> bool {
        let channel = via.unwrap_or(&self.conversation.channel);
        self.tenant.channels.get(channel).is_some_and(|channel| channel.live)
    }

    /// Gives the bot its turn after this commit.
    pub fn wake_bot(&mut self, ctx: &Ctx, trigger: Trigger) {
        let job = bot_turn::job(ctx, self, trigger);
        self.jobs.push(job);
    }

    /// Adds everything to one commit's changes.
    pub fn write_into(&self, changes: &mut Changes) {
        changes.conversations.push(ConversationWrite {
            row: self.conversation.clone(),
            expected_seq: self.read_seq,
            due_at: next_due(&self.conversation, &self.tenant.policy),
        });
        changes.entries.extend(self.entries.iter().cloned());
        changes.messages.extend(self.messages.iter().cloned());
        changes.message_updates.extend(self.updates.iter().cloned());
        let id = self.conversation.id;
        let beside = &self.beside;
        changes.details.extend(beside.details.iter().cloned());
        changes.abouts.extend(beside.abouts.iter().cloned());
        changes.files.extend(beside.files.iter().cloned());
        changes.participants.extend(beside.participants.iter().map(|party| (id, party.clone())));
        changes.case_threads.extend(beside.case_threads.iter().map(|(channel, thread)| {
            CaseThread { channel: channel.clone(), thread: thread.clone(), conversation: id }
        }));
        changes.jobs.extend(self.jobs.iter().cloned());
    }
}
