//! Which version serves a use: the one its config pins, else the one its lock names, else what serves the id on this
//! node (a loose file, or the version inside the binary), else the newest installed one, which is then locked: so
//! installing something never changes what runs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kerros_domain::id::PluginId;
use kerros_host::{Host, Manifest, inspect};
use kerros_observe::metrics::Metrics;
use kerros_observe::name::Name;
use kerros_publish::lock::{Lock, Locks, Use, Version};
use kerros_publish::{Digest, Installed, Layout, Shelf, Trust};
use kerros_settings::Settings;
use kerros_settings::tenant::plugins::Placed;
use parking_lot::Mutex;

use super::vet::{self, Vetted, vet};
use crate::bundle::BUNDLED;
use crate::node::plugins;

/// The versions on this node.
pub struct Versions {
    /// What is installed.
    pub shelf: Shelf,
    /// Which version serves which use.
    pub locks: Locks,
    /// What may load.
    pub trust: Trust,
    folder: PathBuf,
    /// A tenant's lock that is not written, and counts in the place of its own.
    supposed: Option<(String, Lock)>,
    /// Refusals not counted yet, by word: they come before there is a registry.
    refused: Mutex<BTreeMap<&'static str, u32>>,
    told: Mutex<BTreeSet<String>>,
}

/// What serves a use.
pub struct Chosen {
    /// The version; `None` is what serves the id.
    pub version: Option<Arc<str>>,
    /// Its manifest.
    pub manifest: Manifest,
}

/// Why nothing does.
pub enum NotChosen {
    /// Nobody knows the plugin.
    Unknown,
    /// In words.
    Because(String),
}

/// The name of a use in locks and commands: `kind/name`.
pub fn use_key(kind: &str, name: &str) -> String {
    format!("{kind}/{name}")
}

impl Versions {
    /// As settings say.
    pub fn new(settings: &Settings) -> Self {
        let folder = crate::compose::plugins_dir(settings);
        Self {
            shelf: Shelf::at(&folder.join("installed")),
            locks: Locks::at(&folder.join("locks")),
            trust: vet::trust(&settings.plugins),
            folder,
            supposed: None,
            refused: Mutex::default(),
            told: Mutex::default(),
        }
    }

    /// As if a tenant had this lock: for a look at what a server would make of it.
    pub fn supposing(mut self, tenant: &str, lock: Lock) -> Self {
        self.supposed = Some((tenant.to_owned(), lock));
        self
    }

    /// A tenant's lock, for the mark that tells whether anything changed.
    ///
    /// # Errors
    /// In words.
    pub fn lock(&self, tenant: &str) -> Result<Lock, String> {
        if let Some((_, lock)) = self.supposed.as_ref().filter(|(of, _)| of == tenant) {
            return Ok(lock.clone());
        }
        self.locks.read(tenant).map_err(|error| error.to_string())
    }

    /// Chooses. `writes` locks what is chosen for the first time.
    ///
    /// # Errors
    /// Why nothing can serve.
    pub fn choose(
        &self,
        host: &Host,
        tenant: &str,
        placed: &Placed,
        writes: bool,
    ) -> Result<Chosen, NotChosen> {
        let id = PluginId::from(placed.uses.plugin.as_str());
        if let Some(pinned) = &placed.uses.digest {
            let digest: Digest = pinned.parse().map_err(NotChosen::Because)?;
            return self.load(host, &id, &digest);
        }
        let key = use_key(placed.kind, &placed.name);
        let lock = self.lock(tenant).map_err(NotChosen::Because)?;
        let locked = lock.uses.get(&key).filter(|locked| locked.plugin == id.as_str());
        if let Some(Version { digest, .. }) = locked.and_then(|locked| locked.current.as_ref()) {
            return self.load(host, &id, digest);
        }
        if let Some(loaded) = host.loaded(&id) {
            return Ok(Chosen { version: None, manifest: loaded.manifest });
        }
        let installed = self.installed().map_err(NotChosen::Because)?;
        let newest = installed.iter().rfind(|one| one.facts().id == id.as_str());
        let newest = newest.ok_or(NotChosen::Unknown)?;
        let chosen = self.load(host, &id, newest.digest())?;
        if writes {
            let version = Version {
                digest: newest.digest().clone(),
                version: newest.facts().version.clone(),
            };
            let locked = self.locks.change(tenant, |lock| {
                let uses = lock.uses.entry(key).or_insert_with(|| Use::new(id.as_str(), None));
                if uses.plugin != id.as_str() {
                    *uses = Use::new(id.as_str(), None);
                }
                uses.first(version);
                Ok::<_, std::convert::Infallible>(())
            });
            if let Err(error) = locked {
                return Err(NotChosen::Because(format!("its version cannot be locked: {error}")));
            }
        }
        Ok(chosen)
    }

