//! The circuit breaker of each use of a plugin: a broken plugin is left alone for a while, its tenant's talks go on
//! by the kind's fallback, and other tenants notice nothing.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use kerros_domain::id::TenantId;
use kerros_domain::time::Timestamp;
use parking_lot::{Mutex, RwLock};

use crate::kind::Kind;

/// When a breaker opens and how long it stays open.
#[derive(Debug, Clone, Copy)]
pub struct BreakerPolicy {
    /// Faults and timeouts in a row that open it.
    pub faults: u32,
    /// How long it stays open before one call may try again.
    pub cool_down: Duration,
}

impl Default for BreakerPolicy {
    fn default() -> Self {
        Self { faults: 5, cool_down: Duration::from_secs(30) }
    }
}

/// A configured use of a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct UseKey {
    pub(crate) tenant: TenantId,
    pub(crate) kind: Kind,
    pub(crate) name: String,
}

/// What runs: another plugin version or config has a clean record.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    pub(crate) digest: Arc<str>,
    pub(crate) config: Arc<str>,
}

impl Version {
    fn is(&self, other: &Self) -> bool {
        self.digest == other.digest
            && (Arc::ptr_eq(&self.config, &other.config) || self.config == other.config)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed {
        faults: u32,
    },
    Open {
        until: Timestamp,
    },
    /// One call tries; the others wait for what it finds.
    Trying,
}

#[derive(Debug)]
struct Entry {
    version: Version,
    state: State,
}

/// The numbers of the states in metrics.
pub(crate) const CLOSED: u8 = 0;
pub(crate) const HALF_OPEN: u8 = 1;
pub(crate) const OPEN: u8 = 2;

/// All breakers of a node. A use without an entry is closed and has no faults.
#[derive(Debug)]
pub(crate) struct Breakers {
    policy: BreakerPolicy,
    entries: RwLock<HashMap<UseKey, Arc<Mutex<Entry>>>>,
}

/// Whether a call may go ahead.
pub(crate) enum Passage<'a> {
    /// Go; `changed` is the state to report, if it changed.
    Go { pass: Pass<'a>, changed: Option<u8> },
    /// Do not: open for so many more milliseconds.
    Closed { for_ms: i64 },
}

/// Leave for one call. Dropped unsettled (the caller gave up), a try counts as not made.
pub(crate) struct Pass<'a> {
    breakers: &'a Breakers,
    key: UseKey,
    version: Version,
    trying: Option<Arc<Mutex<Entry>>>,
    now: Timestamp,
}

impl Breakers {
    pub(crate) fn new(policy: BreakerPolicy) -> Self {
        Self { policy, entries: RwLock::default() }
    }

    /// Asks for leave.
    pub(crate) fn enter(&self, key: UseKey, version: Version, now: Timestamp) -> Passage<'_> {
        let entry = self.entries.read().get(&key).cloned();
        let mut trying = None;
        let mut changed = None;
        if let Some(entry) = entry {
            let mut guard = entry.lock();
            if !guard.version.is(&version) {
                if guard.state != (State::Closed { faults: 0 }) {
                    changed = Some(CLOSED);
                }
                *guard = Entry { version: version.clone(), state: State::Closed { faults: 0 } };
            }
            match guard.state {
                State::Closed { .. } => {}
                State::Open { until } if now >= until => {
                    guard.state = State::Trying;
                    changed = Some(HALF_OPEN);
                    drop(guard);
                    trying = Some(entry);
                }
                State::Open { until } => return Passage::Closed { for_ms: until.since(now) },
                State::Trying => return Passage::Closed { for_ms: 0 },
            }
        }
        Passage::Go { pass: Pass { breakers: self, key, version, trying, now }, changed }
    }
}

impl Pass<'_> {
    /// Tells how the call went; returns the breaker's state if that changed it.
    pub(crate) fn settle(mut self, broke: bool, now: Timestamp) -> Option<u8> {
        let policy = self.breakers.policy;
        let open = State::Open {
            until: now.plus_millis(i64::try_from(policy.cool_down.as_millis()).unwrap_or(i64::MAX)),
        };
        if let Some(entry) = self.trying.take() {
            let mut entry = entry.lock();
            let (state, told) =
                if broke { (open, OPEN) } else { (State::Closed { faults: 0 }, CLOSED) };
            entry.state = state;
            return Some(told);
        }
        let known = self.breakers.entries.read().get(&self.key).cloned();
        let entry = match known {
            Some(entry) => entry,
            None if !broke => return None,
            None => {
                let fresh =
                    Entry { version: self.version.clone(), state: State::Closed { faults: 0 } };
                let mut entries = self.breakers.entries.write();
                entries
                    .entry(self.key.clone())
                    .or_insert_with(|| Arc::new(Mutex::new(fresh)))
                    .clone()
            }
        };
        let mut entry = entry.lock();
        // A call that began under another version says nothing of this one.
        if !entry.version.is(&self.version) {
            return None;
        }
        match entry.state {
            State::Closed { .. } if !broke => {
                entry.state = State::Closed { faults: 0 };
                None
            }
            State::Closed { faults } if faults + 1 >= policy.faults => {
                entry.state = open;
                Some(OPEN)
            }
            State::Closed { faults } => {
                entry.state = State::Closed { faults: faults + 1 };
                None
            }
            State::Open { .. } | State::Trying => None,
        }
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if let Some(entry) = self.trying.take() {
            entry.lock().state = State::Open { until: self.now };
        }
    }
}
