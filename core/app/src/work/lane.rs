//! Jobs of one kind in memory: those of one order key in a line, the lines side by side.

use std::collections::{HashMap, VecDeque};

use kerros_domain::id::JobId;

use crate::ports::store::Job;

/// Jobs with the same order key.
#[derive(Debug, Default)]
struct Line {
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
    fn can_run(&self) -> bool {
        self.running.is_none()
            && self.waits_for.is_none()
            && matches!(self.places.front(), Some((_, Some(_))))
    }

    fn is_over(&self) -> bool {
        self.running.is_none() && self.places.is_empty()
    }
}

/// The lines of one kind.
#[derive(Debug, Default)]
pub(super) struct Lane {
    lines: HashMap<String, Line>,
    ready: VecDeque<String>,
}

impl Lane {
    /// Keeps a place at the end of the job's line.
    pub fn reserve(&mut self, job: &Job) {
        let line = self.lines.entry(job.order_key.clone()).or_default();
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

    /// Takes in a claimed job: the database gives out only the first of a line, so it goes before
    /// whatever waits. True if a line became ready.
    #[must_use]
    pub fn take_in(&mut self, job: Job) -> bool {
        let key = job.order_key.clone();
        let line = self.lines.entry(key.clone()).or_default();
        if line.waits_for == Some(job.id) {
            line.waits_for = None;
        }
        line.places.push_front((job.id, Some(job)));
        self.check(&key)
    }

    /// The next job of a line that is ready.
    pub fn next(&mut self) -> Option<Job> {
        while let Some(key) = self.ready.pop_front() {
            let Some(line) = self.lines.get_mut(&key) else { continue };
            line.ready = false;
            if line.can_run()
                && let Some((id, Some(job))) = line.places.pop_front()
            {
                line.running = Some(id);
                return Some(job);
            }
        }
        None
    }

    /// The line's job has ended; with `retried` those behind it wait until it comes back. True if the
    /// line became ready.
    #[must_use]
    pub fn finish(&mut self, key: &str, id: JobId, retried: bool) -> bool {
        let Some(line) = self.lines.get_mut(key) else { return false };
        if line.running == Some(id) {
            line.running = None;
        }
        if retried && !line.places.is_empty() && !line.places.iter().any(|(other, _)| *other == id)
        {
            line.waits_for = Some(id);
        }
        self.check(key)
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
            self.ready.push_back(key.to_owned());
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
        assert!(lane.finish("a", job("a", 1).id, false));
        assert_eq!(ids(&[lane.next()]), [Some(2)]);
        assert!(!lane.finish("a", job("a", 2).id, false));
        assert!(!lane.finish("b", job("b", 3).id, false));
        assert!(lane.lines.is_empty());
    }

    #[test]
    fn those_behind_a_retried_job_wait_until_it_is_claimed_again() {
        let mut lane = Lane::default();
        for n in [1, 2] {
            lane.reserve(&job("a", n));
            let _ = lane.fill(job("a", n));
        }
        assert_eq!(ids(&[lane.next()]), [Some(1)]);
        assert!(!lane.finish("a", job("a", 1).id, true));
        assert_eq!(ids(&[lane.next()]), [None]);
        assert!(lane.take_in(job("a", 1)));
        assert_eq!(ids(&[lane.next()]), [Some(1)]);
        assert!(lane.finish("a", job("a", 1).id, false));
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
        assert!(lane.finish("a", job("a", 1).id, true));
        assert_eq!(ids(&[lane.next()]), [Some(1)]);
    }
}
