//! Jobs of one kind in memory: those of one order key in a line, the lines side by side. The tenants take turns, and
//! none has more than its share of the workers: a provider that hangs holds up its own tenant's.

use std::collections::{HashMap, VecDeque};

use kerros_domain::id::{JobId, TenantId};

use crate::ports::store::Job;

/// Jobs with the same order key.
#[derive(Debug)]
struct Line {
    tenant: TenantId,
    /// In order. A place without a job is kept for one whose commit is under way.
    places: VecDeque<(JobId, Option<Job>)>,
    /// The one that runs now.
    running: Option<JobId>,
    /// Tried again later, by whoever claims it: those behind it wait.
    waits_for: Option<JobId>,
    /// Whether the line stands among those that are ready.
    ready: bool,
}

impl Line {
    fn of(tenant: &TenantId) -> Self {
        let tenant = tenant.clone();
        Self { tenant, places: VecDeque::new(), running: None, waits_for: None, ready: false }
    }

    fn can_run(&self) -> bool {
        self.running.is_none()
            && self.waits_for.is_none()
            && matches!(self.places.front(), Some((_, Some(_))))
    }

    fn is_over(&self) -> bool {
        self.running.is_none() && self.places.is_empty()
    }
}

/// A tenant's part of a lane.
#[derive(Debug, Default)]
struct Part {
    /// Lines that can run, in order.
    ready: VecDeque<String>,
    /// Jobs that run now.
    running: usize,
}

/// The lines of one kind.
#[derive(Debug)]
pub(super) struct Lane {
    lines: HashMap<String, Line>,
    parts: HashMap<TenantId, Part>,
    /// Tenants with lines that can run, in the order of their turns.
    turns: VecDeque<TenantId>,
    /// Jobs of one tenant that run at the same time.
    share: usize,
}

impl Default for Lane {
    fn default() -> Self {
        Self {
            lines: HashMap::new(),
            parts: HashMap::new(),
            turns: VecDeque::new(),
            share: usize::MAX,
        }
    }
}

impl Lane {
    /// Jobs of one tenant that may run at the same time; any number until this is said.
    pub fn share(&mut self, most: usize) {
        self.share = most.max(1);
    }

    /// Keeps a place at the end of the job's line.
    pub fn reserve(&mut self, job: &Job) {
        let line = self.line(job);
        line.places.push_back((job.id, None));
    }

    /// Fills a kept place; true if a line became ready.
    #[must_use]
    pub fn fill(&mut self, job: Job) -> bool {
        let key = job.order_key.clone();
        let Some(line) = self.lines.get_mut(&key) else { return false };
        if let Some(place) = line.places.iter_mut().find(|(id, _)| *id == job.id) {
            place.1 = Some(job);
        }
        self.check(&key)
    }

    /// Gives a kept place up, or takes a waiting job out; true if a line became ready.
    #[must_use]
    pub fn cancel(&mut self, key: &str, id: JobId) -> bool {
        if let Some(line) = self.lines.get_mut(key) {
            line.places.retain(|(other, _)| *other != id);
        }
        self.check(key)
    }

    /// Takes in a claimed job: it goes before whatever is later in its line. True if a line became ready.
    #[must_use]
    pub fn take_in(&mut self, job: Job) -> bool {
        let key = job.order_key.clone();
        let line = self.line(&job);
        if line.waits_for == Some(job.id) {
            line.waits_for = None;
        }
        let place = line.places.partition_point(|(other, _)| *other < job.id);
        line.places.insert(place, (job.id, Some(job)));
        self.check(&key)
    }

    fn line(&mut self, job: &Job) -> &mut Line {
        self.lines.entry(job.order_key.clone()).or_insert_with(|| Line::of(&job.tenant))
    }

