//! Kept instances, for guests that bring a language's runtime along: starting the runtime for every call would cost
//! far more than the call.
//!
//! An instance serves one use of one tenant, one version and one config, and nobody else, ever. It is thrown away after a
//! fault, after so many calls, when its memory has grown too much, or when it has not been called for a while; so
//! what a plugin remembers is a convenience and never a promise.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kerros_app::ports::plugin::PluginError;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::Store;

use crate::breaker::{UseKey, Version};
use crate::limits::WarmLimits;
use crate::state::CallState;

/// An instance that waits for its next call.
struct Idle {
    store: Store<CallState>,
    config: Arc<str>,
    since: Instant,
}

/// Whose instances: a use and the digest of its plugin.
type Owner = (UseKey, Arc<str>);

#[derive(Default)]
struct Kept {
    idle: HashMap<Owner, Vec<Idle>>,
    seats: HashMap<UseKey, Arc<Semaphore>>,
}

/// The kept instances of a node.
pub(crate) struct Warm {
    limits: WarmLimits,
    kept: Mutex<Kept>,
}

impl Warm {
    pub(crate) fn new(limits: WarmLimits) -> Self {
        Self { limits, kept: Mutex::default() }
    }

    /// Waits for one of the few seats of a use: so many of its calls run at the same time.
    pub(crate) async fn seat(
        &self,
        key: &UseKey,
        wait: Duration,
    ) -> Result<OwnedSemaphorePermit, PluginError> {
        let seats = {
            let mut kept = self.kept.lock();
            match kept.seats.get(key) {
                Some(seats) => seats.clone(),
                None => {
                    let seats = Arc::new(Semaphore::new(self.limits.per_use.max(1)));
                    kept.seats.insert(key.clone(), seats.clone());
                    seats
                }
            }
        };
        if let Ok(seat) = seats.clone().try_acquire_owned() {
            return Ok(seat);
        }
        match tokio::time::timeout(wait, seats.acquire_owned()).await {
            Ok(Ok(seat)) => Ok(seat),
            Ok(Err(_)) | Err(_) => Err(PluginError::Unavailable {
                message: format!("no free instance for the call within {} s", wait.as_secs()),
            }),
        }
    }

    /// Takes an instance that served this very use, version and config before.
    pub(crate) fn take(&self, key: &UseKey, version: &Version) -> Option<Store<CallState>> {
        let owner = (key.clone(), version.digest.clone());
        let mut kept = self.kept.lock();
        let idle = kept.idle.get_mut(&owner)?;
        // Of another config: its memory may hold what was read from it.
        let stale = idle.extract_if(.., |idle| idle.config != version.config).collect::<Vec<_>>();
        let found = idle.pop();
        if idle.is_empty() {
            kept.idle.remove(&owner);
        }
        drop(kept);
        drop(stale);
        found.map(|idle| idle.store)
    }

    /// Keeps an instance for the next call, unless it has served enough or grown too much.
    pub(crate) fn put(
        &self,
        key: UseKey,
        version: &Version,
        store: Store<CallState>,
        now: Instant,
    ) {
        let state = store.data();
        if state.calls >= self.limits.calls || state.grown() > self.limits.growth {
            return;
        }
        let idle = Idle { store, config: version.config.clone(), since: now };
        let mut kept = self.kept.lock();
        kept.idle.entry((key, version.digest.clone())).or_default().push(idle);
        let gone = kept.surplus(self.limits.kept);
        drop(kept);
        drop(gone);
    }

    /// Drops what has not been called for a while.
    pub(crate) fn sweep(&self, now: Instant) {
        let mut gone = Vec::new();
        let mut kept = self.kept.lock();
        kept.idle.retain(|_, idle| {
            let old = |one: &mut Idle| now.saturating_duration_since(one.since) >= self.limits.idle;
            gone.extend(idle.extract_if(.., old));
            !idle.is_empty()
        });
        drop(kept);
    }

    /// How many instances are kept.
    pub(crate) fn count(&self) -> usize {
        self.kept.lock().idle.values().map(Vec::len).sum()
    }
}

impl Kept {
    /// Takes out the instances over `most`, those that waited longest. Dropped by the caller, outside the lock.
    fn surplus(&mut self, most: usize) -> Vec<Idle> {
        let mut gone = Vec::new();
        while self.idle.values().map(Vec::len).sum::<usize>() > most {
            let oldest = self
                .idle
                .iter()
                .filter_map(|(owner, idle)| Some((idle.first()?.since, owner.clone())))
                .min_by_key(|(since, _)| *since);
            let Some((_, owner)) = oldest else { break };
            if let Some(idle) = self.idle.get_mut(&owner) {
                gone.push(idle.remove(0));
                if idle.is_empty() {
                    self.idle.remove(&owner);
                }
            }
        }
        gone
    }
}

/// The exports of the instance in this store, if it served a call before.
pub(crate) fn kept<T: Any + Send + Sync>(store: &Store<CallState>) -> Option<Arc<T>> {
    store.data().exports.clone()?.downcast().ok()
}

/// Remembers the exports of a new instance for the calls to come, if this store will see more than one.
pub(crate) fn keep<T: Any + Send + Sync>(store: &mut Store<CallState>, exports: T) -> Arc<T> {
    let exports = Arc::new(exports);
    let state = store.data_mut();
    if state.warm {
        state.exports = Some(exports.clone());
        state.rest();
    }
    exports
}

/// [`kept`], or makes the instance.
pub(crate) fn instance<T: Any + Send + Sync>(
    store: &mut Store<CallState>,
    make: impl FnOnce(&mut Store<CallState>) -> wasmtime::Result<T>,
) -> wasmtime::Result<Arc<T>> {
    match kept(store) {
        Some(exports) => Ok(exports),
        None => {
            let exports = make(store)?;
            Ok(keep(store, exports))
        }
    }
}
