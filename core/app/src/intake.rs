//! Takes an inbound thing in: sender, conversation, message, tags, promises, and who has it now, in
//! one commit together with the end of its job.

pub(crate) mod attached;
mod cases;
mod mail;
mod receipts;
mod sender;
mod sent_here;
mod tags;

use std::sync::Arc;

use attached::Ready;
use kerros_domain::about::{Original, Party, PartyRole};
use kerros_domain::command::Command;
use kerros_domain::conversation::{Conversation, Priority, State};
use kerros_domain::decide::{Opening, accepts_message};
use kerros_domain::id::{ChannelId, FileId, LayerId, MessageId};
use kerros_domain::message::{Author, Visibility};
use kerros_domain::time::Timestamp;
use receipts::Told;
use sender::Sender;
pub(crate) use sender::thread_name;
use serde::{Deserialize, Serialize};

use crate::accept;
use crate::change::{self, TRIES};
use crate::ctx::Ctx;
use crate::draft::{Draft, NewMessage};
use crate::ports::bot::Trigger;
use crate::ports::channel::{File, InboundEvent, InboundMessage, Raw, Receipt, Threading};
use crate::ports::mail::LATE_AFTER_MS;
use crate::ports::meter::Measure;
use crate::ports::plugin::{Call, PluginError};
use crate::ports::store::{Changes, Contact, FileTake, Inbound, Job, JobKind, Scope, StoreError};
use crate::recent::Remembered;
use crate::tenant::{PluginUse, Tenant};
use crate::work::{self, Failure};
use crate::{fetch, fingerprint, numbers};

/// A message is not dated back further than this. Milliseconds.
const OLDEST_MS: i64 = 30 * 24 * 3600 * 1000;

/// What an intake job carries.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Payload {
    pub channel: ChannelId,
    /// When it arrived, milliseconds since 1970.
    pub at_ms: i64,
    /// Big parts that were lifted out of it, and its original.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<File>,
    /// The address a mail was fetched for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mailbox: Option<String>,
    /// Where a mail is whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<Original>,
    /// When a mail counts as late ([`crate::ports::mail::Fetched`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_after_ms: Option<i64>,
    pub what: What,
}

/// Read by its channel already, or not.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum What {
    /// Read.
    Events {
        events: Vec<InboundEvent>,
        /// Whether each message's own key must still be marked as seen: the stored thing has another.
        marks: bool,
    },
    /// As it came: its channel was broken or busy.
    Raw {
        raw: Raw,
        /// How often it broke its channel's plugin.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        broke: Option<Broke>,
    },
}

/// A raw thing that breaks its channel's plugin.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Broke {
    /// Digest of the plugin, its version and its config: another one begins anew.
    by: String,
    times: u32,
}

impl Broke {
    /// The record after one more time.
    fn again(before: Option<Self>, plugin: &PluginUse) -> Self {
        let version = plugin.version.as_deref().unwrap_or_default();
        let parts = [plugin.plugin.as_str(), version, &plugin.config];
        let by = fingerprint::hex(&parts.map(str::as_bytes));
        let times = before.filter(|before| before.by == by).map_or(0, |before| before.times);
        Self { by, times: times + 1 }
    }
}

