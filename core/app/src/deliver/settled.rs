//! What an attempt's outcome writes, and writing it.

use kerros_domain::about::{Failure as NotArrived, Purpose};
use kerros_domain::command::Command;
use kerros_domain::conversation::Conversation;
use kerros_domain::id::ChannelId;
use kerros_domain::message::DeliveryState;
use kerros_domain::time::Timestamp;
use tokio::time::{Duration, sleep};

use super::Payload;
use super::attempt::Ended;
use crate::change;
use crate::clean;
use crate::ctx::Ctx;
use crate::draft::Draft;
use crate::ports::channel::Outcome;
use crate::ports::store::{Changes, End, Job, JobEnd, MessageUpdate, Scope, StoreError};
use crate::tenant::Sending;
use crate::work::{self, Failure, Plan};
use crate::{bad_address, recipient};

/// Other writers that are waited out, a millisecond longer each time.
const CONFLICTS: u64 = 1000;

/// What an attempt's outcome writes.
pub(super) struct Settled {
    /// For the metrics.
    pub word: &'static str,
    end: End,
    /// The message's new state.
    state: Option<DeliveryState>,
    external_id: Option<String>,
    thread: Option<String>,
    failure: Option<NotArrived>,
    bad_address: bool,
}

impl Settled {
    fn given_up(word: &'static str, failure: NotArrived, bad_address: bool) -> Self {
        Self {
            word,
            end: End::Dead { error: failure.reason.clone() },
            state: Some(DeliveryState::Failed),
            external_id: None,
            thread: None,
            failure: Some(failure),
            bad_address,
        }
    }

    /// Never.
    pub fn rejected(reason: &str) -> Self {
        let failure = NotArrived { reason: clean::line(reason, 500), ..NotArrived::default() };
        Self::given_up("rejected", failure, false)
    }

    /// It may have gone out: people decide.
    pub fn unknown(reason: &str) -> Self {
        let failure = NotArrived {
            reason: clean::line(reason, 500),
            alternatives: Vec::new(),
            maybe_sent: true,
        };
        Self::given_up("unknown", failure, false)
    }

    /// Its time is over before it could go out.
    pub fn expired(job: &Job, sending: &Sending) -> Self {
        let last = job.last_error.as_deref().map(|error| format!("; last: {error}"));
        let reason = format!(
            "expired: not sent within {} minutes{}",
            sending.expires_s.div_ceil(60),
            last.unwrap_or_default()
        );
        let failure = NotArrived { reason: clean::line(&reason, 500), ..NotArrived::default() };
        Self::given_up("expired", failure, false)
    }

    /// What an outcome means.
    pub fn of(ctx: &Ctx, job: &Job, payload: &Payload, sending: &Sending, ended: Ended) -> Self {
        match ended {
            Ended::Unknown { reason } => Self::unknown(&reason),
            Ended::Known(Outcome::Delivered { external_id, state, thread }) => {
                // A provider that took it cannot leave it pending.
                let state = match state {
                    DeliveryState::Pending | DeliveryState::Failed => DeliveryState::Sent,
                    further => further,
                };
                let line = |text: Option<String>| {
                    text.map(|text| clean::line(&text, 500)).filter(|text| !text.is_empty())
                };
                Self {
                    word: "sent",
                    end: End::Done,
                    state: Some(state),
                    external_id: line(external_id),
                    thread: line(thread),
                    // The customer has it; that others have not is said all the same.
                    failure: (!payload.left_out.is_empty()).then(|| NotArrived {
                        reason: clean::line(&payload.left_out.join("; "), 500),
                        ..NotArrived::default()
                    }),
                    bad_address: false,
                }
            }
            Ended::Known(Outcome::Rejected { reason, alternatives, bad_address }) => {
                let alternatives = alternatives.iter().take(10).map(|word| clean::line(word, 40));
                let failure = NotArrived {
                    reason: clean::line(&reason, 500),
                    alternatives: alternatives.filter(|word| !word.is_empty()).collect(),
                    maybe_sent: false,
                };
                Self::given_up("rejected", failure, bad_address)
            }
            Ended::Known(Outcome::RetryAfter { after_ms, reason, .. }) => {
                let error = clean::line(&reason, 500);
                let since = Timestamp(payload.since_ms);
                let plan = Plan::delivery(sending.expires_s);
                match plan.next(job, ctx.now(), since, after_ms) {
                    Some(run_at) => Self {
                        word: "retry",
                        end: End::Retry { run_at, error },
                        state: None,
                        external_id: None,
                        thread: None,
                        failure: None,
                        bad_address: false,
                    },
                    None => {
                        let failure = NotArrived { reason: error, ..NotArrived::default() };
                        Self::given_up("dead", failure, false)
                    }
                }
            }
        }
    }
}

