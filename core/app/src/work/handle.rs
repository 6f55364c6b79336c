//! The way into this node's workers: which jobs it holds, and which it may hold from birth.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use kerros_domain::id::{JobId, TenantId};
use kerros_domain::time::Timestamp;
use parking_lot::Mutex;
use tokio::sync::{Notify, Semaphore};

use super::Config;
use super::lane::Lane;
use crate::ports::store::{Job, JobKind, Lease, StoreError};

/// Jobs in memory; more stay in the database until they are claimed.
const MOST: usize = 8192;
/// Jobs of one tenant in memory: whoever has more than they can get done keeps nobody else's out.
const MOST_OF_A_TENANT: usize = MOST / 8;

/// Hands jobs to this node's workers. Cheap to clone.
///
/// A fresh job may be written as held by this node and then run at once, without a claim. That is
/// only safe while no earlier job of its order key is out of this node's sight. So a node that
/// shares its database never does it; the only node of a database does it for a key unless an
/// earlier job of that key lies in the database unheld: tried again later, written while the memory
/// was full, or left by the process before.
#[derive(Clone)]
pub struct Handle(Arc<Inner>);

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handle").field("node", &self.0.node).finish_non_exhaustive()
    }
}

struct Inner {
    node: Arc<str>,
    state: Mutex<State>,
    /// One permit per line that became ready.
    ready: [Semaphore; 4],
    wake: Notify,
    route: Notify,
}

#[derive(Default)]
struct State {
    open: bool,
    closed: bool,
    sole: bool,
    lease_ms: i64,
    lanes: [Lane; 4],
    /// Jobs in memory, and until when they are held.
    held: HashMap<JobId, Held>,
    /// How many of those each tenant has.
    tenants: HashMap<TenantId, usize>,
    /// Jobs of this process that lie unheld in the database.
    loose: HashMap<JobId, (JobKind, String)>,
    /// How many of those each order key has.
    loose_keys: HashMap<String, u32>,
    /// Running jobs whose row was written to come back later.
    again: HashSet<JobId>,
    /// Keys whose last commit may or may not have happened, and until when that matters.
    doubtful: HashMap<String, Timestamp>,
    /// Whether nothing is left of the process before, by kind.
    clear: [bool; 4],
    /// Counts every change, so that two looks at the state can be compared.
    changes: u64,
}

struct Held {
    kind: JobKind,
    tenant: TenantId,
    key: String,
    until: Timestamp,
}

/// How a run of a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// Its row is gone, or dead.
    Ended,
    /// Its row waits for the next attempt.
    Retried,
    /// It is somebody else's now, or will be.
    Lost,
}

/// Jobs about to be written.
pub(crate) struct Prepared {
    /// Held from birth.
    held: Vec<Job>,
    /// To be claimed.
    loose: Vec<(JobId, String)>,
}

const fn index(kind: JobKind) -> usize {
    match kind {
        JobKind::Intake => 0,
        JobKind::BotTurn => 1,
        JobKind::Deliver => 2,
        JobKind::Fetch => 3,
    }
}

/// Deliveries and fetches: their retries are long, and their rows outlive a restart.
const fn always_claimed(kind: JobKind) -> bool {
    matches!(kind, JobKind::Deliver | JobKind::Fetch)
}

impl State {
    fn keep(&mut self, job: &Job, until: Timestamp) {
        let (tenant, key) = (job.tenant.clone(), job.order_key.clone());
        let held = Held { kind: job.kind, tenant: tenant.clone(), key, until };
        if self.held.insert(job.id, held).is_none() {
            *self.tenants.entry(tenant).or_default() += 1;
        }
    }

    fn drop_held(&mut self, id: JobId) -> Option<Held> {
        let held = self.held.remove(&id)?;
        if let Some(count) = self.tenants.get_mut(&held.tenant) {
            *count -= 1;
            if *count == 0 {
                self.tenants.remove(&held.tenant);
            }
        }
        Some(held)
    }

