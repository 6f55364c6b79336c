//! Tenants: from files to what the use cases know, taken in whole and swapped whole.

mod calendar;
mod convert;
mod grants;
pub mod read;
pub mod reload;

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use kerros_app::ports::tenants::Tenants;
use kerros_app::tenant::Tenant;
use kerros_domain::id::TenantId;

/// The tenants as they are configured now.
#[derive(Default)]
pub struct Directory(ArcSwap<BTreeMap<TenantId, Arc<Tenant>>>);

impl Tenants for Directory {
    fn get(&self, id: &TenantId) -> Option<Arc<Tenant>> {
        self.0.load().get(id).cloned()
    }

    fn all(&self) -> Vec<Arc<Tenant>> {
        self.0.load().values().cloned().collect()
    }
}

impl Directory {
    /// Puts a tenant in the place of the one it was.
    pub fn put(&self, tenant: &Arc<Tenant>) {
        self.0.rcu(|now| {
            let mut next = BTreeMap::clone(now);
            next.insert(tenant.policy.id.clone(), Arc::clone(tenant));
            next
        });
    }

    /// Forgets a tenant.
    pub fn remove(&self, id: &TenantId) {
        self.0.rcu(|now| {
            let mut next = BTreeMap::clone(now);
            next.remove(id);
            next
        });
    }
}
