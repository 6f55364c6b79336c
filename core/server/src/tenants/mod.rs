//! Tenants: from files to what the use cases know, taken in whole and swapped whole.

mod calendar;
mod convert;
mod grants;
pub mod mail;
pub mod read;
pub mod reload;
mod secrets;
mod taken;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};

use arc_swap::ArcSwap;
use kerros_app::ports::tenants::Tenants;
use kerros_app::tenant::{PluginUse, Tenant};
use kerros_domain::id::TenantId;
use kerros_host::Kind;
use parking_lot::Mutex;

/// The tenants as they are configured now.
#[derive(Default)]
pub struct Directory {
    now: ArcSwap<BTreeMap<TenantId, Arc<Tenant>>>,
    /// As they were, for as long as work that began then goes on with it.
    before: Mutex<Vec<Weak<Tenant>>>,
}

impl Tenants for Directory {
    fn get(&self, id: &TenantId) -> Option<Arc<Tenant>> {
        self.now.load().get(id).cloned()
    }

    fn all(&self) -> Vec<Arc<Tenant>> {
        self.now.load().values().cloned().collect()
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
        self.change(&tenant.policy.id, |next| {
            next.insert(tenant.policy.id.clone(), Arc::clone(tenant));
        });
    }

    /// Forgets a tenant.
    pub fn remove(&self, id: &TenantId) {
        self.change(id, |next| drop(next.remove(id)));
    }

    /// The versions that uses name: those of now, and those that work begun before a change still names.
    pub fn versions(&self) -> BTreeSet<Arc<str>> {
        let mut before = self.before.lock();
        before.retain(|tenant| tenant.strong_count() > 0);
        let working: Vec<Arc<Tenant>> = before.iter().filter_map(Weak::upgrade).collect();
        let tenants = self.now.load();
        tenants
            .values()
            .chain(&working)
            .flat_map(|tenant| uses(tenant))
            .filter_map(|(_, one)| one.version.clone())
            .collect()
    }

    fn change(&self, id: &TenantId, change: impl Fn(&mut BTreeMap<TenantId, Arc<Tenant>>)) {
        let mut before = self.before.lock();
        let was = self.now.rcu(|now| {
            let mut next = BTreeMap::clone(now);
            change(&mut next);
            next
        });
        before.extend(was.get(id).map(Arc::downgrade));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kerros_domain::sample;

    fn tenant(version: &str) -> Arc<Tenant> {
        let bot = PluginUse {
            name: "self-service".into(),
            plugin: "bot/flow".into(),
            version: Some(version.into()),
            config: "{}".into(),
            live: false,
            role: Default::default(),
            grants: Default::default(),
            sending: Default::default(),
        };
        Arc::new(Tenant {
            policy: sample::policy(),
            channels: BTreeMap::new(),
            bots: BTreeMap::from([("self-service".into(), bot)]),
            taggers: Vec::new(),
            sla: None,
            reports: BTreeMap::new(),
            widget: Default::default(),
            articles: Vec::new(),
            closed_notice: BTreeMap::new(),
            manners: Default::default(),
            addresses: Default::default(),
            digest: String::new(),
        })
    }

    /// A turn reads the conversation before it calls the bot: a version taken out in between would leave a customer
    /// without an answer.
    #[test]
    fn work_keeps_the_version_it_began_with_until_it_ends() {
        let directory = Directory::default();
        let versions = || directory.versions().iter().map(ToString::to_string).collect::<Vec<_>>();
        let first = tenant("1");
        let id = first.policy.id.clone();
        directory.put(&first);
        drop(first);
        let work = directory.get(&id);
        directory.put(&tenant("2"));
        assert_eq!(versions(), ["1", "2"], "the work goes on with the first");
        drop(work);
        assert_eq!(versions(), ["2"], "nobody works with the first any more");
        let work = directory.get(&id);
        directory.remove(&id);
        assert_eq!(versions(), ["2"], "the tenant is gone, its work goes on");
        drop(work);
        assert!(versions().is_empty());
    }
}
