//! A unit of work as rows: checked against its scope and the journal's rules, and encoded by the
//! caller's task, so that the task that writes only binds and sends.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use kerros_app::ports::bus::{News, called_by};
use kerros_app::ports::mail::MailPosition;
use kerros_app::ports::store::{
    Changes, Contact, ConversationWrite, End, Inbound, Job, JobEnd, MessageUpdate, Scope,
    StoreError,
};
use kerros_domain::about::About;
use kerros_domain::conversation::{Conversation, Priority};
use kerros_domain::event::Entry;
use kerros_domain::id::ConversationId;
use kerros_domain::message::{Author, Message};
use kerros_domain::sla::TargetState;
use sea_orm::Value;
use serde::Serialize;
use uuid::Uuid;

use super::step::Step;
use crate::value::{at, at_or_null, count, id, id_or_null, int, text, text_or_null};
use crate::{name, scope};

/// One writer's changes, ready to be written.
#[derive(Debug)]
pub(crate) struct Unit {
    /// Per step, the rows one after the other.
    rows: [Vec<Value>; Step::ALL.len()],
    /// What it touches: two units that touch the same run one after the other.
    pub(crate) keys: Vec<Uuid>,
    /// The setting of its scope, for the fence.
    pub(crate) tenants: String,
    /// What to tell other nodes.
    pub(crate) news: Vec<News>,
}

impl Unit {
    /// Encodes the changes, or says which rule they break.
    pub(crate) fn of(scope: &Scope, changes: Changes, news: bool) -> Result<Self, StoreError> {
        let mut unit = Self {
            rows: Default::default(),
            keys: Vec::new(),
            tenants: scope::setting(scope),
            news: Vec::new(),
        };
        let written = written(scope, &changes)?;
        for contact in &changes.contacts {
            scope::hold(scope, &contact.tenant, "a contact")?;
            unit.contact(contact)?;
        }
        for entry in &changes.entries {
            unit.entry(&written[&entry.conversation].row, entry)?;
        }
        for message in &changes.messages {
            let Some(write) = written.get(&message.conversation) else {
                return Err(without_row("a message", message.conversation));
            };
            unit.message(&write.row, message)?;
        }
        for write in &changes.conversations {
            unit.conversation(write)?;
            if news {
                let own = changes.entries.iter().filter(|one| one.conversation == write.row.id);
                unit.news.push(tell(&write.row, called_by(own)));
            }
        }
        for update in &changes.message_updates {
            scope::hold(scope, &update.tenant, "a message")?;
            unit.delivery(update)?;
        }
        unit.beside(scope, &changes, &written)?;
        for inbound in changes.inbound {
            scope::hold(scope, &inbound.tenant, "an inbound thing")?;
            unit.inbound(inbound);
        }
        for position in &changes.mail_positions {
            scope::hold(scope, &position.tenant, "a mailbox")?;
            unit.mail_position(position);
        }
        for job in changes.jobs {
            scope::hold(scope, &job.tenant, "a job")?;
            unit.job(job);
        }
        let tenants = match scope {
            Scope::Platform => String::new(),
            _ => format!("\u{1f}{}\u{1f}", unit.tenants),
        };
        for end in &changes.job_ends {
            unit.job_end(end, &tenants);
        }
        Ok(unit)
    }

    /// The rows of a step, one after the other.
    pub(crate) fn rows(&self, step: Step) -> &[Value] {
        &self.rows[step as usize]
    }

    /// How many rows a step has.
    pub(crate) fn len(&self, step: Step) -> usize {
        self.rows(step).len() / step.columns().len()
    }

    fn add<const N: usize>(&mut self, step: Step, row: [Value; N]) {
        debug_assert_eq!(N, step.columns().len(), "{step:?}");
        self.rows[step as usize].extend(row);
    }

