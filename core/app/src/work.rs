//! This node's background work: jobs, timers, routing.
//!
//! Jobs run in one [lane](lane) per kind, so that a slow provider never holds up intake. Within a
//! lane, jobs of one order key run one after the other and those of different keys side by side: a
//! job that fails holds up its own key and nothing else.
//!
//! A job is the database's: this node only holds it for the time of a lease, which it keeps up. A
//! node that dies loses its leases, and another takes the jobs over. Whoever lost a lease cannot
//! commit the job's end, so nothing is done twice.

mod backoff;
mod claim;
mod handle;
mod lane;
pub(crate) mod router;
pub(crate) mod sweep;
mod timers;

use std::panic::AssertUnwindSafe;

pub(crate) use backoff::Plan;
use futures::FutureExt;
use futures::future::join_all;
pub use handle::Handle;
use handle::Over;
use kerros_domain::time::Timestamp;
use serde::Serialize;
use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn};
use tokio::time::{Duration, Instant, sleep};

use crate::ctx::Ctx;
use crate::ports::meter::Measure;
use crate::ports::store::{Changes, End, Job, JobEnd, JobKind, Scope, StoreError};
use crate::{bot_turn, change, deliver, fetch, intake};

/// How a node works. Times in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Intake and bot jobs that run at the same time, each.
    pub shards: usize,
    /// Deliveries that run at the same time.
    pub deliveries: usize,
    /// How long a job is held without a sign of life.
    pub lease_ms: i64,
    /// How often leftover jobs are looked for.
    pub claim_ms: u64,
    /// How often timers are looked for.
    pub tick_ms: u64,
    /// How often the router looks at every queue; it also does when something is queued.
    pub route_ms: u64,
    /// Whether this is the only node on its database (SQLite): then fresh jobs need not be claimed,
    /// and jobs held by anybody else at the start were left by a killed process.
    pub sole: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            shards: 64,
            deliveries: 256,
            lease_ms: 15_000,
            claim_ms: 1000,
            tick_ms: 250,
            route_ms: 1000,
            sole: true,
        }
    }
}

/// Why a job did not get done. Nothing is written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Others wrote meanwhile, or the lease is lost.
    #[error("others wrote meanwhile")]
    Conflict,
    /// No database: it stays held and is tried again.
    #[error("store unavailable")]
    Unavailable,
    /// It failed; tried again soon, a few times.
    #[error("{0}")]
    Failed(String),
    /// It failed for a reason that may last; tried again for a day.
    #[error("{0}")]
    Later(String),
    /// It breaks its plugin. The same thing breaks the same version and config again, and whoever waits behind it
    /// has done nothing: tried again soon, a few times, then given up.
    #[error("{error}")]
    Broke {
        /// How.
        error: String,
        /// How often it has broken this version and config, this time counted.
        times: u32,
        /// The job's payload, which remembers that.
        payload: String,
    },
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Conflict,
            StoreError::Unavailable(_) => Self::Unavailable,
            StoreError::Duplicate | StoreError::Refused(_) => Self::Failed(error.to_string()),
        }
    }
}

/// The running work of a node. Dropped, it works on until `shutdown`.
pub struct Running {
    tasks: Vec<JoinHandle<()>>,
    ctx: Ctx,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").field("tasks", &self.tasks.len()).finish_non_exhaustive()
    }
}

impl Running {
    /// Waits, after `shutdown`, until what runs has ended, then gives the other leases back.
    pub async fn ended(self) {
        for end in join_all(self.tasks).await {
            if let Err(fault) = end {
                tracing::error!(%fault, "a worker broke");
            }
        }
        let ctx = self.ctx;
        match ctx.store.release(&ctx.node).await {
            Ok(released) => tracing::info!(released, "work has ended"),
            Err(error) => tracing::warn!(%error, "leases were not given back; they run out"),
        }
    }
}

