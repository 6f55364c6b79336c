//! How each channel does now: whether it sends, how fast it may, what it failed with.
//!
//! All of it is this node's memory. A restart forgets a pause and costs one attempt that the provider
//! refuses again; what waits is in the database. With several nodes each keeps to the rate by itself, so
//! a tenant's `rate` is to be divided by their number.

use std::collections::{HashMap, VecDeque};

use kerros_domain::id::{ChannelId, JobId, TenantId};
use kerros_domain::time::Timestamp;
use parking_lot::Mutex;
use serde::Serialize;

use crate::caller::Caller;
use crate::clean;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::ports::store::Scope;
use crate::tenant::Rate;

/// Minutes that the error share looks back.
const WINDOW: i64 = 60;
/// A wait shorter than this is slept through rather than written down. Milliseconds.
pub(crate) const NAP_MS: i64 = 200;

/// How one channel does.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChannelHealth {
    /// Whose.
    pub tenant: TenantId,
    /// Which.
    pub channel: ChannelId,
    /// Its plugin.
    pub plugin: String,
    /// The last message that the provider took.
    pub last_sent_at: Option<Timestamp>,
    /// The last attempt that failed.
    pub last_failed_at: Option<Timestamp>,
    /// What it failed with.
    pub last_error: Option<String>,
    /// Attempts of the last hour that went out.
    pub sent: u64,
    /// Attempts of the last hour that failed.
    pub failed: u64,
    /// It sends nothing until then: the provider asked everybody to slow down.
    pub paused_until: Option<Timestamp>,
    /// Why, in the provider's words.
    pub paused_why: Option<String>,
    /// Messages that wait to go out, on all nodes; only where it was asked for.
    pub waiting: u64,
}

impl ChannelHealth {
    /// Failed attempts of the last hour as a share of all, 0 to 1.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "an hour's attempts are far below 2^52")]
    pub fn error_share(&self) -> f64 {
        let all = self.sent + self.failed;
        if all == 0 { 0.0 } else { self.failed as f64 / all as f64 }
    }
}

#[derive(Default)]
struct Now {
    paused_until: Option<Timestamp>,
    paused_why: String,
    /// When the next message may leave, if the rate is kept.
    free_at_us: i64,
    /// Places in the line that were given already.
    reserved: HashMap<JobId, Timestamp>,
    last_sent_at: Option<Timestamp>,
    last_failed_at: Option<Timestamp>,
    last_error: Option<String>,
    /// Minute, sent, failed; oldest first.
    minutes: VecDeque<(i64, u64, u64)>,
}

/// What this node knows of its channels.
#[derive(Default)]
pub(crate) struct Channels(Mutex<HashMap<(TenantId, ChannelId), Now>>);

impl Channels {
    fn with<T>(&self, tenant: &TenantId, channel: &ChannelId, f: impl FnOnce(&mut Now) -> T) -> T {
        f(self.0.lock().entry((tenant.clone(), channel.clone())).or_default())
    }

    /// When a job may try: now, or the moment its turn comes. A job that was given a moment keeps it.
    pub fn turn(
        &self,
        tenant: &TenantId,
        channel: &ChannelId,
        rate: Option<Rate>,
        job: JobId,
        now: Timestamp,
    ) -> Timestamp {
        self.with(tenant, channel, |state| {
            let paused = state.paused_until.filter(|until| *until > now);
            state.paused_until = paused;
            if let Some(at) = state.reserved.remove(&job)
                && at <= now
                && paused.is_none()
            {
                return now;
            }
            let from = paused.unwrap_or(now);
            let Some(rate) = rate else { return from };
            // A bucket that holds one second's worth: so much may go at once after a quiet time.
            let gap_us = rate.gap_us();
            let now_us = now.0.saturating_mul(1000);
            let burst_us = gap_us.saturating_mul(i64::from(rate.burst().saturating_sub(1)));
            let at_us = state
                .free_at_us
                .max(now_us.saturating_sub(burst_us))
                .max(from.0.saturating_mul(1000) - burst_us);
            state.free_at_us = at_us.saturating_add(gap_us);
            let at = Timestamp(at_us.div_euclid(1000)).max(from);
            if at > now.plus_millis(NAP_MS) {
                state.reserved.retain(|_, held| *held > now.plus_millis(-60_000));
                state.reserved.insert(job, at);
            }
            at
        })
    }

    /// The channel sends nothing until then.
    pub fn pause(&self, tenant: &TenantId, channel: &ChannelId, until: Timestamp, why: &str) {
        self.with(tenant, channel, |state| {
            state.paused_until = Some(state.paused_until.map_or(until, |known| known.max(until)));
            state.paused_why = clean::line(why, 500);
        });
    }