    /// The next job of a line that is ready, of the tenant whose turn it is and that has not its share yet.
    pub fn next(&mut self) -> Option<Job> {
        for _ in 0..self.turns.len() {
            let tenant = self.turns.pop_front()?;
            let Some(part) = self.parts.get_mut(&tenant) else { continue };
            let mut found = None;
            while part.running < self.share
                && found.is_none()
                && let Some(key) = part.ready.pop_front()
            {
                let Some(line) = self.lines.get_mut(&key) else { continue };
                line.ready = false;
                if line.can_run()
                    && let Some((id, Some(job))) = line.places.pop_front()
                {
                    line.running = Some(id);
                    part.running += 1;
                    found = Some(job);
                }
            }
            if !part.ready.is_empty() {
                self.turns.push_back(tenant);
            }
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// A job has ended; with `retried` those behind it in its line wait until it comes back. How many more lines may
    /// go now: its own, and one that may have waited because its tenant had its share.
    #[must_use]
    pub fn finish(&mut self, job: &Job, retried: bool) -> usize {
        let (key, id) = (&job.order_key, job.id);
        let mut woken = 0;
        let Some(line) = self.lines.get_mut(key) else { return 0 };
        if line.running == Some(id) {
            line.running = None;
            if let Some(part) = self.parts.get_mut(&line.tenant) {
                woken += usize::from(self.share < usize::MAX && !part.ready.is_empty());
                part.running = part.running.saturating_sub(1);
                if part.running == 0 && part.ready.is_empty() {
                    self.parts.remove(&line.tenant);
                }
            }
        }
        if retried && !line.places.is_empty() && !line.places.iter().any(|(other, _)| *other == id)
        {
            line.waits_for = Some(id);
        }
        woken + usize::from(self.check(key))
    }

    /// Takes all that wait in a line out of it.
    pub fn clear(&mut self, key: &str) -> Vec<Job> {
        let Some(line) = self.lines.get_mut(key) else { return Vec::new() };
        std::mem::take(&mut line.places).into_iter().filter_map(|(_, job)| job).collect()
    }

    /// Whether the line has jobs, running or waiting.
    pub fn has(&self, key: &str) -> bool {
        self.lines.contains_key(key)
    }

    /// Whether any line's job runs now.
    pub fn is_running(&self) -> bool {
        self.lines.values().any(|line| line.running.is_some())
    }

    /// Puts a line that can run among the ready ones, drops one that is over.
    fn check(&mut self, key: &str) -> bool {
        let Some(line) = self.lines.get_mut(key) else { return false };
        if line.can_run() && !line.ready {
            line.ready = true;
            let part = self.parts.entry(line.tenant.clone()).or_default();
            if part.ready.is_empty() {
                self.turns.push_back(line.tenant.clone());
            }
            part.ready.push_back(key.to_owned());
            return true;
        }
        if line.is_over() {
            self.lines.remove(key);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use kerros_domain::id::TenantId;
    use kerros_domain::time::Timestamp;

    use super::*;
    use crate::ports::store::JobKind;

    fn job(key: &str, n: u128) -> Job {
        Job {
            id: JobId(uuid::Uuid::from_u128(n)),
            tenant: TenantId::from("aurinko"),
            kind: JobKind::Intake,
            order_key: key.into(),
            payload: String::new(),
            run_at: Timestamp(0),
            attempt: 1,
            trace: String::new(),
            lease: None,
            last_error: None,
        }
    }

    fn ids(jobs: &[Option<Job>]) -> Vec<Option<u128>> {
        jobs.iter().map(|job| job.as_ref().map(|job| job.id.0.as_u128())).collect()
    }

    #[test]
    fn one_line_goes_in_order_while_others_pass() {
        let mut lane = Lane::default();
        for (key, n) in [("a", 1), ("a", 2), ("b", 3)] {
            lane.reserve(&job(key, n));
        }
        // The second of a line is committed first: it waits for the first.
        assert!(!lane.fill(job("a", 2)));
        assert!(lane.fill(job("b", 3)));
        assert!(lane.fill(job("a", 1)));
        let (first, second, third) = (lane.next(), lane.next(), lane.next());
        assert_eq!(ids(&[first, second, third]), [Some(3), Some(1), None]);
        assert_eq!(lane.finish(&job("a", 1), false), 1);
        assert_eq!(ids(&[lane.next()]), [Some(2)]);
        assert_eq!(lane.finish(&job("a", 2), false), 0);
        assert_eq!(lane.finish(&job("b", 3), false), 0);
        assert!(lane.lines.is_empty());
    }

    #[test]
    fn a_line_that_was_claimed_whole_goes_in_its_order_and_can_be_cleared() {
        let mut lane = Lane::default();
        for n in [3, 1, 2] {
            let _ = lane.take_in(job("a", n));
        }
        assert_eq!(ids(&[lane.next()]), [Some(1)]);
        let back: Vec<_> = lane.clear("a").into_iter().map(Some).collect();
        assert_eq!(ids(&back), [Some(2), Some(3)]);
        assert_eq!(lane.finish(&job("a", 1), true), 0);
        assert!(lane.lines.is_empty(), "nobody is left to wait for it");
    }

    #[test]
    fn those_behind_a_retried_job_wait_until_it_is_claimed_again() {
        let mut lane = Lane::default();
        for n in [1, 2] {
            lane.reserve(&job("a", n));
            let _ = lane.fill(job("a", n));
        }
        assert_eq!(ids(&[lane.next()]), [Some(1)]);
        assert_eq!(lane.finish(&job("a", 1), true), 0);
        assert_eq!(ids(&[lane.next()]), [None]);
        assert!(lane.take_in(job("a", 1)));
        assert_eq!(ids(&[lane.next()]), [Some(1)]);
        assert_eq!(lane.finish(&job("a", 1), false), 1);
        assert_eq!(ids(&[lane.next()]), [Some(2)]);
    }

    #[test]
    fn a_place_given_up_lets_the_next_one_go() {
        let mut lane = Lane::default();
        for n in [1, 2] {
            lane.reserve(&job("a", n));
        }
        assert!(!lane.fill(job("a", 2)));
        assert!(lane.cancel("a", job("a", 1).id));
        assert_eq!(ids(&[lane.next()]), [Some(2)]);
    }

    #[test]
    fn a_retried_job_claimed_before_its_end_was_noted_goes_first() {
        let mut lane = Lane::default();
        for n in [1, 2] {
            lane.reserve(&job("a", n));
            let _ = lane.fill(job("a", n));
        }
        assert_eq!(ids(&[lane.next()]), [Some(1)]);
        assert!(!lane.take_in(job("a", 1)));
        assert_eq!(lane.finish(&job("a", 1), true), 1);
        assert_eq!(ids(&[lane.next()]), [Some(1)]);
    }

    #[test]
    fn tenants_take_turns_and_none_has_more_than_its_share() {
        let mut lane = Lane::default();
        lane.share(2);
        let of = |tenant: &str, n: u128| Job { tenant: tenant.into(), ..job(&n.to_string(), n) };
        for n in 1..=4 {
            assert!(lane.take_in(of("slow", n)));
        }
        for n in 5..=6 {
            assert!(lane.take_in(of("quick", n)));
        }
        let taken: Vec<_> = std::iter::from_fn(|| lane.next()).collect();
        let taken: Vec<u128> = taken.iter().map(|job| job.id.0.as_u128()).collect();
        assert_eq!(taken, [1, 5, 2, 6], "two of each, in turn");
        // What ends makes room for one that waited for its tenant's share.
        assert_eq!(lane.finish(&of("quick", 5), false), 0);
        assert!(lane.next().is_none());
        assert_eq!(lane.finish(&of("slow", 1), false), 1);
        assert_eq!(ids(&[lane.next()]), [Some(3)]);
        for n in [2, 3] {
            let _ = lane.finish(&of("slow", n), false);
            let _ = lane.next();
        }
        let _ = lane.finish(&of("slow", 4), false);
        let _ = lane.finish(&of("quick", 6), false);
        assert!(lane.lines.is_empty() && lane.parts.is_empty() && lane.turns.is_empty());
    }
}