/// Starts this node's work; it ends when `shutdown` turns `true` (or its sender is gone). At most
/// once per [`Ctx`].
pub fn start(ctx: Ctx, config: Config, shutdown: watch::Receiver<bool>) -> Running {
    ctx.queue.open(&config);
    let mut tasks = Vec::new();
    for kind in JobKind::ALL {
        let workers = match kind {
            JobKind::Intake | JobKind::BotTurn => config.shards,
            JobKind::Deliver | JobKind::Fetch => config.deliveries,
        };
        for _ in 0..workers.max(1) {
            let ctx = ctx.clone();
            tasks.push(spawn(async move { worker(&ctx, kind).await }));
        }
    }
    tasks.push(spawn(claim::run(ctx.clone(), config.clone(), shutdown.clone())));
    tasks.push(spawn(claim::keep_leases(ctx.clone(), config.clone(), shutdown.clone())));
    tasks.push(spawn(timers::run(ctx.clone(), config.clone(), shutdown.clone())));
    tasks.push(spawn(router::run(ctx.clone(), config, shutdown.clone())));
    tasks.push(spawn(sweep::run(ctx.clone(), shutdown.clone())));
    let queue = ctx.queue.clone();
    tasks.push(spawn(async move {
        ended(shutdown).await;
        queue.close();
    }));
    Running { tasks, ctx }
}

/// Comes back when the node shall stop.
async fn ended(mut shutdown: watch::Receiver<bool>) {
    // Without a sender nobody is left to wait for.
    let _ = shutdown.wait_for(|stop| *stop).await;
}

/// Takes jobs of one kind until the queue is closed.
async fn worker(ctx: &Ctx, kind: JobKind) {
    while let Some(job) = ctx.queue.next(kind).await {
        let over = attempt(ctx, &job).await;
        let back = ctx.queue.finish(&job, over);
        if !back.is_empty()
            && let Err(error) = ctx.store.give_back(&ctx.node, &back).await
        {
            tracing::warn!(%error, jobs = back.len(), "jobs were not given back; their leases run out");
        }
    }
}

/// Runs a job until it has an end: done, to be tried later, dead, or somebody else's.
async fn attempt(ctx: &Ctx, job: &Job) -> Over {
    let mut conflicts = 0;
    loop {
        if !ctx.queue.holds(job.id) {
            return Over::Lost;
        }
        let began = Instant::now();
        // A panic in one job must not end the worker.
        let result = AssertUnwindSafe(one(ctx, job)).catch_unwind().await;
        let result = result.unwrap_or_else(|_| Err(Failure::Failed("it panicked".to_owned())));
        let seconds = began.elapsed().as_secs_f64();
        let kind = job.kind.as_str();
        let record = |outcome| ctx.meter.record(Measure::Job { kind, outcome, seconds });
        match result {
            Ok(()) => {
                record("done");
                return Over::Ended;
            }
            Err(Failure::Conflict) => {
                record("conflict");
                conflicts += 1;
                if conflicts >= 3 || !still_held(ctx, job).await {
                    return give_back(ctx, job, &Failure::Conflict).await;
                }
            }
            Err(Failure::Unavailable) => {
                // Nothing can be done without the database, not even giving the job back.
                if ctx.queue.is_closed() {
                    return Over::Lost;
                }
                sleep(Duration::from_millis(500)).await;
            }
            Err(failure) => {
                record("retry");
                return give_back(ctx, job, &failure).await;
            }
        }
    }
}

#[tracing::instrument(
    level = "debug", name = "job", skip_all,
    fields(kind = job.kind.as_str(), tenant = %job.tenant, trace = job.trace, id = %job.id)
)]
async fn one(ctx: &Ctx, job: &Job) -> Result<(), Failure> {
    match job.kind {
        JobKind::Intake => intake::run(ctx, job).await,
        JobKind::BotTurn => bot_turn::run(ctx, job).await,
        JobKind::Deliver => deliver::run(ctx, job).await,
        JobKind::Fetch => fetch::run(ctx, job).await,
    }
}

async fn still_held(ctx: &Ctx, job: &Job) -> bool {
    match ctx.store.extend(&ctx.queue.lease(ctx.now()), &[job.id]).await {
        Ok(held) => held.contains(&job.id),
        Err(_) => true,
    }
}