    /// Notes how an attempt ended.
    pub fn note(
        &self,
        tenant: &TenantId,
        channel: &ChannelId,
        now: Timestamp,
        error: Option<&str>,
    ) {
        self.with(tenant, channel, |state| {
            let minute = now.0.div_euclid(60_000);
            if state.minutes.back().is_none_or(|(last, _, _)| *last != minute) {
                state.minutes.push_back((minute, 0, 0));
            }
            while state.minutes.front().is_some_and(|(first, _, _)| *first <= minute - WINDOW) {
                state.minutes.pop_front();
            }
            if let Some((_, sent, failed)) = state.minutes.back_mut() {
                *(if error.is_some() { failed } else { sent }) += 1;
            }
            match error {
                Some(error) => {
                    state.last_failed_at = Some(now);
                    state.last_error = Some(error.to_owned());
                }
                None => state.last_sent_at = Some(now),
            }
        });
    }
}

/// How the channels of a tenant do, by name: what waits on all nodes, the rest on this one. Supervisors only.
///
/// # Errors
/// `Forbidden` for others, `NotFound` for a tenant outside the caller's, `Unavailable` without a database.
pub async fn channels(
    ctx: &Ctx,
    caller: &Caller,
    tenant: &TenantId,
) -> Result<Vec<ChannelHealth>, Error> {
    if caller.membership(tenant).is_none() {
        return Err(Error::NotFound);
    }
    if !caller.is_supervisor() {
        return Err(Error::Forbidden);
    }
    let waiting = ctx.store.waiting_deliveries(&Scope::One(tenant.clone())).await?;
    let mut all = of(ctx, tenant);
    for one in &mut all {
        let own = waiting.iter().find(|waiting| waiting.channel == one.channel);
        one.waiting = own.map_or(0, |own| own.count);
    }
    Ok(all)
}

/// As [`channels`], for the node's own gauges.
#[must_use]
pub fn of(ctx: &Ctx, tenant: &TenantId) -> Vec<ChannelHealth> {
    let Some(config) = ctx.tenants.get(tenant) else { return Vec::new() };
    let now = ctx.now();
    let minute = now.0.div_euclid(60_000);
    let all = config.channels.iter().filter(|(_, plugin)| !plugin.live);
    all.map(|(channel, plugin)| {
        ctx.channels_now.with(tenant, channel, |state| {
            let recent = state.minutes.iter().filter(|(at, _, _)| *at > minute - WINDOW);
            let (sent, failed) =
                recent.fold((0, 0), |(s, f), (_, sent, failed)| (s + sent, f + failed));
            ChannelHealth {
                tenant: tenant.clone(),
                channel: channel.clone(),
                plugin: plugin.plugin.to_string(),
                last_sent_at: state.last_sent_at,
                last_failed_at: state.last_failed_at,
                last_error: state.last_error.clone(),
                sent,
                failed,
                paused_until: state.paused_until.filter(|until| *until > now),
                paused_why: state
                    .paused_until
                    .filter(|until| *until > now)
                    .map(|_| state.paused_why.clone()),
                waiting: 0,
            }
        })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn job(n: u128) -> JobId {
        JobId(uuid::Uuid::from_u128(n))
    }

    #[test]
    fn a_pause_holds_everybody_and_ends() {
        let channels = Channels::default();
        let (tenant, channel) = (TenantId::from("a"), ChannelId::from("c"));
        let turn = |n, now| channels.turn(&tenant, &channel, None, job(n), Timestamp(now)).0;
        assert_eq!(turn(1, 1000), 1000);
        channels.pause(&tenant, &channel, Timestamp(5000), "slow down");
        channels.pause(&tenant, &channel, Timestamp(4000), "slow down");
        assert_eq!(turn(2, 1000), 5000);
        assert_eq!(turn(2, 5000), 5000);
        let other = channels.turn(&tenant, &"d".into(), None, job(3), Timestamp(1000));
        assert_eq!(other.0, 1000);
    }

    proptest! {
        /// However jobs come, in no second do more leave than two seconds' worth, and all get a moment.
        #[test]
        fn the_rate_is_kept(per_s in 1..200_u32, gaps in prop::collection::vec(0..40_i64, 1..400)) {
            let channels = Channels::default();
            let (tenant, channel) = (TenantId::from("a"), ChannelId::from("c"));
            let rate = Rate { count: per_s, per_s: 1 };
            let (mut now, mut left) = (1_000_000, Vec::new());
            for (n, gap) in gaps.into_iter().enumerate() {
                now += gap;
                let at = channels.turn(&tenant, &channel, Some(rate), job(n as u128), Timestamp(now));
                prop_assert!(at.0 >= now);
                if at.0 > now + NAP_MS {
                    // Its turn is kept for it.
                    let again = channels.turn(&tenant, &channel, Some(rate), job(n as u128), at);
                    prop_assert_eq!(again, at);
                }
                left.push(at.0);
            }
            left.sort_unstable();
            for (n, first) in left.iter().enumerate() {
                let within = left[n..].iter().take_while(|at| **at < first + 1000).count();
                prop_assert!(within <= 2 * per_s as usize + 1, "{within} of {per_s}");
            }
        }
    }
}
