//! A bot takes a turn: it says, asks, tags, resolves or hands off, in one commit with its job's end.
//!
//! A bot that fails never leaves a customer alone: the conversation goes on to the next layer of
//! people, with a note that says why.

mod actions;

use kerros_domain::command::Command;
use kerros_domain::conversation::{Conversation, State};
use kerros_domain::id::{ChannelId, ConversationId};
use kerros_domain::message::{Author, Message, Visibility};
use serde::{Deserialize, Serialize};

use crate::change::{self, TRIES};
use crate::ctx::Ctx;
use crate::draft::{Draft, NewMessage};
use crate::ports::bot::{LayerHours, Trigger, Turn, TurnResult};
use crate::ports::plugin::{Call, PluginError};
use crate::ports::store::{Changes, Contact, Job, JobKind, Scope, StoreError};
use crate::recent::Remembered;
use crate::tenant::Tenant;
use crate::work::{self, Failure};
use crate::{automatic, view};

/// A bot that asks for patience gets this many attempts before people take over.
const TRIES_IF_TEMPORARY: u32 = 3;

/// A bot that comes late reads from this many journal entries before its call.
const BEFORE: u64 = 40;

/// What a turn's job carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Payload {
    pub conversation: ConversationId,
    pub trigger: Trigger,
    /// Where it is said, to find what this node remembers of it.
    pub channel: ChannelId,
    pub thread: String,
    /// The sequence that called the bot; messages the customer wrote after it have turns of their own.
    pub seq: u64,
}

/// The job of a turn.
pub(crate) fn job(ctx: &Ctx, draft: &Draft, trigger: Trigger) -> Job {
    let conversation = draft.conversation.id;
    let payload = Payload {
        conversation,
        channel: draft.conversation.channel.clone(),
        thread: draft.conversation.thread.clone(),
        trigger,
        seq: draft.conversation.seq,
    };
    Job {
        id: ctx.job_id(draft.now),
        tenant: draft.conversation.tenant.clone(),
        kind: JobKind::BotTurn,
        order_key: format!("bot/{conversation}"),
        payload: work::to_payload(&payload),
        run_at: draft.now,
        attempt: 1,
        trace: draft.trace.clone(),
        lease: None,
        last_error: None,
    }
}

/// Runs a turn's job.
///
/// # Errors
/// [`Failure`]; then nothing is written and the job is tried again.
pub async fn run(ctx: &Ctx, job: &Job) -> Result<(), Failure> {
    let payload: Payload =
        serde_json::from_str(&job.payload).map_err(|fault| Failure::Failed(fault.to_string()))?;
    let gone = || Failure::Failed("the tenant is not configured".to_owned());
    let tenant = ctx.tenants.get(&job.tenant).ok_or_else(gone)?;
    let scope = Scope::One(job.tenant.clone());
    // The bot is asked once; when others wrote meanwhile its answer is applied again.
    let mut answer: Option<Result<TurnResult, Failed>> = None;
    for attempt in 0..TRIES {
        // What this node wrote last is trusted once, and never that the bot is not wanted any more.
        let mut contact = None;
        let remembered = remembered(ctx, job, &payload).filter(|_| attempt == 0);
        let found = match remembered {
            Some(remembered) => {
                contact = Some(remembered.contact);
                Some(remembered.conversation)
            }
            None => ctx.store.conversation(&scope, payload.conversation).await?,
        };
        let Some(conversation) = found.filter(|found| wanted(found, &payload)) else {
            return work::end(ctx, job).await;
        };
        let said = match answer.take() {
            Some(said) => said,
            None if automatic::is_enough(ctx, &tenant, &conversation).await? => Err(Failed::Enough),
            None => ask(ctx, job, &tenant, &payload, &conversation, contact).await?,
        };
        let mut draft = Draft::of(tenant.clone(), conversation, ctx.now(), &job.trace);
        match &said {
            Ok(result) => actions::perform(ctx, &mut draft, result),
            Err(failed) => fall_back(ctx, &mut draft, failed),
        }
        answer = Some(said);
        let changes = Changes { job_ends: vec![work::done(ctx, job)], ..Changes::default() };
        match change::finish(ctx, &scope, &mut draft, changes).await {
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
            Ok(()) => {
                let id = payload.conversation;
                tracing::debug!(trace = job.trace, conversation = %id, "bot turn");
                return Ok(());
            }
        }
    }
    Err(Failure::Conflict)
}

/// What this node wrote last of the conversation, if the bot has it there.
fn remembered(ctx: &Ctx, job: &Job, payload: &Payload) -> Option<Remembered> {
    let thread = (job.tenant.clone(), payload.channel.clone(), payload.thread.clone());
    let known = ctx.recent.look(&thread)?;
    let conversation = &known.conversation;
    let same = conversation.id == payload.conversation
        && conversation.seq >= payload.seq
        && known.contact.id == conversation.contact;
    (same && wanted(conversation, payload)).then_some(known)
}

/// Whether the bot still has it, and the turn has not been overtaken.
fn wanted(conversation: &Conversation, payload: &Payload) -> bool {
    let overtaken = payload.trigger == Trigger::Started && conversation.customer_messages > 0;
    conversation.state == State::Bot && !overtaken
}

