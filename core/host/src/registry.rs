//! The plugins loaded now. Swapped whole, so that a call keeps the version it began with.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use kerros_domain::id::PluginId;

use crate::plugin::{Loaded, Plugin};

/// The version that serves each id, and further versions that uses name by digest.
#[derive(Default, Clone)]
struct Shelf {
    serving: BTreeMap<PluginId, Arc<Plugin>>,
    versions: BTreeMap<Arc<str>, Arc<Plugin>>,
}

/// All loaded plugins.
#[derive(Default)]
pub(crate) struct Registry(ArcSwap<Shelf>);

impl Registry {
    /// The version of that digest, or the one that serves the id.
    pub(crate) fn get(&self, id: &PluginId, version: Option<&str>) -> Option<Arc<Plugin>> {
        let shelf = self.0.load();
        let serving = shelf.serving.get(id);
        let Some(digest) = version else { return serving.cloned() };
        let fits = |plugin: &&Arc<Plugin>| {
            *plugin.loaded.digest == *digest && plugin.loaded.manifest.id == *id
        };
        serving.filter(fits).or_else(|| shelf.versions.get(digest).filter(fits)).cloned()
    }

    /// Puts a plugin in the place of the one that serves the same id, if any.
    pub(crate) fn put(&self, plugin: &Arc<Plugin>) {
        self.change(|next| {
            next.serving.insert(plugin.loaded.manifest.id.clone(), plugin.clone());
        });
    }

    /// Puts a version beside the one that serves.
    pub(crate) fn put_version(&self, plugin: &Arc<Plugin>) {
        self.change(|next| {
            next.versions.insert(plugin.loaded.digest.clone(), plugin.clone());
        });
    }

    /// Takes out the plugin that serves the id; says whether it was there.
    pub(crate) fn remove(&self, id: &PluginId) -> bool {
        self.change(|next| drop(next.serving.remove(id))).serving.contains_key(id)
    }

    /// Takes out the version; says whether it was there.
    pub(crate) fn remove_version(&self, digest: &str) -> bool {
        self.change(|next| drop(next.versions.remove(digest))).versions.contains_key(digest)
    }

    /// What serves, by id.
    pub(crate) fn all(&self) -> Vec<Loaded> {
        self.0.load().serving.values().map(|plugin| plugin.loaded.clone()).collect()
    }

    /// The versions beside it, by digest.
    pub(crate) fn versions(&self) -> Vec<Loaded> {
        self.0.load().versions.values().map(|plugin| plugin.loaded.clone()).collect()
    }

    fn change(&self, change: impl Fn(&mut Shelf)) -> Arc<Shelf> {
        self.0.rcu(|now| {
            let mut next = Shelf::clone(now);
            change(&mut next);
            next
        })
    }
}