/// Keeps the outcome. It has happened already and must not happen again, so other writers and an
/// absent database are waited out; only the end of the process, or of the lease, ends that.
pub(super) async fn keep(
    ctx: &Ctx,
    job: &Job,
    scope: &Scope,
    channel: &ChannelId,
    payload: &mut Payload,
    settled: &Settled,
    known: Conversation,
) -> Result<(), Failure> {
    payload.under_way = false;
    if matches!(settled.end, End::Dead { .. }) {
        // Whoever sends it again begins anew: an upload may have run out by then, and its time counts from there.
        payload.so_far.clear();
        payload.since_ms = 0;
    }
    let mut lost = 0;
    let mut known = Some(known);
    loop {
        // As it was read for the attempt; read again if somebody wrote meanwhile.
        match keep_once(ctx, job, scope, channel, payload, settled, known.take()).await {
            Ok(()) => return Ok(()),
            Err(StoreError::Conflict) if lost < CONFLICTS && ctx.queue.holds(job.id) => {
                lost += 1;
                sleep(Duration::from_millis(lost.min(50))).await;
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
    channel: &ChannelId,
    payload: &Payload,
    settled: &Settled,
    known: Option<Conversation>,
) -> Result<(), StoreError> {
    let end = |end| JobEnd { id: job.id, owner: ctx.node.clone(), end };
    let mut changes = Changes::default();
    // What this attempt marked before its first request is taken back, else the next one would take the message
    // for one that may have gone out.
    if settled.end != End::Done {
        changes.job_ends.push(end(End::Kept { payload: work::to_payload(payload) }));
    }
    changes.job_ends.push(end(settled.end.clone()));
    let Some(state) = settled.state else {
        change::commit(ctx, scope, changes).await?;
        ctx.queue.comes_again(job.id);
        return Ok(());
    };
    let found = match known {
        Some(known) => Some(known),
        None => ctx.store.conversation(scope, payload.conversation).await?,
    };
    let tenant = ctx.tenants.get(&job.tenant);
    let (Some(conversation), Some(tenant)) = (found, tenant) else {
        return change::commit(ctx, scope, changes).await;
    };
    let mut draft = Draft::of(tenant, conversation, ctx.now(), &job.trace);
    let message = payload.message;
    let reason = settled.failure.as_ref().map(|failure| failure.reason.clone());
    if let Err(error) = draft.follow(Command::SetDelivery { message, state, reason }) {
        tracing::error!(trace = job.trace, %error, "a delivery's state was refused");
    }
    draft.updates.push(MessageUpdate {
        tenant: job.tenant.clone(),
        id: message,
        delivery: state,
        external_id: settled.external_id.clone(),
        failure: settled.failure.clone(),
    });
    if let Some(thread) = &settled.thread {
        let said = ctx.store.message(scope, message).await?;
        if said.is_some_and(|said| said.about.purpose == Purpose::Case) {
            draft.beside.case_threads.push((channel.clone(), thread.clone()));
        }
    }
    change::finish(ctx, scope, &mut draft, changes).await?;
    if settled.bad_address {
        // By itself: the outcome above has happened and must be kept, whatever becomes of the mark.
        let contact = ctx.store.contact(scope, draft.conversation.contact).await?;
        let reason = settled.failure.as_ref().map_or("", |failure| failure.reason.as_str());
        let marked = contact.and_then(|contact| {
            let (on, address) = recipient::of(&draft.tenant, &contact, channel)?.clone();
            bad_address::mark(contact, &on, Some(&address), reason, draft.now)
        });
        let marks = Changes { contacts: marked.into_iter().collect(), ..Changes::default() };
        if !marks.contacts.is_empty()
            && let Err(error) = change::commit(ctx, scope, marks).await
        {
            tracing::warn!(%error, "an address that takes no messages is not marked");
        }
    }
    Ok(())
}
