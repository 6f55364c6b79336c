//! The plugins loaded now. Swapped whole, so that a call keeps the version it began with.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use kerros_domain::id::PluginId;

use crate::plugin::{Loaded, Plugin};

/// Plugins by id, one version each.
#[derive(Default)]
pub(crate) struct Registry(ArcSwap<BTreeMap<PluginId, Arc<Plugin>>>);

impl Registry {
    pub(crate) fn get(&self, id: &PluginId) -> Option<Arc<Plugin>> {
        self.0.load().get(id).cloned()
    }

    /// Puts a plugin in the place of the one with the same id, if any.
    pub(crate) fn put(&self, plugin: &Arc<Plugin>) {
        self.0.rcu(|now| {
            let mut next = BTreeMap::clone(now);
            next.insert(plugin.loaded.manifest.id.clone(), plugin.clone());
            next
        });
    }

    /// Takes a plugin out; says whether it was there.
    pub(crate) fn remove(&self, id: &PluginId) -> bool {
        let before = self.0.rcu(|now| {
            let mut next = BTreeMap::clone(now);
            next.remove(id);
            next
        });
        before.contains_key(id)
    }

    pub(crate) fn all(&self) -> Vec<Loaded> {
        self.0.load().values().map(|plugin| plugin.loaded.clone()).collect()
    }
}
