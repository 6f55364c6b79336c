//! Takes runnable jobs from the database, and keeps up the leases of those in memory.

use kerros_domain::time::Timestamp;
use tokio::sync::watch;
use tokio::time::{Duration, MissedTickBehavior, interval, sleep};

use super::{Config, ended};
use crate::ctx::Ctx;
use crate::ports::store::{JobKind, StoreError};

/// Jobs claimed at once.
const BATCH: usize = 256;

/// Between two claims: a thousand commits a second need no thousand claims.
const PAUSE: Duration = Duration::from_millis(5);

/// Claims whenever woken, and every so often for what others left.
pub(super) async fn run(ctx: Ctx, config: Config, shutdown: watch::Receiver<bool>) {
    let mut released = !config.sole;
    let mut tick = interval(Duration::from_millis(config.claim_ms.max(1)));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let stop = ended(shutdown);
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return,
            _ = tick.tick() => {}
            () = ctx.queue.woken() => {}
        }
        if !released {
            match ctx.store.release_others(&ctx.node).await {
                Ok(jobs) => {
                    tracing::info!(jobs, "jobs left by the process before");
                    released = true;
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot look for jobs");
                    continue;
                }
            }
        }
        if let Err(error) = claim_all(&ctx).await {
            tracing::warn!(%error, "cannot claim jobs");
            continue;
        }
        if let Err(error) = look_for_a_lull(&ctx).await {
            tracing::warn!(%error, "cannot count jobs");
        }
        ctx.queue.sweep(ctx.now());
        // Whoever wakes it meanwhile is served by one claim.
        sleep(PAUSE).await;
    }
}

async fn claim_all(ctx: &Ctx) -> Result<(), StoreError> {
    loop {
        let limit = ctx.queue.room().min(BATCH);
        if limit == 0 || ctx.queue.is_closed() {
            return Ok(());
        }
        let now = ctx.now();
        let asked = u32::try_from(limit).unwrap_or(u32::MAX);
        let full = ctx.queue.full();
        let lease = ctx.queue.lease(now);
        let jobs = if ctx.queue.is_sole() {
            ctx.store.claim_lines(&lease, now, asked, &full).await?
        } else {
            ctx.store.claim(&lease, now, asked, &full).await?
        };
        let found = jobs.len();
        ctx.queue.take_in(jobs);
        if found < limit {
            return Ok(());
        }
    }
}

/// After the start: waits for a moment without any job, after which fresh jobs are held from birth.
async fn look_for_a_lull(ctx: &Ctx) -> Result<(), StoreError> {
    for kind in [JobKind::Intake, JobKind::BotTurn] {
        if !ctx.queue.wants_clear(kind) {
            continue;
        }
        let Some(mark) = ctx.queue.lull(kind) else { continue };
        let counts = ctx.store.job_counts().await?;
        if !counts.iter().any(|count| count.kind == kind && count.waiting > 0) {
            ctx.queue.set_clear(kind, mark);
        }
    }
    Ok(())
}

/// Keeps up leases, at a third of their length.
pub(super) async fn keep_leases(ctx: Ctx, config: Config, shutdown: watch::Receiver<bool>) {
    let third = u64::try_from(config.lease_ms / 3).unwrap_or(1).max(1);
    let mut tick = interval(Duration::from_millis(third));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let stop = ended(shutdown);
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            _ = tick.tick() => extend(&ctx, ctx.now()).await,
        }
    }
    // What still runs keeps its lease until it has ended, a bounded time.
    for _ in 0..40 {
        if ctx.queue.is_idle() {
            return;
        }
        tick.tick().await;
        extend(&ctx, ctx.now()).await;
    }
}

async fn extend(ctx: &Ctx, now: Timestamp) {
    let ids = ctx.queue.to_extend(now);
    if ids.is_empty() {
        return;
    }
    let lease = ctx.queue.lease(now);
    match ctx.store.extend(&lease, &ids).await {
        Ok(kept) => {
            if kept.len() < ids.len() {
                // Jobs that ended meanwhile are among them; those are forgotten already.
                tracing::debug!(asked = ids.len(), kept = kept.len(), "leases kept up");
            }
            ctx.queue.extended(&ids, &kept, lease.until);
        }
        Err(error) => tracing::warn!(%error, jobs = ids.len(), "leases were not kept up"),
    }
}