    fn loosen(&mut self, job: &Job) {
        let key = &job.order_key;
        if self.loose.insert(job.id, (job.kind, key.clone())).is_none() {
            *self.loose_keys.entry(key.clone()).or_default() += 1;
        }
    }

    fn tighten(&mut self, id: JobId) {
        let Some((_, key)) = self.loose.remove(&id) else { return };
        if let Some(count) = self.loose_keys.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                self.loose_keys.remove(&key);
            }
        }
    }

    fn may_hold(&self, job: &Job, now: Timestamp) -> bool {
        self.open
            && self.sole
            && !self.closed
            && !always_claimed(job.kind)
            && self.clear[index(job.kind)]
            && self.held.len() < MOST
            && !self.loose_keys.contains_key(&job.order_key)
            && self.doubtful.get(&job.order_key).is_none_or(|until| *until < now)
    }
}

impl Handle {
    pub(crate) fn new(node: Arc<str>) -> Self {
        Self(Arc::new(Inner {
            node,
            state: Mutex::default(),
            ready: std::array::from_fn(|_| Semaphore::new(0)),
            wake: Notify::new(),
            route: Notify::new(),
        }))
    }

    /// Looks for jobs now.
    pub fn wake(&self) {
        self.0.wake.notify_one();
    }

    /// Routes now.
    pub fn route(&self) {
        self.0.route.notify_one();
    }

    /// Jobs in this node's memory, running ones included.
    #[must_use]
    pub fn in_memory(&self) -> usize {
        self.0.state.lock().held.len()
    }

    /// Whether jobs of this order key are known to wait, here or in the database.
    pub(crate) fn has_waiting(&self, kind: JobKind, key: &str) -> bool {
        let state = self.0.state.lock();
        state.loose_keys.contains_key(key) || state.lanes[index(kind)].has(key)
    }

    /// Whether this is the only node of its database, as far as it was told.
    pub(crate) fn is_sole(&self) -> bool {
        self.0.state.lock().sole
    }

    pub(super) fn open(&self, config: &Config) {
        let mut state = self.0.state.lock();
        state.open = true;
        state.sole = config.sole;
        state.lease_ms = config.lease_ms;
        // Of what waits for others' servers one tenant gets a quarter: three more that hang leave the rest to everybody.
        let share = config.deliveries.div_ceil(4).max(1);
        for kind in [JobKind::Deliver, JobKind::Fetch] {
            state.lanes[index(kind)].share(share);
        }
    }