/// Writes a failed job's next attempt, or its end.
async fn give_back(ctx: &Ctx, job: &Job, failure: &Failure) -> Over {
    let now = ctx.now();
    let error = failure.to_string();
    let next = match failure {
        Failure::Conflict => Plan::AT_ONCE.next(job, now, job_began(job), None),
        Failure::Later(_) => Plan::PATIENT.next(job, now, job_began(job), None),
        Failure::Failed(_) | Failure::Unavailable => {
            Plan::SHORT.next(job, now, job_began(job), None)
        }
        // Only these failures count, and from the first of them: it may have waited for long before.
        Failure::Broke { times, .. } => {
            Plan::SHORT.next(&Job { attempt: *times, ..job.clone() }, now, now, None)
        }
    };
    let end = match next {
        Some(run_at) => End::Retry { run_at, error },
        None => End::Dead { error },
    };
    let retried = matches!(end, End::Retry { .. });
    tracing::warn!(
        kind = job.kind.as_str(), tenant = %job.tenant, trace = job.trace, id = %job.id,
        attempt = job.attempt, retried, error = %failure, "a job failed"
    );
    let end = JobEnd { id: job.id, owner: ctx.node.clone(), end };
    if retried {
        ctx.queue.expect(job);
    }
    let mut job_ends = Vec::new();
    if let Failure::Broke { payload, .. } = failure {
        let end = End::Kept { payload: payload.clone() };
        job_ends.push(JobEnd { id: job.id, owner: ctx.node.clone(), end });
    }
    job_ends.push(end);
    let changes = Changes { job_ends, ..Changes::default() };
    match ctx.store.commit(&Scope::Platform, changes).await {
        Ok(()) if retried => Over::Retried,
        Ok(()) => {
            let kind = job.kind.as_str();
            ctx.meter.record(Measure::Job { kind, outcome: "dead", seconds: 0.0 });
            Over::Ended
        }
        Err(error) => {
            tracing::warn!(id = %job.id, %error, "a failed job was not given back; its lease runs out");
            if retried {
                ctx.queue.forget(job);
            }
            Over::Lost
        }
    }
}

/// Gives a held job back with an end that leaves it to be claimed later.
///
/// # Errors
/// When that cannot be written: its lease runs out.
pub(crate) async fn give_back_as(ctx: &Ctx, job: &Job, end: JobEnd) -> Result<(), Failure> {
    let changes = Changes { job_ends: vec![end], ..Changes::default() };
    change::commit(ctx, &Scope::One(job.tenant.clone()), changes).await?;
    ctx.queue.comes_again(job.id);
    Ok(())
}

/// When a job was made: its id is sortable by time (UUID version 7, RFC 9562 section 5.7).
pub(crate) fn job_began(job: &Job) -> Timestamp {
    let bytes = job.id.0.as_bytes();
    let ms = bytes[..6].iter().fold(0_i64, |ms, byte| (ms << 8) | i64::from(*byte));
    Timestamp(ms)
}

/// The end of a job that is done, for its commit.
pub(crate) fn done(ctx: &Ctx, job: &Job) -> JobEnd {
    JobEnd { id: job.id, owner: ctx.node.clone(), end: End::Done }
}

/// Ends a job that has nothing to do.
pub(crate) async fn end(ctx: &Ctx, job: &Job) -> Result<(), Failure> {
    let changes = Changes { job_ends: vec![done(ctx, job)], ..Changes::default() };
    Ok(change::commit(ctx, &Scope::One(job.tenant.clone()), changes).await?)
}

/// A job's payload as JSON.
pub(crate) fn to_payload<T: Serialize>(payload: &T) -> String {
    // Plain structs of ids, numbers and texts always have a JSON form; an empty text would be a
    // dead letter that says so.
    serde_json::to_string(payload).unwrap_or_default()
}

/// Milliseconds as seconds, for metrics.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52 ms")]
pub(crate) fn seconds(ms: i64) -> f64 {
    ms.max(0) as f64 / 1000.0
}