    fn contact(&mut self, contact: &Contact) -> Result<(), StoreError> {
        let key = contact.id.0;
        self.keys.push(key);
        let mut kept = String::from("\u{1f}");
        let mut seen = HashSet::new();
        for (channel, address) in &contact.addresses {
            if !seen.insert((channel, address)) {
                continue;
            }
            kept.push_str(&format!("{channel}\u{1e}{address}\u{1f}"));
            let row = [
                id(key),
                text(contact.tenant.as_str()),
                text(channel.as_str()),
                text(address.as_str()),
            ];
            self.add(Step::Addresses, row);
        }
        self.add(Step::AddressesGone, [id(key), text(kept)]);
        let name = contact.name.as_deref();
        let row = [
            id(key),
            text(contact.tenant.as_str()),
            text_or_null(name),
            text(name.unwrap_or_default().to_lowercase()),
            text(json(contact)?),
        ];
        self.add(Step::Contacts, row);
        Ok(())
    }

    fn conversation(&mut self, write: &ConversationWrite) -> Result<(), StoreError> {
        let row = &write.row;
        self.keys.push(row.id.0);
        let assignee = id_or_null(row.assignee.map(|user| user.0));
        let open = int(i64::from(row.state.is_open()));
        let rank = int(queue_rank(row.priority));
        let due = int(queue_due(row));
        let state = text(name::state(row.state));
        let layer = text(row.layer.as_str());
        let (held, due_at) = (at(row.held_since), at_or_null(write.due_at));
        let (look, body) = (text(look(row)), text(json(row)?));
        let attention = at_or_null(row.attention);
        let (key, tenant, seq) = (id(row.id.0), text(row.tenant.as_str()), count(row.seq));
        if write.expected_seq == 0 {
            let (contact, channel) = (id(row.contact.0), text(row.channel.as_str()));
            let (thread, opened) = (text(row.thread.as_str()), at(row.opened_at));
            let new = [
                key,
                tenant,
                contact,
                channel,
                thread,
                opened,
                seq,
                state,
                open,
                layer,
                assignee,
                rank,
                due,
                held,
                due_at,
                look,
                body,
                count(row.number),
                attention,
            ];
            self.add(Step::Opened, new);
        } else {
            let moved = [
                key,
                tenant,
                count(write.expected_seq),
                seq,
                state,
                open,
                layer,
                assignee,
                rank,
                due,
                held,
                due_at,
                look,
                body,
                attention,
            ];
            self.add(Step::Moved, moved);
        }
        Ok(())
    }

    fn entry(&mut self, row: &Conversation, entry: &Entry) -> Result<(), StoreError> {
        let row = [
            id(entry.conversation.0),
            count(entry.seq),
            text(row.tenant.as_str()),
            at(entry.at),
            id_or_null(entry.by.map(|user| user.0)),
            text(json(&entry.event)?),
        ];
        self.add(Step::Journal, row);
        Ok(())
    }

    fn message(&mut self, row: &Conversation, message: &Message) -> Result<(), StoreError> {
        let (author, user) = match &message.author {
            Author::Contact => ("contact", None),
            Author::Bot => ("bot", None),
            Author::System => ("system", None),
            Author::Person { user } => ("person", Some(user.0)),
        };
        let parts = if message.parts.is_empty() { None } else { Some(json(&message.parts)?) };
        let row = [
            id(message.conversation.0),
            count(message.seq),
            id(message.id.0),
            text(row.tenant.as_str()),
            // Receipts come by the channel that the message went by.
            text(message.about.via.as_ref().unwrap_or(&row.channel).as_str()),
            text(author),
            id_or_null(user),
            text(name::visibility(message.visibility)),
            text(message.text.as_str()),
            text_or_null(parts.as_deref()),
            at(message.at),
            text_or_null(message.delivery.map(name::delivery)),
            text_or_null(message.external_id.as_deref()),
            text_or_null(about(&message.about)?.as_deref()),
            text_or_null(message.failure.as_ref().map(json).transpose()?.as_deref()),
        ];
        self.add(Step::Messages, row);
        Ok(())
    }