    /// Takes nothing more; workers end after what they run.
    pub(super) fn close(&self) {
        self.0.state.lock().closed = true;
        for ready in &self.0.ready {
            ready.close();
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.0.state.lock().closed
    }

    pub(super) async fn woken(&self) {
        self.0.wake.notified().await;
    }

    pub(super) async fn routed(&self) {
        self.0.route.notified().await;
    }

    /// A lease of this node from now on.
    pub(super) fn lease(&self, now: Timestamp) -> Lease {
        let ms = self.0.state.lock().lease_ms;
        Lease { owner: Arc::clone(&self.0.node), until: now.plus_millis(ms) }
    }

    /// Decides which of the jobs about to be written are held from birth, and keeps their places.
    pub(crate) fn hold(&self, jobs: &mut [Job], now: Timestamp) -> Prepared {
        let mut prepared = Prepared { held: Vec::new(), loose: Vec::new() };
        if jobs.is_empty() {
            return prepared;
        }
        let mut state = self.0.state.lock();
        state.changes += 1;
        for job in jobs {
            if state.may_hold(job, now) {
                let until = now.plus_millis(state.lease_ms);
                job.lease = Some(Lease { owner: Arc::clone(&self.0.node), until });
                state.lanes[index(job.kind)].reserve(job);
                state.keep(job, until);
                prepared.held.push(job.clone());
            } else {
                if state.open && state.sole {
                    state.loosen(job);
                }
                prepared.loose.push((job.id, job.order_key.clone()));
            }
        }
        prepared
    }

    /// Lets the jobs of a commit run, or forgets them if it failed.
    pub(crate) fn written(
        &self,
        prepared: Prepared,
        result: &Result<(), StoreError>,
        now: Timestamp,
    ) {
        if prepared.held.is_empty() && prepared.loose.is_empty() {
            return;
        }
        let in_doubt = matches!(result, Err(StoreError::Unavailable(_)));
        let mut woken = [0; 4];
        let any_loose = !prepared.loose.is_empty();
        {
            let mut state = self.0.state.lock();
            state.changes += 1;
            let until = now.plus_millis(2 * state.lease_ms);
            for job in prepared.held {
                let (lane, id, key) = (index(job.kind), job.id, job.order_key.clone());
                let ready = if result.is_ok() {
                    state.lanes[lane].fill(job)
                } else {
                    state.drop_held(id);
                    if in_doubt {
                        state.doubtful.insert(key.clone(), until);
                    }
                    state.lanes[lane].cancel(&key, id)
                };
                woken[lane] += usize::from(ready);
            }
            if result.is_err() {
                for (id, key) in prepared.loose {
                    state.tighten(id);
                    if in_doubt {
                        state.doubtful.insert(key, until);
                    }
                }
            }
        }
        for (ready, count) in self.0.ready.iter().zip(woken) {
            ready.add_permits(count);
        }
        if any_loose && result.is_ok() {
            self.wake();
        }
    }

    /// Tenants with as many jobs in memory as one may have.
    pub(super) fn full(&self) -> Vec<TenantId> {
        let state = self.0.state.lock();
        let full = state.tenants.iter().filter(|(_, count)| **count >= MOST_OF_A_TENANT);
        full.map(|(tenant, _)| tenant.clone()).collect()
    }

    /// How many more jobs fit into memory.
    pub(super) fn room(&self) -> usize {
        MOST.saturating_sub(self.0.state.lock().held.len())
    }

    /// Takes in claimed jobs; one that is in memory already only has its lease noted.
    pub(super) fn take_in(&self, jobs: Vec<Job>) {
        let mut woken = [0; 4];
        {
            let mut state = self.0.state.lock();
            state.changes += 1;
            for job in jobs {
                let until = job.lease.as_ref().map_or(Timestamp(0), |lease| lease.until);
                state.tighten(job.id);
                if let Some(held) = state.held.get_mut(&job.id) {
                    held.until = until;
                    continue;
                }
                state.keep(&job, until);
                let lane = index(job.kind);
                let ready = state.lanes[lane].take_in(job);
                woken[lane] += usize::from(ready);
            }
        }
        for (ready, count) in self.0.ready.iter().zip(woken) {
            ready.add_permits(count);
        }
    }

    /// The next job of a kind; `None` once closed.
    pub(super) async fn next(&self, kind: JobKind) -> Option<Job> {
        let lane = index(kind);
        loop {
            let permit = self.0.ready[lane].acquire().await.ok()?;
            permit.forget();
            let mut state = self.0.state.lock();
            if state.closed {
                return None;
            }
            if let Some(job) = state.lanes[lane].next() {
                return Some(job);
            }
        }
    }

    /// Whether this node still holds the job, as far as it knows.
    pub(crate) fn holds(&self, id: JobId) -> bool {
        self.0.state.lock().held.contains_key(&id)
    }

    /// The job is about to be given back for a later attempt.
    pub(super) fn expect(&self, job: &Job) {
        let mut state = self.0.state.lock();
        state.changes += 1;
        state.drop_held(job.id);
        if state.sole {
            state.loosen(job);
        }
    }

    /// The running job was written to come back later: it has not ended.
    pub(crate) fn comes_again(&self, id: JobId) {
        self.0.state.lock().again.insert(id);
    }

    /// It was not given back after all.
    pub(super) fn forget(&self, job: &Job) {
        let mut state = self.0.state.lock();
        state.changes += 1;
        state.tighten(job.id);
        let until = job.lease.as_ref().map_or(Timestamp(0), |lease| lease.until);
        let until = until.plus_millis(2 * state.lease_ms);
        state.doubtful.insert(job.order_key.clone(), until);
    }

    /// A run of the job is over: the next one of its line may go. Where a delivery is tried again later, those behind it
    /// wait in the database and not here, where they would keep others out: they are to be given back.
    #[must_use]
    pub(super) fn finish(&self, job: &Job, over: Over) -> Vec<JobId> {
        let lane = index(job.kind);
        let mut back = Vec::new();
        let (woken, claim) = {
            let mut state = self.0.state.lock();
            state.changes += 1;
            let before = state.tenants.get(&job.tenant).copied();
            if over != Over::Retried {
                state.drop_held(job.id);
            }
            let again = state.again.remove(&job.id);
            if (again || over != Over::Ended) && always_claimed(job.kind) {
                back = state.lanes[lane].clear(&job.order_key);
                for behind in &back {
                    state.drop_held(behind.id);
                    if state.sole {
                        state.loosen(behind);
                    }
                }
            }
            let after = state.tenants.get(&job.tenant).copied().unwrap_or_default();
            // Half of what was taken in is done: there is room for more.
            let half = MOST_OF_A_TENANT / 2;
            let room = before.is_some_and(|before| before >= half) && after < half;
            let woken = state.lanes[lane].finish(job, over == Over::Retried);
            // Those behind it in the database can be claimed only now.
            let claim = !state.sole || state.loose_keys.contains_key(&job.order_key);
            (woken, claim || room || !state.clear[lane])
        };
        self.0.ready[lane].add_permits(woken);
        if claim {
            self.wake();
        }
        back.into_iter().map(|behind| behind.id).collect()
    }

    /// Held jobs whose lease should be kept up by now.
    pub(super) fn to_extend(&self, now: Timestamp) -> Vec<JobId> {
        let state = self.0.state.lock();
        let soon = now.plus_millis(state.lease_ms * 2 / 3);
        state.held.iter().filter(|(_, held)| held.until <= soon).map(|(id, _)| *id).collect()
    }

    /// Notes which leases were kept up; the others are lost.
    pub(super) fn extended(&self, asked: &[JobId], kept: &[JobId], until: Timestamp) {
        let kept: HashSet<&JobId> = kept.iter().collect();
        let mut woken = [0; 4];
        {
            let mut state = self.0.state.lock();
            state.changes += 1;
            for id in asked {
                if kept.contains(id) {
                    if let Some(held) = state.held.get_mut(id) {
                        held.until = until;
                    }
                } else if let Some(held) = state.drop_held(*id) {
                    let lane = index(held.kind);
                    let ready = state.lanes[lane].cancel(&held.key, *id);
                    woken[lane] += usize::from(ready);
                }
            }
        }
        for (ready, count) in self.0.ready.iter().zip(woken) {
            ready.add_permits(count);
        }
    }

    /// A mark of the state if no job of the kind is in sight, for [`Handle::set_clear`].
    pub(super) fn lull(&self, kind: JobKind) -> Option<u64> {
        let state = self.0.state.lock();
        let held = state.held.values().any(|held| held.kind == kind);
        let loose = state.loose.values().any(|(other, _)| *other == kind);
        (!held && !loose).then_some(state.changes)
    }

    /// The database had no job of the kind while nothing changed here: nothing is left of before.
    pub(super) fn set_clear(&self, kind: JobKind, mark: u64) {
        let mut state = self.0.state.lock();
        if state.changes == mark {
            state.clear[index(kind)] = true;
        }
    }

    /// Whether the kind still has to wait for such a moment.
    pub(super) fn wants_clear(&self, kind: JobKind) -> bool {
        let state = self.0.state.lock();
        state.sole && !state.clear[index(kind)]
    }

    /// Whether no worker runs anything.
    pub(super) fn is_idle(&self) -> bool {
        let state = self.0.state.lock();
        !state.lanes.iter().any(Lane::is_running)
    }

    /// Forgets doubts that no longer matter.
    pub(super) fn sweep(&self, now: Timestamp) {
        self.0.state.lock().doubtful.retain(|_, until| *until >= now);
    }
}
