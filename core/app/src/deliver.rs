//! Sends a message out: the channel says step by step which requests to make, the guarded client performs
//! them, until the channel says what came of it.
//!
//! Once, as far as it can be known: a channel gets the message's id as its key against doubles. Where the
//! provider has no such key, the job notes before a request that may not be made twice that it is under way.
//! If the node dies before the answer is written, or the answer is lost on its way, nobody knows whether the
//! message went out: then people are asked, rather than the customer written to twice.

mod attempt;
mod left_out;
mod outgoing;
mod settled;

use kerros_domain::id::{ChannelId, ConversationId, MessageId};
use kerros_domain::message::DeliveryState;
use kerros_domain::time::Timestamp;
use outgoing::Unaddressed;
use serde::{Deserialize, Serialize};
use settled::Settled;
use tokio::time::{Duration, sleep};

use crate::change;
use crate::channel_health::NAP_MS;
use crate::ctx::Ctx;
use crate::draft::Draft;
use crate::ports::channel::Outcome;
use crate::ports::meter::Measure;
use crate::ports::outbound::Response;
use crate::ports::plugin::Call;
use crate::ports::store::{Changes, End, Job, JobEnd, JobKind, Scope, delivery_line};
use crate::tenant::{PluginUse, Sending};
use crate::work::{self, Failure};

/// What a delivery's job carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Payload {
    pub conversation: ConversationId,
    pub message: MessageId,
    /// From when on its expiry is counted, milliseconds since 1970: when it was written, or when a person asked to send
    /// it again. 0 is the next attempt: it was given up, and whoever wakes it begins anew.
    pub since_ms: i64,
    /// Answers to steps that are done and are not done again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub so_far: Vec<Response>,
    /// Requests are under way whose end is not written yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub under_way: bool,
    /// The thread it opened, kept until it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// Who did not get it although the customer did, each with the mail server's words; kept until it is written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}

impl Payload {
    /// When it is given up if it has not gone out.
    pub(super) fn expires_at(&self, sending: &Sending) -> Timestamp {
        let ms = i64::try_from(sending.expires_s.saturating_mul(1000)).unwrap_or(i64::MAX / 2);
        Timestamp(self.since_ms.saturating_add(ms))
    }
}