    /// What belongs to messages and conversations but lies in tables of its own.
    fn beside(
        &mut self,
        scope: &Scope,
        changes: &Changes,
        written: &HashMap<ConversationId, &ConversationWrite>,
    ) -> Result<(), StoreError> {
        let said: HashMap<_, _> =
            changes.messages.iter().map(|message| (message.id, message.conversation)).collect();
        for (message, details) in &changes.details {
            let row = said.get(message).and_then(|conversation| written.get(conversation));
            let Some(write) = row else {
                return Err(StoreError::Refused(format!("details of {message} without it")));
            };
            let row = [id(message.0), text(write.row.tenant.as_str()), text(json(details)?)];
            self.add(Step::Details, row);
        }
        for update in &changes.abouts {
            scope::hold(scope, &update.tenant, "a message")?;
            self.keys.push(update.id.0);
            let about = text_or_null(about(&update.about)?.as_deref());
            self.add(Step::Abouts, [id(update.id.0), text(update.tenant.as_str()), about]);
        }
        for take in &changes.files {
            scope::hold(scope, &take.tenant, "a file")?;
            self.keys.push(take.file.0);
            let row = [id(take.file.0), text(take.tenant.as_str()), id(take.message.0)];
            self.add(Step::FilesTaken, row);
        }
        let mut seen = HashSet::new();
        for (conversation, party) in &changes.participants {
            let Some(write) = written.get(conversation) else {
                return Err(without_row("a participant", *conversation));
            };
            if !seen.insert((*conversation, party.address.as_str())) {
                continue;
            }
            let row = [
                id(conversation.0),
                text(party.address.as_str()),
                text(write.row.tenant.as_str()),
                text(name::party(party.role)),
                text_or_null(party.name.as_deref()),
            ];
            self.add(Step::Participants, row);
        }
        for case in &changes.case_threads {
            let Some(write) = written.get(&case.conversation) else {
                return Err(without_row("a case's thread", case.conversation));
            };
            let row = [
                text(write.row.tenant.as_str()),
                text(case.channel.as_str()),
                text(case.thread.as_str()),
                id(case.conversation.0),
            ];
            self.add(Step::CaseThreads, row);
        }
        Ok(())
    }

    fn delivery(&mut self, update: &MessageUpdate) -> Result<(), StoreError> {
        self.keys.push(update.id.0);
        let row = [
            id(update.id.0),
            text(update.tenant.as_str()),
            text(name::delivery(update.delivery)),
            text_or_null(update.external_id.as_deref()),
            text_or_null(update.failure.as_ref().map(json).transpose()?.as_deref()),
        ];
        self.add(Step::Deliveries, row);
        Ok(())
    }

    fn inbound(&mut self, inbound: Inbound) {
        let row = [
            id(inbound.id.0),
            text(inbound.tenant.as_str()),
            text(inbound.channel.as_str()),
            text(inbound.key),
            at(inbound.at),
            text(inbound.raw),
            int(inbound.kept.into()),
        ];
        self.add(Step::Inbound, row);
    }

    fn mail_position(&mut self, position: &MailPosition) {
        // Two positions of one mailbox never stand in one statement.
        let mut key = [0; 16];
        for (salt, half) in key.chunks_mut(8).enumerate() {
            let mut hash = DefaultHasher::new();
            (salt, &position.tenant, &position.mailbox).hash(&mut hash);
            half.copy_from_slice(&hash.finish().to_be_bytes());
        }
        self.keys.push(Uuid::from_bytes(key));
        let row = [
            text(position.tenant.as_str()),
            text(position.mailbox.as_str()),
            int(position.uid_validity.into()),
            int(position.uid.into()),
        ];
        self.add(Step::MailPositions, row);
    }

    fn job(&mut self, job: Job) {
        let until = job.lease.as_ref().map(|lease| lease.until);
        let row = [
            id(job.id.0),
            text(job.tenant.as_str()),
            text(job.kind.as_str()),
            text(job.order_key),
            at(job.run_at),
            at(until.map_or(job.run_at, |until| until.max(job.run_at))),
            count(job.attempt.into()),
            text_or_null(job.lease.as_ref().map(|lease| &*lease.owner)),
            at_or_null(until),
            int(0),
            text(job.trace),
            text_or_null(job.last_error.as_deref()),
            text(job.payload),
        ];
        self.add(Step::Jobs, row);
    }