/// Runs an intake job.
///
/// # Errors
/// [`Failure`]; then nothing is written and the job is tried again.
pub async fn run(ctx: &Ctx, job: &Job) -> Result<(), Failure> {
    let mut payload: Payload =
        serde_json::from_str(&job.payload).map_err(|fault| Failure::Failed(fault.to_string()))?;
    let gone = || Failure::Failed("the tenant or channel is not configured".to_owned());
    let tenant = ctx.tenants.get(&job.tenant).ok_or_else(gone)?;
    if let What::Raw { raw, broke } = payload.what {
        let plugin = tenant.channels.get(&payload.channel);
        let plugin =
            plugin.ok_or_else(|| Failure::Failed("the channel is not configured".into()))?;
        payload.what = match read(ctx, job, plugin, &payload.channel, &raw).await {
            Ok(events) => What::Events { events, marks: true },
            Err(error @ PluginError::Fault { .. }) => {
                let broke = Broke::again(broke, plugin);
                let times = broke.times;
                payload.what = What::Raw { raw, broke: Some(broke) };
                let payload = work::to_payload(&payload);
                return Err(Failure::Broke { error: error.to_string(), times, payload });
            }
            Err(error) => return Err(Failure::Later(error.to_string())),
        };
    }
    let What::Events { events, marks } = payload.what else { return Ok(()) };
    let arrived = Timestamp(payload.at_ms);
    let mut things = Vec::with_capacity(events.len());
    for event in events {
        let ready = attached::ready(ctx, &job.tenant, &payload.files, &event).await?;
        things.push(Thing { event, ready });
    }
    let step = Step {
        ctx,
        job,
        tenant,
        channel: payload.channel,
        mailbox: payload.mailbox,
        original: payload.original,
        late_after_ms: payload.late_after_ms.unwrap_or(LATE_AFTER_MS),
        arrived,
        marks,
    };
    step.run(things).await?;
    let seconds = work::seconds(ctx.now().since(arrived));
    ctx.meter.record(Measure::IntakeLag { tenant: &job.tenant, seconds });
    Ok(())
}

/// Asks the channel about a thing it could not read on arrival. What is forged or malformed gives no
/// events: it changes nothing.
async fn read(
    ctx: &Ctx,
    job: &Job,
    plugin: &PluginUse,
    channel: &ChannelId,
    raw: &Raw,
) -> Result<Vec<InboundEvent>, PluginError> {
    let call = Call { tenant: &job.tenant, plugin, trace: &job.trace };
    let reason = match ctx.channels.receive(call, raw).await {
        Ok(Receipt::Accepted { events, .. }) => match accept::checked(events) {
            Ok(events) => return Ok(events),
            Err(reason) => reason,
        },
        Ok(Receipt::Unauthorized { reason } | Receipt::Malformed { reason }) => reason,
        Err(error) => return Err(error),
    };
    tracing::info!(tenant = %job.tenant, %channel, trace = job.trace, reason, "dropped at intake");
    Ok(Vec::new())
}

/// An event, and what comes with it in its place.
struct Thing {
    event: InboundEvent,
    ready: Ready,
}

/// One job's step.
struct Step<'a> {
    ctx: &'a Ctx,
    job: &'a Job,
    tenant: Arc<Tenant>,
    channel: ChannelId,
    mailbox: Option<String>,
    original: Option<Original>,
    late_after_ms: i64,
    arrived: Timestamp,
    marks: bool,
}

/// What a try writes.
#[derive(Default)]
struct Made {
    drafts: Vec<Draft>,
    changes: Changes,
    /// Who wrote, by thread: remembered after the commit.
    senders: Vec<(String, Contact)>,
    /// Why messages that a provider had taken did not arrive: counted after the commit.
    failed: Vec<String>,
}

