//! Takes away what nobody needs any more: raw things past their time, and files that no message took.

use tokio::sync::watch;
use tokio::time::{Duration, MissedTickBehavior, interval, sleep};

use super::ended;
use crate::ctx::Ctx;
use crate::ports::store::StoreError;

/// How often.
const EVERY: Duration = Duration::from_secs(3600);
/// Rows taken away in one commit, so that nobody waits for long.
const TOGETHER: u32 = 500;
/// A file is kept this long for the message that may still take it: intake is tried for a day.
const ORPHAN_MS: i64 = 3 * 24 * 3_600_000;
const DAY_MS: i64 = 24 * 3_600_000;

/// Sweeps every hour, on one node of those that share a database.
pub(super) async fn run(ctx: Ctx, shutdown: watch::Receiver<bool>) {
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let stop = ended(shutdown);
    tokio::pin!(stop);
    // Not at the start: then everything else is in a hurry.
    tick.tick().await;
    loop {
        tokio::select! {
            () = &mut stop => return,
            _ = tick.tick() => {}
        }
        let now = ctx.now();
        let until = now.plus_millis(2 * 3_600_000);
        match ctx.store.lead("sweep", &ctx.node, now, until).await {
            Ok(true) => {}
            Ok(false) => continue,
            Err(error) => {
                tracing::warn!(%error, "cannot sweep");
                continue;
            }
        }
        if let Err(error) = inbound(&ctx).await {
            tracing::warn!(%error, "raw things were not swept");
        }
        match ctx.files.sweep(now.plus_millis(-ORPHAN_MS), now).await {
            Ok(0) => {}
            Ok(files) => tracing::info!(files, "files that no message took are gone"),
            Err(error) => tracing::warn!(%error, "files were not swept"),
        }
    }
}

/// Takes away raw things that are older than their tenant keeps them; returns how many.
///
/// # Errors
/// Without a database.
pub(crate) async fn inbound(ctx: &Ctx) -> Result<u64, StoreError> {
    let mut gone = 0;
    for tenant in ctx.tenants.all() {
        let days = i64::from(tenant.manners.inbound_days);
        if days == 0 {
            continue;
        }
        let before = ctx.now().plus_millis(-days * DAY_MS);
        loop {
            let swept = ctx.store.sweep_inbound(&tenant.policy.id, before, TOGETHER).await?;
            gone += swept;
            if swept < u64::from(TOGETHER) || ctx.queue.is_closed() {
                break;
            }
            sleep(Duration::from_millis(50)).await;
        }
    }
    if gone > 0 {
        tracing::info!(gone, "raw things past their time are gone");
    }
    Ok(gone)
}
