//! Sends a message out: the channel says step by step which requests to make, the guarded client performs
//! them, until the channel says what came of it. At least once: a channel gets the message's id as its key against doubles.

use kerros_domain::command::Command;
use kerros_domain::conversation::Conversation;
use kerros_domain::id::{ConversationId, MessageId};
use kerros_domain::message::{DeliveryState, Message, Part};
use kerros_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::{Duration, sleep};

use crate::change;
use crate::ctx::Ctx;
use crate::draft::Draft;
use crate::intake::thread_name;
use crate::ports::channel::{Outcome, Outgoing, Step};
use crate::ports::meter::Measure;
use crate::ports::outbound::Response;
use crate::ports::plugin::{Call, PluginError};
use crate::ports::store::{
    Changes, Contact, End, Job, JobEnd, JobKind, MessageUpdate, Scope, StoreError,
};
use crate::tenant::{PluginUse, Tenant};
use crate::work::{self, Failure, Plan};
use crate::{clean, view, widget};

/// Requests of one message.
const REQUESTS: usize = 20;
/// Other writers that are waited out, a millisecond longer each time.
const CONFLICTS: u64 = 100;

/// What a delivery's job carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Payload {
    pub conversation: ConversationId,
    pub message: MessageId,
    /// When it was written, milliseconds since 1970.
    pub since_ms: i64,
}

/// The job of a delivery.
pub(crate) fn job(ctx: &Ctx, draft: &Draft, message: MessageId) -> Job {
    let conversation = draft.conversation.id;
    let payload = Payload { conversation, message, since_ms: draft.now.0 };
    Job {
        id: ctx.job_id(draft.now),
        tenant: draft.conversation.tenant.clone(),
        kind: JobKind::Deliver,
        order_key: format!("out/{conversation}"),
        payload: work::to_payload(&payload),
        run_at: draft.now,
        attempt: 1,
        trace: draft.trace.clone(),
        lease: None,
        last_error: None,
    }
}

/// Runs a delivery's job.
///
/// # Errors
/// [`Failure`]; then nothing is written and the job is tried again.
pub async fn run(ctx: &Ctx, job: &Job) -> Result<(), Failure> {
    let payload: Payload =
        serde_json::from_str(&job.payload).map_err(|fault| Failure::Failed(fault.to_string()))?;
    let scope = Scope::One(job.tenant.clone());
    let (message, conversation) = futures::try_join!(
        ctx.store.message(&scope, payload.message),
        ctx.store.conversation(&scope, payload.conversation),
    )?;
    let (Some(message), Some(conversation)) = (message, conversation) else {
        return work::end(ctx, job).await;
    };
    // Sent already, before a crash could end the job. Failed is tried again: somebody asked to.
    let open = [Some(DeliveryState::Pending), Some(DeliveryState::Failed)];
    if !open.contains(&message.delivery) {
        return work::end(ctx, job).await;
    }
    let tenant = ctx.tenants.get(&job.tenant);
    let plugin = tenant.as_ref().and_then(|t| t.channels.get(&conversation.channel));
    let outcome = match (&tenant, plugin) {
        (Some(tenant), Some(plugin)) => {
            let contact = ctx.store.contact(&scope, conversation.contact).await?;
            match outgoing(ctx, job, tenant, &conversation, contact.as_ref(), &message).await? {
                Some(outgoing) => attempt(ctx, job, plugin, &outgoing).await,
                None => Outcome::rejected("no address on this channel"),
            }
        }
        _ => Outcome::retry("the channel is not configured"),
    };
    let settled = Settled::of(ctx, job, &payload, outcome);
    tracing::debug!(
        trace = job.trace, conversation = %payload.conversation, message = %payload.message,
        attempt = job.attempt, outcome = settled.word, "delivery"
    );
    ctx.meter.record(Measure::Delivery {
        tenant: &job.tenant,
        channel: &conversation.channel,
        outcome: settled.word,
    });
    keep(ctx, job, &scope, payload, &settled).await
}

/// The message as its channel gets it; `None` without an address there.
async fn outgoing(
    ctx: &Ctx,
    job: &Job,
    tenant: &Tenant,
    conversation: &Conversation,
    contact: Option<&Contact>,
    message: &Message,
) -> Result<Option<Outgoing>, Failure> {
    let addresses = contact.map(|contact| contact.addresses.as_slice()).unwrap_or_default();
    let address = addresses.iter().find(|(channel, _)| *channel == conversation.channel);
    let Some((_, recipient)) = address else { return Ok(None) };
    let author_name = widget::author_name(ctx, &tenant.policy.id, &message.author)
        .await
        .map_err(|_| Failure::Unavailable)?;
    let absolute = |part: &Part| match part.clone() {
        Part::Article { slug, title, excerpt, url } => {
            Part::Article { slug, title, excerpt, url: format!("{}{url}", ctx.base_url) }
        }
        other => other,
    };
    Ok(Some(Outgoing {
        kind: "reply".to_owned(),
        message_id: message.id.to_string(),
        conversation_id: conversation.id.to_string(),
        seq: message.seq,
        thread: thread_name(&conversation.thread).to_owned(),
        recipient: recipient.clone(),
        author: view::author_name(&message.author).to_owned(),
        author_name,
        text: message.text.clone(),
        parts: message.parts.iter().map(absolute).collect(),
        language: conversation.language.to_string(),
        at_ms: message.at.0,
        now_ms: ctx.now().0,
        attempt: job.attempt,
        ..Outgoing::default()
    }))
}