impl Step<'_> {
    fn scope(&self) -> Scope {
        Scope::One(self.job.tenant.clone())
    }

    async fn run(&self, events: Vec<Thing>) -> Result<(), Failure> {
        if self.take(&events, true).await? {
            return Ok(());
        }
        // One of the messages is known already: each one by itself, known ones are dropped.
        for event in events {
            let id = event.event.external_id().map(ToOwned::to_owned);
            if !self.take(&[event], false).await? {
                let (tenant, channel) = (&self.job.tenant, &self.channel);
                tracing::info!(%tenant, %channel, trace = self.job.trace, id, "known already; dropped");
                self.ctx.meter.record(Measure::Inbound { tenant, channel, outcome: "dropped" });
            }
        }
        self.take(&[], true).await.map(|_| ())
    }

    /// Decides and commits; decides again while others write. False if a message is known already:
    /// then nothing is written.
    async fn take(&self, events: &[Thing], last: bool) -> Result<bool, Failure> {
        for attempt in 0..TRIES {
            // What was written last is only trusted on the first try.
            let mut made = self.decide(events, attempt == 0).await?;
            if last {
                made.changes.job_ends.push(work::done(self.ctx, self.job));
            }
            let result =
                change::finish_all(self.ctx, &self.scope(), &mut made.drafts, made.changes).await;
            if result.is_err() {
                for draft in made.drafts.iter().filter(|draft| draft.is_new()) {
                    numbers::give_back(self.ctx, &self.job.tenant, draft.conversation.number);
                }
            }
            match result {
                Ok(()) => {
                    for draft in made.drafts.iter().filter(|draft| draft.is_changed()) {
                        let (id, seq) = (draft.conversation.id, draft.conversation.seq);
                        tracing::debug!(trace = self.job.trace, conversation = %id, seq, "intake");
                    }
                    self.count_failed(&made.failed);
                    self.remember(made.drafts, &made.senders);
                    return Ok(true);
                }
                Err(StoreError::Conflict) => {}
                Err(StoreError::Duplicate) => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
        Err(Failure::Conflict)
    }

    fn remember(&self, drafts: Vec<Draft>, senders: &[(String, Contact)]) {
        for draft in drafts {
            let thread = draft.conversation.thread.clone();
            let sender = senders
                .iter()
                .find(|(of, contact)| *of == thread && contact.id == draft.conversation.contact);
            if let Some((_, contact)) = sender {
                let key = (self.job.tenant.clone(), self.channel.clone(), thread);
                let contact = contact.clone();
                let conversation = draft.conversation;
                self.ctx.recent.put(key, Remembered { contact, conversation });
            }
        }
    }

    async fn decide(&self, events: &[Thing], trust: bool) -> Result<Made, Failure> {
        let mut made = Made::default();
        for thing in events {
            self.one(&mut made, thing, trust).await?;
        }
        for draft in &mut made.drafts {
            tags::suggest(self.ctx, draft, &made.senders).await;
        }
        Ok(made)
    }

    async fn one(&self, made: &mut Made, thing: &Thing, trust: bool) -> Result<(), Failure> {
        let Thing { event, ready } = thing;
        if self.marks
            && let Some(key) = accept::own_key(event)
        {
            made.changes.inbound.push(Inbound {
                id: self.ctx.inbound_id(self.ctx.now()),
                tenant: self.job.tenant.clone(),
                channel: self.marked_in(event),
                key,
                raw: "null".to_owned(),
                at: self.arrived,
                kept: accept::is_mail(event),
            });
        }
        match event {
            InboundEvent::Message(message) => {
                self.message(made, event, message, ready, trust).await?;
            }
            InboundEvent::Started { thread, .. } => {
                let sender = Sender::of(event, thread);
                let index = self.conversation(made, &sender, false).await?;
                if made.drafts[index].is_new() {
                    self.wake_bot(&mut made.drafts[index], Trigger::Started);
                }
            }
            InboundEvent::WantsPerson { thread } => {
                let sender = Sender::of(event, thread);
                let index = self.conversation(made, &sender, false).await?;
                self.wants_person(&mut made.drafts[index]);
            }
            InboundEvent::Delivery { external_id, state, reason, bad_address, alternatives } => {
                let told = Told { state: *state, reason: reason.as_deref(), alternatives };
                let bad = bad_address.as_deref();
                let about = self.receipt(made, external_id, &told, bad).await?;
                // A report belongs to the message that it is about.
                if let (Some(message), Some(Original::File { id, .. })) = (about, &self.original) {
                    made.changes.files.push(self.file_of(message, *id));
                }
            }
            InboundEvent::ReadUntil { thread, at_ms } => {
                self.read_until(made, thread, Timestamp(*at_ms)).await?;
            }
            InboundEvent::CallRequest(request) => {
                self.call_request(made, request, ready).await?;
            }
            InboundEvent::CaseNote(note) => self.case_note(made, note, ready).await?,
        }
        Ok(())
    }

    async fn message(
        &self,
        made: &mut Made,
        event: &InboundEvent,
        message: &InboundMessage,
        ready: &Ready,
        trust: bool,
    ) -> Result<(), StoreError> {
        let (mut writer, mut people, mut others) = (None, Vec::new(), Vec::new());
        let index = match &message.threading {
            Threading::Thread(thread) => {
                self.conversation(made, &Sender::of(event, thread), trust).await?
            }
            Threading::Mail(mail) => {
                let sender = Sender::of(event, "");
                let landed = self.mail(made, message, mail, &sender).await?;
                (writer, people, others) = (landed.writer, landed.people, landed.others);
                self.begin(made, &sender, landed.found).await?
            }
        };
        let draft = &mut made.drafts[index];
        let id = self.ctx.message_id(self.ctx.now());
        let text = message.text.clone();
        let at = self.written(message.at_ms);
        // A machine's answer does not wake up what people have settled, and nobody owes it one.
        let machine = ready.about.automatic.is_some() && !draft.is_new();
        let (author, visibility) = if machine {
            (Author::System, Visibility::Internal)
        } else {
            (Author::Contact, Visibility::Public)
        };
        let mut new = NewMessage::new(id, author, visibility, text, at);
        new.parts.clone_from(&message.parts);
        new.external_id = Some(message.external_id.clone());
        new.about = ready.about.clone();
        new.about.recipients = others;
        new.about.late = self.is_late(message);
        new.about.written_to = mail::written_to(&message.participants);
        // An answer by mail to what went out by mail from a form's conversation.
        if !self.group().contains(&draft.conversation.channel) {
            new.about.via = Some(self.channel.clone());
        }
        new.details = ready.details.clone();
        if message.thread().is_none() {
            new.details.original.clone_from(&self.original);
        }
        let late = new.about.late;
        if machine && writer.is_none() {
            let (address, name) = (message.sender.clone(), message.sender_name.clone());
            writer = Some(Party { role: PartyRole::From, address, name });
        }
        new.about.sender = writer;
        if let Err(error) = draft.say(self.ctx, new) {
            // Cannot be: text was checked on arrival, and the conversation accepts messages.
            tracing::error!(trace = self.job.trace, %error, "a customer's message was refused");
            return Ok(());
        }
        draft.beside.participants.extend(people);
        let original = match &self.original {
            Some(Original::File { id, .. }) => Some(id),
            _ => None,
        };
        for file in ready.kept.iter().chain(original) {
            draft.beside.files.push(self.file_of(id, *file));
        }
        self.fetch_files(draft, id, ready);
        if draft.conversation.state == State::Bot {
            if late {
                // Whoever wrote days ago is not answered by a bot now: a person looks whether it still matters.
                draft.jobs.retain(|job| job.kind != JobKind::BotTurn);
                self.wants_person(draft);
            } else if ready.about.automatic.is_none() {
                self.wake_bot(draft, Trigger::Message);
            } else if draft.is_new() {
                // No bot answers a machine: a person looks at what it wants.
                self.wants_person(draft);
            }
        }
        Ok(())
    }

    /// Where a message's own key is marked. Mails come to several channels of a plugin, and count once in all.
    fn marked_in(&self, event: &InboundEvent) -> ChannelId {
        let plugin = self.tenant.channels.get(&self.channel).filter(|_| accept::is_mail(event));
        plugin.map_or_else(|| self.channel.clone(), |own| ChannelId::from(own.plugin.as_str()))
    }

    /// Whether a mail was written long before it came.
    fn is_late(&self, message: &InboundMessage) -> bool {
        let limit = self.arrived.0.saturating_sub(self.late_after_ms);
        let mail = message.thread().is_none() && self.late_after_ms > 0;
        mail && message.at_ms.is_some_and(|at| at < limit)
    }

    fn file_of(&self, message: MessageId, file: FileId) -> FileTake {
        FileTake { tenant: self.job.tenant.clone(), file, message }
    }

    /// When a message was written, as far as that can be believed.
    fn written(&self, at_ms: Option<i64>) -> Timestamp {
        at_ms.map_or(self.arrived, |at| {
            Timestamp(at.clamp(self.arrived.0 - OLDEST_MS, self.arrived.0))
        })
    }

    /// Jobs that get a message's files from the provider.
    fn fetch_files(&self, draft: &mut Draft, message: MessageId, ready: &Ready) {
        for (file, reference) in &ready.remote {
            let payload = fetch::Payload {
                conversation: draft.conversation.id,
                message,
                channel: self.channel.clone(),
                file: *file,
                reference: reference.clone(),
            };
            let job = fetch::job(self.ctx, draft, &payload);
            draft.jobs.push(job);
        }
    }

    /// One turn per commit, however many messages came.
    fn wake_bot(&self, draft: &mut Draft, trigger: Trigger) {
        draft.jobs.retain(|job| job.kind != JobKind::BotTurn);
        if draft.conversation.state == State::Bot {
            draft.wake_bot(self.ctx, trigger);
        }
    }

    /// The draft of the sender's conversation: one begun by an earlier event, the one it continues,
    /// or a new one.
    async fn conversation(
        &self,
        made: &mut Made,
        sender: &Sender<'_>,
        trust: bool,
    ) -> Result<usize, StoreError> {
        let found = self.find(made, sender, trust).await?;
        self.begin(made, sender, found).await
    }

    /// The draft of what was found; opens a conversation if there is none that takes messages.
    async fn begin(
        &self,
        made: &mut Made,
        sender: &Sender<'_>,
        found: Found,
    ) -> Result<usize, StoreError> {
        let now = self.ctx.now();
        let (thread, contact, conversation) = match found {
            Found::Begun(index) => return Ok(index),
            Found::Known { thread, contact, conversation } => (thread, contact, conversation),
        };
        let policy = &self.tenant.policy;
        let continued = conversation.filter(|found| accepts_message(found, policy, now));
        let draft = match continued {
            Some(found) => Draft::of(Arc::clone(&self.tenant), *found, now, &self.job.trace),
            None => {
                let first = policy.layers.first().map(|layer| layer.id.clone());
                let facts = Opening {
                    id: self.ctx.conversation_id(now),
                    tenant: self.job.tenant.clone(),
                    contact: contact.id,
                    channel: self.channel.clone(),
                    thread: thread.clone(),
                    segment: sender.segment(policy).or_else(|| contact.segment.clone()),
                    language: sender.language(policy).unwrap_or_else(|| contact.language.clone()),
                    priority: Priority::Normal,
                    layer: first.unwrap_or_else(|| LayerId::from("")),
                    number: numbers::next(self.ctx, &self.job.tenant).await?,
                };
                Draft::open(Arc::clone(&self.tenant), facts, now, &self.job.trace)
            }
        };
        made.senders.push((thread, contact));
        made.drafts.push(draft);
        Ok(made.drafts.len() - 1)
    }

    fn wants_person(&self, draft: &mut Draft) {
        if draft.conversation.state == State::Resolved
            && let Err(error) = draft.follow(Command::Reopen)
        {
            tracing::warn!(trace = self.job.trace, %error, "not reopened");
        }
        if draft.conversation.state == State::Bot
            && let Err(error) = draft.follow(Command::HandOff { to: None })
        {
            tracing::warn!(trace = self.job.trace, %error, "nobody to hand off to");
        }
    }
}

/// Where an event belongs.
enum Found {
    /// To a draft of this step.
    Begun(usize),
    /// To a known thread, or to a new one.
    Known { thread: String, contact: Contact, conversation: Option<Box<Conversation>> },
}
