//! Takes an inbound thing in: sender, conversation, message, tags, promises, and who has it now, in
//! one commit together with the end of its job.

mod sender;
mod tags;

use std::sync::Arc;

use kerros_domain::command::Command;
use kerros_domain::conversation::{Conversation, Priority, State};
use kerros_domain::decide::{Opening, accepts_message};
use kerros_domain::id::{ChannelId, LayerId};
use kerros_domain::message::{Author, DeliveryState, Part, Visibility};
use kerros_domain::time::Timestamp;
use sender::Sender;
pub(crate) use sender::thread_name;
use serde::{Deserialize, Serialize};

use crate::accept;
use crate::change::{self, TRIES};
use crate::ctx::Ctx;
use crate::draft::{Draft, NewMessage};
use crate::ports::bot::Trigger;
use crate::ports::channel::{InboundEvent, InboundMessage, Raw, Receipt};
use crate::ports::meter::Measure;
use crate::ports::plugin::Call;
use crate::ports::store::{
    Changes, Contact, Inbound, Job, JobKind, MessageUpdate, Scope, StoreError,
};
use crate::recent::Remembered;
use crate::tenant::Tenant;
use crate::work::{self, Failure};

/// A message is not dated back further than this. Milliseconds.
const OLDEST_MS: i64 = 30 * 24 * 3600 * 1000;

/// A receipt for a message that is not known (yet) is tried again until this attempt.
const RECEIPT_TRIES: u32 = 6;

/// What an intake job carries.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Payload {
    pub channel: ChannelId,
    /// When it arrived, milliseconds since 1970.
    pub at_ms: i64,
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
    Raw { raw: Raw },
}

/// Runs an intake job.
///
/// # Errors
/// [`Failure`]; then nothing is written and the job is tried again.
pub async fn run(ctx: &Ctx, job: &Job) -> Result<(), Failure> {
    let payload: Payload =
        serde_json::from_str(&job.payload).map_err(|fault| Failure::Failed(fault.to_string()))?;
    let gone = || Failure::Failed("the tenant or channel is not configured".to_owned());
    let tenant = ctx.tenants.get(&job.tenant).ok_or_else(gone)?;
    let (events, marks) = match payload.what {
        What::Events { events, marks } => (events, marks),
        What::Raw { raw } => (read(ctx, job, &tenant, &payload.channel, &raw).await?, true),
    };
    let arrived = Timestamp(payload.at_ms);
    let step = Step { ctx, job, tenant, channel: payload.channel, arrived, marks };
    step.run(events).await?;
    let seconds = work::seconds(ctx.now().since(arrived));
    ctx.meter.record(Measure::IntakeLag { tenant: &job.tenant, seconds });
    Ok(())
}

/// Asks the channel about a thing it could not read on arrival. What is forged or malformed gives no
/// events: it changes nothing.
async fn read(
    ctx: &Ctx,
    job: &Job,
    tenant: &Tenant,
    channel: &ChannelId,
    raw: &Raw,
) -> Result<Vec<InboundEvent>, Failure> {
    let plugin = tenant.channels.get(channel);
    let plugin = plugin.ok_or_else(|| Failure::Failed("the channel is not configured".into()))?;
    let call = Call { tenant: &job.tenant, plugin, trace: &job.trace };
    let reason = match ctx.channels.receive(call, raw).await {
        Ok(Receipt::Accepted { events, .. }) => match accept::checked(events) {
            Ok(events) => return Ok(events),
            Err(reason) => reason,
        },
        Ok(Receipt::Unauthorized { reason } | Receipt::Malformed { reason }) => reason,
        Err(error) => return Err(Failure::Later(error.to_string())),
    };
    tracing::info!(tenant = %job.tenant, %channel, trace = job.trace, reason, "dropped at intake");
    Ok(Vec::new())
}

/// One job's step.
struct Step<'a> {
    ctx: &'a Ctx,
    job: &'a Job,
    tenant: Arc<Tenant>,
    channel: ChannelId,
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
}