/// The job of a delivery.
pub(crate) fn job(ctx: &Ctx, draft: &Draft, message: MessageId, via: Option<&ChannelId>) -> Job {
    let conversation = draft.conversation.id;
    let payload = Payload {
        conversation,
        message,
        since_ms: draft.now.0,
        so_far: Vec::new(),
        under_way: false,
        thread: None,
        left_out: Vec::new(),
    };
    Job {
        id: ctx.job_id(draft.now),
        tenant: draft.conversation.tenant.clone(),
        kind: JobKind::Deliver,
        // A slow shared channel does not hold up the answer to the customer.
        order_key: delivery_line(conversation, via.unwrap_or(&draft.conversation.channel)),
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
    let mut payload: Payload =
        serde_json::from_str(&job.payload).map_err(|fault| Failure::Failed(fault.to_string()))?;
    let scope = Scope::One(job.tenant.clone());
    let Some(posted) = ctx.store.posted(&scope, payload.message).await? else {
        return work::end(ctx, job).await;
    };
    let (message, conversation) = (&posted.message, &posted.conversation);
    // Sent already, before a crash could end the job. Failed is tried again: somebody asked to.
    let open = [Some(DeliveryState::Pending), Some(DeliveryState::Failed)];
    if !open.contains(&message.delivery) {
        return work::end(ctx, job).await;
    }
    if payload.since_ms == 0 {
        payload.since_ms = ctx.now().0;
        remember(ctx, job, &payload).await?;
    }
    let channel = message.about.via.clone().unwrap_or_else(|| conversation.channel.clone());
    let tenant = ctx.tenants.get(&job.tenant);
    let plugin = tenant.as_ref().and_then(|tenant| tenant.channels.get(&channel));
    let sending = plugin.map_or_else(Sending::default, |plugin| plugin.sending.clone());
    let outcome = if payload.under_way && !sending.idempotent {
        Settled::unknown("the node stopped while the message was on its way")
    } else if ctx.now() >= payload.expires_at(&sending) {
        // Looked at before the turn, too: a pause or a message before it may have held it up for days.
        Settled::expired(job, &sending)
    } else if let (Some(tenant), Some(plugin)) = (&tenant, plugin) {
        let turn = ctx.channels_now.turn(&job.tenant, &channel, sending.rate, job.id, ctx.now());
        let wait = turn.since(ctx.now());
        if wait > NAP_MS {
            let run_at = turn.min(payload.expires_at(&sending));
            let end = End::Postponed { run_at };
            let postponed = JobEnd { id: job.id, owner: ctx.node.clone(), end };
            return work::give_back_as(ctx, job, postponed).await;
        }
        if wait > 0 {
            sleep(Duration::from_millis(u64::try_from(wait).unwrap_or(0))).await;
        }
        match outgoing::outgoing(ctx, job, tenant, &channel, &posted).await? {
            Ok(outgoing) => {
                let call = Call { tenant: &job.tenant, plugin, trace: &job.trace };
                let ended = attempt::attempt(ctx, job, call, &outgoing, &mut payload).await?;
                note(ctx, job, plugin, &channel, &ended);
                Settled::of(ctx, job, &payload, &sending, ended)
            }
            Err(Unaddressed::AddressMissing) => {
                Settled::rejected("the customer has no address on this channel")
            }
            Err(Unaddressed::ThreadPending) => {
                let outcome = Outcome::retry("its case is not posted yet");
                Settled::of(ctx, job, &payload, &sending, attempt::Ended::Known(outcome))
            }
            Err(Unaddressed::ThreadMissing) => {
                Settled::rejected("its case has no thread on this channel")
            }
        }
    } else {
        let ended = attempt::Ended::Known(Outcome::retry("the channel is not configured"));
        Settled::of(ctx, job, &payload, &sending, ended)
    };
    tracing::info!(
        tenant = %job.tenant, %channel, trace = job.trace, conversation = %payload.conversation, id = %payload.message,
        attempt = job.attempt, outcome = outcome.word, "delivery"
    );
    ctx.meter.record(Measure::Delivery {
        tenant: &job.tenant,
        channel: &channel,
        outcome: outcome.word,
    });
    settled::keep(ctx, job, &scope, &channel, &mut payload, &outcome, posted.conversation).await
}

/// What an attempt tells of its channel.
fn note(ctx: &Ctx, job: &Job, plugin: &PluginUse, channel: &ChannelId, ended: &attempt::Ended) {
    let now = ctx.now();
    let error = match ended {
        attempt::Ended::Known(Outcome::Delivered { .. }) => None,
        attempt::Ended::Known(Outcome::RetryAfter { reason, after_ms, whole_channel }) => {
            if *whole_channel {
                let ms = after_ms.map_or(30_000, |ms| ms.clamp(1000, 6 * 3_600_000));
                let until = now.plus_millis(i64::try_from(ms).unwrap_or(30_000));
                ctx.channels_now.pause(&job.tenant, channel, until, reason);
                tracing::warn!(tenant = %job.tenant, %channel, plugin = %plugin.plugin, ms, "a channel pauses");
            }
            Some(reason.as_str())
        }
        // The provider works: it is this message that it does not take.
        attempt::Ended::Known(Outcome::Rejected { .. }) => None,
        attempt::Ended::Unknown { reason } => Some(reason.as_str()),
    };
    ctx.channels_now.note(&job.tenant, channel, now, error);
}

/// Writes what a job remembers, while it stays held.
pub(super) async fn remember(ctx: &Ctx, job: &Job, payload: &Payload) -> Result<(), Failure> {
    let end = End::Kept { payload: work::to_payload(payload) };
    let end = JobEnd { id: job.id, owner: ctx.node.clone(), end };
    let changes = Changes { job_ends: vec![end], ..Changes::default() };
    Ok(change::commit(ctx, &Scope::One(job.tenant.clone()), changes).await?)
}