    fn job_end(&mut self, end: &JobEnd, tenants: &str) {
        self.keys.push(end.id.0);
        let (key, owner, tenants) = (id(end.id.0), text(&*end.owner), text(tenants));
        match &end.end {
            End::Done => self.add(Step::Done, [key, owner, tenants]),
            End::Kept { payload } => {
                self.add(Step::Kept, [key, owner, tenants, text(payload.as_str())]);
            }
            End::Postponed { run_at } => {
                self.add(Step::Postponed, [key, owner, tenants, at(*run_at)]);
            }
            End::Retry { run_at, error } => {
                self.add(Step::Again, [key, owner, tenants, at(*run_at), text(error.as_str())]);
            }
            End::Dead { error } => {
                self.add(Step::Dead, [key, owner, tenants, text(error.as_str())]);
            }
        }
    }
}

/// The conversations of a unit by id; refuses what would part the journal from its row.
fn written<'a>(
    scope: &Scope,
    changes: &'a Changes,
) -> Result<HashMap<ConversationId, &'a ConversationWrite>, StoreError> {
    let mut written = HashMap::with_capacity(changes.conversations.len());
    for write in &changes.conversations {
        scope::hold(scope, &write.row.tenant, "a conversation")?;
        if written.insert(write.row.id, write).is_some() {
            return Err(StoreError::Refused(format!("{} stands twice in one unit", write.row.id)));
        }
    }
    let mut next: HashMap<ConversationId, u64> =
        written.values().map(|write| (write.row.id, write.expected_seq)).collect();
    for entry in &changes.entries {
        let Some(seq) = next.get_mut(&entry.conversation) else {
            return Err(without_row("a journal entry", entry.conversation));
        };
        *seq += 1;
        if entry.seq != *seq {
            return Err(StoreError::Refused(format!(
                "the journal of {} goes on with {seq}, found {}",
                entry.conversation, entry.seq
            )));
        }
    }
    for write in &changes.conversations {
        let reached = next[&write.row.id];
        if write.row.seq != reached || reached == 0 {
            return Err(StoreError::Refused(format!(
                "{} is written at sequence {}, its journal ends at {reached}",
                write.row.id, write.row.seq
            )));
        }
    }
    Ok(written)
}

fn without_row(what: &str, conversation: ConversationId) -> StoreError {
    StoreError::Refused(format!("{what} of {conversation} comes without the conversation's row"))
}

fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Refused(format!("cannot be stored: {e}")))
}

fn about(about: &About) -> Result<Option<String>, StoreError> {
    if about.is_empty() { Ok(None) } else { json(about).map(Some) }
}

/// The place of a priority in a queue, most urgent first.
pub(crate) const fn queue_rank(priority: Priority) -> i64 {
    match priority {
        Priority::Urgent => 0,
        Priority::High => 1,
        Priority::Normal => 2,
        Priority::Low => 3,
    }
}

/// When the next promise whose clock runs is due; the largest number when none does.
pub(crate) fn queue_due(row: &Conversation) -> i64 {
    row.targets
        .iter()
        .filter(|target| target.state == TargetState::Running)
        .filter_map(|target| target.due_at)
        .map(|due| due.0)
        .min()
        .unwrap_or(i64::MAX)
}

/// What a text search looks into: the preview and the tags, one per line, in lower case.
fn look(row: &Conversation) -> String {
    let mut look = row.preview.to_lowercase();
    for tag in &row.tags {
        look.push('\n');
        look.push_str(&tag.as_str().to_lowercase());
    }
    look
}

fn tell(row: &Conversation, called_by: Option<String>) -> News {
    News::Conversation {
        tenant: row.tenant.clone(),
        conversation: row.id,
        channel: row.channel.clone(),
        thread: row.thread.clone(),
        seq: row.seq,
        state: row.state,
        layer: row.layer.clone(),
        assignee: row.assignee,
        called_by,
    }
}
