//! Room for a call: the instance pool is finite and its exhaustion an error, so callers wait here, fairly among
//! tenants.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use kerros_app::ports::plugin::PluginError;
use kerros_domain::id::TenantId;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits::LaneLimits;

/// One lane's room.
#[derive(Debug)]
pub(crate) struct Room {
    all: Arc<Semaphore>,
    tenants: Mutex<HashMap<TenantId, Arc<Semaphore>>>,
    per_tenant: usize,
    queue: Duration,
}

/// A place in a lane, given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _tenant: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

impl Room {
    pub(crate) fn new(limits: &LaneLimits) -> Self {
        Self {
            all: Arc::new(Semaphore::new(limits.parallel.max(1))),
            tenants: Mutex::default(),
            per_tenant: limits.per_tenant.max(1),
            queue: limits.queue,
        }
    }

    /// Takes a place. The tenant's own limit comes first, so that a busy tenant waits for itself and not in
    /// everybody's way. Needs a timer only when it has to wait.
    pub(crate) async fn enter(&self, tenant: &TenantId) -> Result<Place, PluginError> {
        let own = self.of(tenant);
        if let Ok(own) = own.clone().try_acquire_owned()
            && let Ok(all) = self.all.clone().try_acquire_owned()
        {
            return Ok(Place { _tenant: own, _all: all });
        }
        let both = async {
            let own = own.acquire_owned().await.ok()?;
            let all = self.all.clone().acquire_owned().await.ok()?;
            Some(Place { _tenant: own, _all: all })
        };
        match tokio::time::timeout(self.queue, both).await {
            Ok(Some(place)) => Ok(place),
            Ok(None) | Err(_) => Err(PluginError::Unavailable {
                message: format!("no room for the call within {} s", self.queue.as_secs()),
            }),
        }
    }

    fn of(&self, tenant: &TenantId) -> Arc<Semaphore> {
        let mut tenants = self.tenants.lock();
        if let Some(own) = tenants.get(tenant) {
            return own.clone();
        }
        let own = Arc::new(Semaphore::new(self.per_tenant));
        tenants.insert(tenant.clone(), own.clone());
        own
    }
}