    /// Everything installed.
    ///
    /// # Errors
    /// In words.
    pub fn installed(&self) -> Result<Vec<Installed>, String> {
        self.shelf.list().map_err(|error| error.to_string())
    }

    /// An installed version, judged again: the files may have changed since, and the policy too.
    ///
    /// # Errors
    /// In words; counted.
    pub fn vetted(&self, digest: &Digest) -> Result<Vetted, String> {
        let installed = self.installed()?;
        // One component may lie here in several packages, say unsigned first and signed later: any that is in order
        // will do.
        let mut same = installed.iter().filter(|one| one.digest() == digest).peekable();
        if same.peek().is_none() {
            let what =
                format!("version {digest} is not installed: `kerros plugin install` brings it");
            self.refuse("missing", &what);
            return Err(what);
        }
        let layout = Layout::open(self.shelf.folder()).map_err(|error| error.to_string())?;
        let mut why = Vec::new();
        for one in same {
            let refused = match vet(&layout, &one.package, &self.trust) {
                Ok(vetted) => return Ok(vetted),
                Err(refused) => refused,
            };
            let facts = one.facts();
            let what = format!("{} {} ({}): {refused}", facts.id, facts.version, digest.short());
            why.push((refused.word(), what));
        }
        why.iter().for_each(|(word, what)| self.refuse(word, what));
        Err(why.into_iter().map(|(_, what)| what).collect::<Vec<_>>().join("; "))
    }

    fn load(&self, host: &Host, id: &PluginId, digest: &Digest) -> Result<Chosen, NotChosen> {
        let chosen = |manifest| Chosen { version: Some(digest.hex().into()), manifest };
        if let Some(loaded) = host.loaded_version(id, Some(digest.hex())) {
            return Ok(chosen(loaded.manifest));
        }
        let vetted = self.vetted(digest).map_err(NotChosen::Because)?;
        if vetted.seen.manifest.id != *id {
            let why = format!("{digest} is {}, not {id}", vetted.seen.manifest.id);
            return Err(NotChosen::Because(why));
        }
        let loaded = host.load_version(&vetted.wasm).map_err(|error| {
            self.refuse("faulty", &format!("{id}: {error}"));
            NotChosen::Because(error.to_string())
        })?;
        tracing::info!(
            plugin = %id, version = loaded.manifest.version, digest = digest.short(), trusted = %vetted.trusted,
            "version loaded"
        );
        Ok(chosen(loaded.manifest))
    }

    /// Takes versions out that no use names any more, see [`crate::tenants::Directory::versions`].
    pub fn retain(&self, host: &Host, used: &BTreeSet<Arc<str>>) {
        for loaded in host.versions() {
            if !used.contains(&loaded.digest) {
                host.unload_version(&loaded.digest);
                tracing::info!(plugin = %loaded.manifest.id, version = loaded.manifest.version, "version unloaded");
            }
        }
    }

    /// Whether a loose file may load; tells and counts if not.
    pub fn takes_loose(&self, path: &Path) -> bool {
        if !self.trust.any {
            let what = format!(
                "{}: a loose file has no signature (plugins.trust = \"signed\"): pack, sign and install it",
                path.display()
            );
            self.refuse("unsigned", &what);
        }
        self.trust.any
    }