/// Asks the bot; the inner error is why people take over.
async fn ask(
    ctx: &Ctx,
    job: &Job,
    tenant: &Tenant,
    payload: &Payload,
    conversation: &Conversation,
    contact: Option<Contact>,
) -> Result<Result<TurnResult, Failed>, Failure> {
    let Some(plugin) = tenant.bots.get(&conversation.layer) else {
        return Ok(Err(Failed::Broken("no bot is configured for this layer".to_owned())));
    };
    let scope = Scope::One(job.tenant.clone());
    let last = ctx.store.last_messages(&scope, conversation.id, view::MESSAGES * 2);
    let (contact, mut messages) = match contact {
        Some(contact) => (Some(contact), last.await?),
        None => futures::try_join!(ctx.store.contact(&scope, conversation.contact), last)?,
    };
    if payload.trigger == Trigger::Message && called_for(&messages, payload).is_none() {
        // So much was said since that the message it is called for is not among the last ones.
        let before = payload.seq.saturating_sub(BEFORE);
        let id = conversation.id;
        messages = ctx.store.messages(&scope, id, before, view::MESSAGES * 2).await?;
    }
    let messages = seen(&messages, payload);
    let now = ctx.now();
    let turn = Turn {
        trigger: payload.trigger.clone(),
        conversation: view::conversation(conversation, contact.as_ref(), messages.into_iter()),
        state: conversation.bot_state.clone(),
        now_ms: now.0,
        layers: tenant
            .policy
            .layers
            .iter()
            .map(|layer| {
                let open = tenant.policy.is_open(layer, now);
                let hours = tenant.policy.hours(layer).filter(|_| !open);
                LayerHours {
                    layer: layer.id.to_string(),
                    open,
                    opens_at_ms: hours.and_then(|hours| hours.next_opening(now)).map(|at| at.0),
                }
            })
            .collect(),
    };
    let call = Call { tenant: &job.tenant, plugin, trace: &job.trace };
    match ctx.bots.turn(call, &turn).await {
        Ok(result) => Ok(Ok(result)),
        Err(PluginError::Temporary { message, .. }) if job.attempt < TRIES_IF_TEMPORARY => {
            Err(Failure::Failed(message))
        }
        Err(error) => {
            let tenant = &job.tenant;
            tracing::warn!(%tenant, trace = job.trace, %error, "a bot failed; people take over");
            Ok(Err(Failed::Broken(error.to_string())))
        }
    }
}

/// The customer's message that called the bot.
fn called_for<'a>(messages: &'a [Message], payload: &Payload) -> Option<&'a Message> {
    messages.iter().rfind(|message| message.author == Author::Contact && message.seq <= payload.seq)
}

/// What the bot sees: everything public but what the customer wrote after the call, with the message
/// it is called for last.
fn seen<'a>(messages: &'a [Message], payload: &Payload) -> Vec<&'a Message> {
    let called_for = called_for(messages, payload);
    let mut seen: Vec<&Message> = messages
        .iter()
        .filter(|message| message.visibility == Visibility::Public)
        .filter(|message| message.author != Author::Contact || message.seq <= payload.seq)
        .filter(|message| called_for.is_none_or(|called_for| called_for.id != message.id))
        .chain(called_for)
        .collect();
    let most = view::MESSAGES as usize;
    let surplus = seen.len().saturating_sub(most);
    seen.drain(..surplus);
    seen
}

/// Why people take over from a bot.
enum Failed {
    /// It is broken or away: what was said of it.
    Broken(String),
    /// The contact got enough automatic mails for a day.
    Enough,
}

/// People take over, and read why.
fn fall_back(ctx: &Ctx, draft: &mut Draft, failed: &Failed) {
    let language = draft.tenant.policy.languages.first();
    let language = language.map_or("en", kerros_domain::id::Language::as_str);
    let text = match (failed, language) {
        (Failed::Broken(reason), "fi") => {
            format!("Botti ei toiminut, keskustelu siirtyi ihmisille. Syy: {reason}")
        }
        (Failed::Broken(reason), "sv") => {
            format!("Boten fungerade inte, samtalet gick vidare till personalen. Orsak: {reason}")
        }
        (Failed::Broken(reason), _) => {
            format!("The bot failed, so the conversation went on to people. Reason: {reason}")
        }
        (Failed::Enough, "fi") => "Tälle lähettäjälle on jo mennyt vuorokauden enimmäismäärä automaattisia \
            viestejä, joten botti ei vastannut ja keskustelu siirtyi ihmisille. Voi olla, että toisessa päässä \
            vastaa kone."
            .to_owned(),
        (Failed::Enough, "sv") => "Avsändaren har redan fått det högsta antalet automatiska meddelanden på ett \
            dygn, så boten svarade inte och samtalet gick vidare till personalen. I andra änden kan det vara en \
            maskin som svarar."
            .to_owned(),
        (Failed::Enough, _) => "This sender has had as many automatic messages as are sent in a day, so the bot \
            did not answer and the conversation went on to people. It may be a machine that answers at the other \
            end."
            .to_owned(),
    };
    let text: String = text.chars().take(1000).collect();
    note(ctx, draft, text);
    if let Err(error) = draft.follow(Command::HandOff { to: None }) {
        tracing::error!(conversation = %draft.conversation.id, %error, "nobody to hand off to");
    }
}

/// Adds an internal note by the bot.
fn note(ctx: &Ctx, draft: &mut Draft, text: String) {
    let note = NewMessage {
        id: ctx.message_id(draft.now),
        author: Author::Bot,
        visibility: Visibility::Internal,
        text,
        parts: Vec::new(),
        external_id: None,
        at: draft.now,
        about: Default::default(),
        details: Default::default(),
    };
    if let Err(error) = draft.say(ctx, note) {
        tracing::warn!(conversation = %draft.conversation.id, %error, "no note");
    }
}