/// Asks, performs and asks again, until the channel settles it.
async fn attempt(ctx: &Ctx, job: &Job, plugin: &PluginUse, outgoing: &Outgoing) -> Outcome {
    let call = Call { tenant: &job.tenant, plugin, trace: &job.trace };
    let mut so_far: Vec<Response> = Vec::new();
    loop {
        let requests = match ctx.channels.send(call, outgoing, &so_far).await {
            Ok(Step::Settled(outcome)) => return outcome,
            Ok(Step::Perform { requests }) if requests.is_empty() => {
                return Outcome::rejected("the channel neither settles nor asks for anything");
            }
            Ok(Step::Perform { requests }) if so_far.len() + requests.len() > REQUESTS => {
                return Outcome::rejected(format!("more than {REQUESTS} requests"));
            }
            Ok(Step::Perform { requests }) => requests,
            // It went out, whatever the plugin cannot say about it: sending again would double it.
            Err(error) if !so_far.is_empty() && !so_far.iter().any(Response::is_failure) => {
                tracing::warn!(trace = job.trace, %error, "sent, but not settled by its channel");
                return Outcome::sent(None);
            }
            Err(error) if !so_far.is_empty() => return Outcome::retry(error.to_string()),
            Err(PluginError::Invalid { message } | PluginError::Permanent { message }) => {
                return Outcome::rejected(message);
            }
            Err(PluginError::Temporary { message, retry_after_ms }) => {
                return Outcome::RetryAfter {
                    after_ms: retry_after_ms,
                    whole_channel: false,
                    reason: message,
                };
            }
            Err(error) => return Outcome::retry(error.to_string()),
        };
        for request in &requests {
            let response = ctx.outbound.perform(&job.tenant, &plugin.grants, request).await;
            let failed = response.is_failure();
            so_far.push(response);
            if failed {
                break;
            }
        }
    }
}

/// What an attempt's outcome writes.
struct Settled {
    /// For the metrics.
    word: &'static str,
    end: End,
    /// The message's new state, with the provider's id or the reason.
    state: Option<(DeliveryState, Option<String>, Option<String>)>,
}

impl Settled {
    fn of(ctx: &Ctx, job: &Job, payload: &Payload, outcome: Outcome) -> Self {
        let given_up = |word, reason: String| Self {
            word,
            end: End::Dead { error: reason.clone() },
            state: Some((DeliveryState::Failed, None, Some(reason))),
        };
        match outcome {
            Outcome::Delivered { external_id, state, thread: _ } => {
                // A provider that took it cannot leave it pending.
                let state = match state {
                    DeliveryState::Pending | DeliveryState::Failed => DeliveryState::Sent,
                    further => further,
                };
                let external_id = external_id.map(|id| clean::line(&id, 500));
                let external_id = external_id.filter(|id| !id.is_empty());
                Self { word: "sent", end: End::Done, state: Some((state, external_id, None)) }
            }
            Outcome::Rejected { reason, .. } => given_up("rejected", clean::line(&reason, 500)),
            Outcome::RetryAfter { after_ms, reason, .. } => {
                let error = clean::line(&reason, 500);
                let now = ctx.now();
                let since = Timestamp(payload.since_ms);
                match Plan::LONG.next(job, now, since, after_ms) {
                    Some(run_at) => {
                        Self { word: "retry", end: End::Retry { run_at, error }, state: None }
                    }
                    None => given_up("dead", error),
                }
            }
        }
    }
}

/// Keeps the outcome. It has happened already and must not happen again, so other writers and an
/// absent database are waited out; only the end of the process, or of the lease, ends that.
async fn keep(
    ctx: &Ctx,
    job: &Job,
    scope: &Scope,
    payload: Payload,
    settled: &Settled,
) -> Result<(), Failure> {
    let mut lost = 0;
    loop {
        match keep_once(ctx, job, scope, payload, settled).await {
            Ok(()) => return Ok(()),
            Err(StoreError::Conflict) if lost < CONFLICTS && ctx.queue.holds(job.id) => {
                lost += 1;
                sleep(Duration::from_millis(lost)).await;
            }
            Err(StoreError::Unavailable(_)) if !ctx.queue.is_closed() => {
                sleep(Duration::from_millis(500)).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

async fn keep_once(
    ctx: &Ctx,
    job: &Job,
    scope: &Scope,
    payload: Payload,
    settled: &Settled,
) -> Result<(), StoreError> {
    let end = JobEnd { id: job.id, owner: ctx.node.clone(), end: settled.end.clone() };
    let changes = Changes { job_ends: vec![end], ..Changes::default() };
    let Some((state, external_id, reason)) = settled.state.clone() else {
        return change::commit(ctx, scope, changes).await;
    };
    let found = ctx.store.conversation(scope, payload.conversation).await?;
    let tenant = ctx.tenants.get(&job.tenant);
    let (Some(conversation), Some(tenant)) = (found, tenant) else {
        return change::commit(ctx, scope, changes).await;
    };
    let mut draft = Draft::of(tenant, conversation, ctx.now(), &job.trace);
    let message = payload.message;
    let command = Command::SetDelivery { message, state, reason };
    if let Err(error) = draft.follow(command) {
        tracing::error!(trace = job.trace, %error, "a delivery's state was refused");
    }
    draft.updates.push(MessageUpdate {
        tenant: job.tenant.clone(),
        id: message,
        delivery: state,
        external_id,
    });
    change::finish(ctx, scope, &mut draft, changes).await
}