    /// What will serve a use of this plugin that nothing serves yet: the newest installed version, as soon as a server
    /// reads the tenant. `None` if the id is served on this node anyway.
    ///
    /// # Errors
    /// In words.
    pub fn first(&self, id: &PluginId) -> Result<Option<Installed>, String> {
        let is_loose = self.trust.any && self.loose(id).is_some();
        if is_loose || BUNDLED.iter().any(|(bundled, _)| *bundled == id.as_str()) {
            return Ok(None);
        }
        Ok(self.installed()?.into_iter().rfind(|one| one.facts().id == id.as_str()))
    }

    /// A loose file that says it is this plugin, whether it is loaded or not.
    pub fn loose(&self, id: &PluginId) -> Option<PathBuf> {
        let is = |path: &PathBuf| {
            let seen = std::fs::read(path).ok().and_then(|bytes| inspect(&bytes).ok());
            seen.is_some_and(|seen| seen.manifest.id == *id)
        };
        plugins::files(&self.folder).into_iter().find(is)
    }

    /// Tells the operator once, and counts.
    pub fn refuse(&self, word: &'static str, what: &str) {
        if self.told.lock().insert(what.to_owned()) {
            // Compilers explain over several lines; a log has one each.
            let what = what.split_whitespace().collect::<Vec<_>>().join(" ");
            tracing::error!("plugin refused: {what}");
            *self.refused.lock().entry(word).or_default() += 1;
        }
    }

    /// Hands the counts over to the registry.
    pub fn count(&self, metrics: &Metrics) {
        for (word, count) in std::mem::take(&mut *self.refused.lock()) {
            metrics.add(Name::PluginsRefused, &[word], f64::from(count));
        }
    }

    /// The plugins' folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

#[cfg(test)]
mod tests {
    use kerros_publish::{SecretKey, pack, package, sign};
    use kerros_settings::platform::plugins::Publisher;

    use super::*;

    /// Packed without a signature first, and by somebody else with one later: it may run.
    #[test]
    fn any_package_of_a_component_that_is_in_order_will_do() {
        let folder = tempfile::tempdir().unwrap();
        // The seed in base64: 32 bytes of 0.
        let key = format!("ed25519-secret:{}=", "A".repeat(43)).parse::<SecretKey>().unwrap();
        let mut settings = Settings { data: folder.path().to_owned(), ..Settings::default() };
        let public = key.public().to_string();
        settings.plugins.publishers = vec![Publisher { name: "Acme".into(), key: public }];
        let versions = Versions::new(&settings);
        let (_, wasm) = BUNDLED.iter().find(|(id, _)| *id == "tagger/keywords").unwrap();
        let mut facts = vet::facts(&inspect(wasm).unwrap().manifest);
        let digest = Digest::of(wasm);
        for (title, signed) in [("Before", false), ("After", true)] {
            facts.title = title.to_owned();
            let path = folder.path().join(format!("{title}.tar"));
            let mut layout = Layout::create(&path).unwrap();
            pack(&mut layout, wasm, &facts).unwrap();
            layout.save().unwrap();
            if signed {
                let mut layout = Layout::open(&path).unwrap();
                let package = package::only(&layout).unwrap();
                sign(&mut layout, &package, &key).unwrap();
                layout.save().unwrap();
            }
            let layout = Layout::open(&path).unwrap();
            let package = package::only(&layout).unwrap();
            assert!(versions.shelf.install(&layout, &package).unwrap());
            match versions.vetted(&digest) {
                Ok(vetted) => {
                    assert!(signed);
                    assert_eq!(vetted.trusted.to_string(), "Acme");
                }
                Err(why) => assert!(!signed && why.contains("not signed"), "{why}"),
            }
        }
        assert_eq!(versions.installed().unwrap().len(), 2);
    }
}
