//! One use of a plugin in a tenant's file, as commands name it: `--tenant T --use U`.

use std::path::PathBuf;

use anyhow::{anyhow, bail};
use clap::Args;
use kerros_publish::lock::Use;
use kerros_publish::{Digest, Installed};
use kerros_settings::Settings;
use kerros_settings::tenant::plugins::Placed;
use kerros_settings::tenant::{self};

use crate::command::Places;
use crate::lifecycle::report::{self, Report};
use crate::lifecycle::versions::{Versions, use_key};

/// A use of a plugin.
#[derive(Debug, Args)]
pub struct Named {
    /// The tenant
    #[arg(long)]
    pub tenant: String,
    /// The use: the name of a channel, tagger or report, the layer of a bot, or `sla`; with its kind in front
    /// (channel/chat) if two have the same name
    #[arg(long = "use", value_name = "USE")]
    pub name: String,
    #[command(flatten)]
    pub places: Places,
}

/// A use that was found.
pub struct Found {
    /// The platform's settings.
    pub settings: Settings,
    /// The versions on this node.
    pub versions: Versions,
    /// The tenant's file.
    pub file: PathBuf,
    /// Where it names the use.
    pub placed: Placed,
    /// Its name in the lock.
    pub key: String,
}

impl Named {
    /// Finds it; `None` if settings are faulty, which was told.
    pub fn find(&self) -> anyhow::Result<Option<Found>> {
        let Some(settings) = self.places.settings(None) else { return Ok(None) };
        let files = tenant::names(&self.places.config).map_err(|fault| anyhow!("{fault}"))?;
        let of = |path: &&PathBuf| path.file_stem().is_some_and(|stem| *stem == *self.tenant);
        let Some(path) = files.iter().find(of) else {
            bail!(
                "no tenant {:?} in {}",
                self.tenant,
                self.places.config.join("tenants").display()
            );
        };
        let file = tenant::load(&self.places.config, path);
        let Some(config) = &file.tenant else {
            file.faults.iter().for_each(|fault| crate::said::note(&fault.to_string()));
            bail!("the tenant's file is faulty");
        };
        let placed = config.plugins();
        let fits =
            |one: &&Placed| one.name == self.name || use_key(one.kind, &one.name) == self.name;
        let fitting: Vec<&Placed> = placed.iter().filter(fits).collect();
        let all = |some: &[&Placed]| {
            some.iter().map(|one| use_key(one.kind, &one.name)).collect::<Vec<_>>().join(", ")
        };
        match fitting[..] {
            [one] => {
                let key = use_key(one.kind, &one.name);
                let versions = Versions::new(&settings);
                let (file, placed) = (path.clone(), one.clone());
                Ok(Some(Found { file, placed, key, versions, settings }))
            }
            [] => bail!(
                "no use {:?}; there are: {}",
                self.name,
                all(&placed.iter().collect::<Vec<_>>())
            ),
            ref some => bail!("{:?} is not clear; say one of: {}", self.name, all(some)),
        }
    }
}

impl Found {
    /// How the use is locked now: as its lock says, or not yet.
    pub fn locked(&self, tenant: &str) -> anyhow::Result<Use> {
        let lock = self.versions.locks.read(tenant)?;
        let known =
            lock.uses.get(&self.key).filter(|known| known.plugin == self.placed.uses.plugin);
        Ok(known.cloned().unwrap_or_else(|| Use::new(&self.placed.uses.plugin, None)))
    }

    /// Why a change of the lock would change nothing: the tenant's file says which version serves.
    pub fn pinned(&self) -> Option<String> {
        let Placed { at, uses, .. } = &self.placed;
        let digest = uses.digest.as_ref()?;
        Some(format!(
            "the tenant's file pins {at}.digest = {digest:?}, which stands above this: change it there"
        ))
    }

    /// What was seen of the version that runs beside the live one, as both are now.
    pub fn compared(&self, tenant: &str, locked: &Use) -> Option<Report> {
        let config = serde_json::Value::Object(self.placed.uses.config.clone()).to_string();
        let seen = report::read(&self.settings.data, tenant, &self.key)?;
        seen.is_of(locked, &Digest::of(config.as_bytes())).then_some(seen)
    }

    /// The installed version that `wanted` names: a version, a digest, or the beginning of one.
    pub fn installed(&self, wanted: &str) -> anyhow::Result<Installed> {
        let id = &self.placed.uses.plugin;
        let mine: Vec<Installed> =
            self.versions.shelf.list()?.into_iter().filter(|one| one.facts().id == *id).collect();
        let exact: Option<Digest> = wanted.parse().ok();
        let start = wanted.strip_prefix("sha256:").unwrap_or(wanted);
        let fits = |one: &&Installed| match &exact {
            Some(digest) => one.digest() == digest,
            None => {
                one.facts().version == wanted
                    || (start.len() >= 8 && one.digest().hex().starts_with(start))
            }
        };
        let known = || {
            let names: Vec<String> = mine
                .iter()
                .map(|one| format!("{} ({})", one.facts().version, one.digest().short()))
                .collect();
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        };
        let mut fitting: Vec<&Installed> = Vec::new();
        for one in mine.iter().filter(fits) {
            // The same component in another package is the same version.
            if !fitting.iter().any(|known| known.digest() == one.digest()) {
                fitting.push(one);
            }
        }
        match fitting[..] {
            [one] => Ok(one.clone()),
            [] => bail!("no installed version {wanted} of {id}; installed are: {}", known()),
            _ => bail!("{wanted} names more than one version of {id}; say a digest: {}", known()),
        }
    }
}