impl Step<'_> {
    fn scope(&self) -> Scope {
        Scope::One(self.job.tenant.clone())
    }

    async fn run(&self, events: Vec<InboundEvent>) -> Result<(), Failure> {
        if self.take(&events, true).await? {
            return Ok(());
        }
        // One of the messages is known already: each one by itself, known ones are dropped.
        for event in events {
            self.take(&[event], false).await?;
        }
        self.take(&[], true).await.map(|_| ())
    }

    /// Decides and commits; decides again while others write. False if a message is known already:
    /// then nothing is written.
    async fn take(&self, events: &[InboundEvent], last: bool) -> Result<bool, Failure> {
        for attempt in 0..TRIES {
            // What was written last is only trusted on the first try.
            let mut made = self.decide(events, attempt == 0).await?;
            if last {
                made.changes.job_ends.push(work::done(self.ctx, self.job));
            }
            let result =
                change::finish_all(self.ctx, &self.scope(), &mut made.drafts, made.changes).await;
            match result {
                Ok(()) => {
                    for draft in made.drafts.iter().filter(|draft| draft.is_changed()) {
                        let (id, seq) = (draft.conversation.id, draft.conversation.seq);
                        tracing::debug!(trace = self.job.trace, conversation = %id, seq, "intake");
                    }
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

    async fn decide(&self, events: &[InboundEvent], trust: bool) -> Result<Made, Failure> {
        let mut made = Made::default();
        for event in events {
            match event {
                InboundEvent::Message(inbound) => {
                    let Some(thread) = inbound.thread() else {
                        tracing::debug!(
                            trace = self.job.trace,
                            "a mail is not threaded yet: ignored"
                        );
                        continue;
                    };
                    let InboundMessage { external_id, text, parts, at_ms, .. } = &**inbound;
                    let message = Incoming { external_id, text, parts, at: *at_ms };
                    let sender = Sender::of(event, thread);
                    self.message(&mut made, &sender, &message, trust).await?;
                }
                InboundEvent::Started { thread, .. } => {
                    let sender = Sender::of(event, thread);
                    let index = self.conversation(&mut made, &sender, false).await?;
                    if made.drafts[index].is_new() {
                        self.wake_bot(&mut made.drafts[index], Trigger::Started);
                    }
                }
                InboundEvent::WantsPerson { thread } => {
                    let sender = Sender::of(event, thread);
                    let index = self.conversation(&mut made, &sender, false).await?;
                    self.wants_person(&mut made.drafts[index]);
                }
                InboundEvent::Delivery { external_id, state, reason, bad_address: _ } => {
                    self.receipt(&mut made, external_id, *state, reason.as_ref()).await?;
                }
                InboundEvent::ReadUntil { .. }
                | InboundEvent::CallRequest(_)
                | InboundEvent::CaseNote(_) => {
                    tracing::debug!(trace = self.job.trace, "an event without a use here: ignored");
                }
            }
        }
        for draft in &mut made.drafts {
            tags::suggest(self.ctx, draft, &made.senders).await;
        }
        Ok(made)
    }

    async fn message(
        &self,
        made: &mut Made,
        sender: &Sender<'_>,
        message: &Incoming<'_>,
        trust: bool,
    ) -> Result<(), StoreError> {
        let now = self.ctx.now();
        let index = self.conversation(made, sender, trust).await?;
        let draft = &mut made.drafts[index];
        let id = self.ctx.message_id(now);
        let new = NewMessage {
            id,
            author: Author::Contact,
            visibility: Visibility::Public,
            text: message.text.to_owned(),
            parts: message.parts.to_vec(),
            external_id: Some(message.external_id.to_owned()),
            at: message.at.map_or(self.arrived, |at| {
                Timestamp(at.clamp(self.arrived.0 - OLDEST_MS, self.arrived.0))
            }),
        };
        if let Err(error) = draft.say(self.ctx, new) {
            // Cannot be: text was checked on arrival, and the conversation accepts messages.
            tracing::error!(trace = self.job.trace, %error, "a customer's message was refused");
            return Ok(());
        }
        if self.marks {
            made.changes.inbound.push(Inbound {
                id: self.ctx.inbound_id(now),
                tenant: self.job.tenant.clone(),
                channel: self.channel.clone(),
                key: accept::message_key(sender.thread, message.external_id),
                raw: "null".to_owned(),
                at: self.arrived,
            });
        }
        if draft.conversation.state == State::Bot {
            self.wake_bot(draft, Trigger::Message);
        }
        Ok(())
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
        let now = self.ctx.now();
        let found = self.find(made, sender, trust).await?;
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

    async fn receipt(
        &self,
        made: &mut Made,
        external_id: &str,
        state: DeliveryState,
        reason: Option<&String>,
    ) -> Result<(), Failure> {
        let (scope, store) = (self.scope(), &self.ctx.store);
        let found = store.by_external_id(&self.job.tenant, &self.channel, external_id).await?;
        let Some((id, message)) = found else {
            if self.job.attempt < RECEIPT_TRIES {
                // It may have overtaken the commit of its own delivery.
                return Err(Failure::Failed("a receipt for an unknown message".into()));
            }
            tracing::info!(trace = self.job.trace, external_id, "a receipt for an unknown message");
            return Ok(());
        };
        let known = store.message(&scope, message).await?;
        if known.is_none_or(|known| known.delivery.is_none_or(|so_far| so_far >= state)) {
            return Ok(());
        }
        let index = match made.drafts.iter().position(|draft| draft.conversation.id == id) {
            Some(index) => index,
            None => {
                let Some(conversation) = store.conversation(&scope, id).await? else {
                    return Ok(());
                };
                let (tenant, now) = (Arc::clone(&self.tenant), self.ctx.now());
                made.drafts.push(Draft::of(tenant, conversation, now, &self.job.trace));
                made.drafts.len() - 1
            }
        };
        let draft = &mut made.drafts[index];
        let command = Command::SetDelivery { message, state, reason: reason.cloned() };
        if draft.follow(command).is_ok() {
            draft.updates.push(MessageUpdate {
                tenant: self.job.tenant.clone(),
                id: message,
                delivery: state,
                external_id: None,
            });
        }
        Ok(())
    }
}

/// A customer's message as its channel read it.
struct Incoming<'a> {
    external_id: &'a str,
    text: &'a str,
    parts: &'a [Part],
    at: Option<i64>,
}

/// Where an event belongs.
enum Found {
    /// To a draft of this step.
    Begun(usize),
    /// To a known thread, or to a new one.
    Known { thread: String, contact: Contact, conversation: Option<Box<Conversation>> },
}
