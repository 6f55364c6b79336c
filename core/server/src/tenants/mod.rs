//! Tenants: from files to what the use cases know, taken in whole and swapped whole.

mod calendar;
mod convert;
mod grants;
pub mod mail;
pub mod read;
pub mod reload;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arc_swap::ArcSwap;
use kerros_app::ports::tenants::Tenants;
use kerros_app::tenant::{PluginUse, Tenant};
use kerros_domain::id::TenantId;
use kerros_host::Kind;

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

/// Every use of a plugin in a tenant, with its kind.
pub fn uses(tenant: &Tenant) -> impl Iterator<Item = (Kind, &PluginUse)> {
    let channels = tenant.channels.values().map(|one| (Kind::Channel, one));
    let bots = tenant.bots.values().map(|one| (Kind::Bot, one));
    let taggers = tenant.taggers.iter().map(|one| (Kind::Tagger, one));
    let slas = tenant.sla.iter().map(|one| (Kind::Sla, one));
    let reports = tenant.reports.values().map(|one| (Kind::Report, one));
    channels.chain(bots).chain(taggers).chain(slas).chain(reports)
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

    /// The versions that uses name.
    pub fn versions(&self) -> BTreeSet<Arc<str>> {
        let tenants = self.0.load();
        tenants
            .values()
            .flat_map(|tenant| uses(tenant))
            .filter_map(|(_, one)| one.version.clone())
            .collect()
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
