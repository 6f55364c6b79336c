//! When a failed job is tried again.

use kerros_domain::time::Timestamp;

use crate::fingerprint;
use crate::ports::store::Job;

/// A way of trying again: exponential, with jitter, bounded in attempts and time. Milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Any wait from a second up to the whole, rather than the whole and a quarter more.
    full_jitter: bool,
    first: i64,
    longest: i64,
    attempts: u32,
    within: i64,
}

impl Plan {
    /// For a message on its way out: up to 5 s, doubling up to an hour, until it expires. The jitter is full, so that
    /// what failed together does not come back together.
    pub fn delivery(expires_s: u64) -> Self {
        let within = i64::try_from(expires_s).unwrap_or(i64::MAX / 2000).saturating_mul(1000);
        Self { full_jitter: true, first: 5000, longest: 3_600_000, attempts: u32::MAX, within }
    }

    /// For a broken channel plugin: 1 s to 30 s for a day, so that what waits goes on soon after it is
    /// well again.
    pub const PATIENT: Self = Self {
        full_jitter: false,
        first: 1000,
        longest: 30_000,
        attempts: u32::MAX,
        within: 24 * 3_600_000,
    };
    /// For what should not happen: 0.5 s to 60 s, 8 attempts.
    pub const SHORT: Self = Self {
        full_jitter: false,
        first: 500,
        longest: 60_000,
        attempts: 8,
        within: 24 * 3_600_000,
    };
    /// For a busy conversation: 50 ms to 1 s.
    pub const AT_ONCE: Self =
        Self { full_jitter: false, first: 50, longest: 1000, attempts: 50, within: 24 * 3_600_000 };

    /// The next attempt's moment; `None` when it is given up. `asked` is the least wait somebody
    /// outside asked for. The jitter, up to a quarter more, follows from the job's id and attempt.
    pub fn next(
        self,
        job: &Job,
        now: Timestamp,
        since: Timestamp,
        asked: Option<u64>,
    ) -> Option<Timestamp> {
        if job.attempt >= self.attempts {
            return None;
        }
        let doublings = job.attempt.saturating_sub(1).min(20);
        let wait = self.first.saturating_mul(1 << doublings).min(self.longest);
        let quarter = u64::try_from(wait / 4 + 1).unwrap_or(1);
        let parts: [&[u8]; 2] = [job.id.0.as_bytes(), &job.attempt.to_be_bytes()];
        let wait = if self.full_jitter {
            let whole = u64::try_from(wait).unwrap_or(1);
            i64::try_from(fingerprint::number(&parts, whole)).unwrap_or(0).max(1000)
        } else {
            wait + i64::try_from(fingerprint::number(&parts, quarter)).unwrap_or(0)
        };
        let asked = asked.map_or(0, |ms| i64::try_from(ms).unwrap_or(i64::MAX / 2));
        let run_at = now.plus_millis(wait.max(asked));
        (run_at.since(since) <= self.within).then_some(run_at)
    }
}

#[cfg(test)]
mod tests {
    use kerros_domain::id::{JobId, TenantId};

    use super::*;
    use crate::ports::store::JobKind;

    const LONG: Plan = Plan {
        full_jitter: true,
        first: 5000,
        longest: 3_600_000,
        attempts: u32::MAX,
        within: 24 * 3_600_000,
    };

    fn job(attempt: u32) -> Job {
        Job {
            id: JobId(uuid::Uuid::from_u128(7)),
            tenant: TenantId::from("aurinko"),
            kind: JobKind::Deliver,
            order_key: "out/x".into(),
            payload: String::new(),
            run_at: Timestamp(0),
            attempt,
            trace: String::new(),
            lease: None,
            last_error: None,
        }
    }

    #[test]
    fn waits_double_from_half_a_second_to_a_minute_and_end_after_eight_attempts() {
        let now = Timestamp(1_000_000);
        let mut least = 500;
        for attempt in 1..=7 {
            let wait = Plan::SHORT.next(&job(attempt), now, now, None).unwrap().since(now);
            assert!(wait >= least && wait <= least + least / 4 + 1, "{wait} for {least}");
            least = (least * 2).min(60_000);
        }
        assert_eq!(Plan::SHORT.next(&job(8), now, now, None), None);
    }

    #[test]
    fn deliveries_that_failed_together_come_back_spread() {
        let now = Timestamp(1_000_000);
        let plan = Plan::delivery(24 * 3600);
        for attempt in 1..=15 {
            let most = (5000_i64 << (attempt - 1)).min(3_600_000);
            let waits: Vec<i64> = (0..200)
                .map(|n| {
                    let job = Job { id: JobId(uuid::Uuid::from_u128(n)), ..job(attempt) };
                    plan.next(&job, now, now, None).unwrap().since(now)
                })
                .collect();
            assert!(waits.iter().all(|wait| (1000..=most.max(1000)).contains(wait)), "{waits:?}");
            assert!(waits.iter().any(|wait| *wait < most / 3), "{attempt}");
            assert!(waits.iter().any(|wait| *wait > most * 2 / 3), "{attempt}");
        }
        // However often it was tried: a provider that is away for a night loses nothing.
        let hours = |hours: i64| now.plus_millis(-hours * 3_600_000);
        assert!(plan.next(&job(60), now, hours(22), None).is_some());
        assert_eq!(plan.next(&job(60), now, hours(24), None), None);
        assert_eq!(Plan::delivery(60).next(&job(2), now, now.plus_millis(-60_000), None), None);
    }

    #[test]
    fn a_wait_asked_for_counts_and_a_day_is_the_end() {
        let now = Timestamp(1_000_000);
        let asked = LONG.next(&job(1), now, now, Some(90_000)).unwrap();
        assert_eq!(asked.since(now), 90_000);
        let yesterday = now.plus_millis(-24 * 3_600_000);
        assert_eq!(LONG.next(&job(2), now, yesterday, None), None);
        assert_eq!(LONG.next(&job(2), now, now, Some(u64::MAX)), None);
    }

    #[test]
    fn jitter_differs_by_job_and_attempt_and_repeats_itself() {
        let now = Timestamp(0);
        let other = Job { id: JobId(uuid::Uuid::from_u128(8)), ..job(5) };
        let next = |job: &Job| LONG.next(job, now, now, None);
        assert_eq!(next(&job(5)), next(&job(5)));
        assert_ne!(next(&job(5)), next(&other));
    }
}
