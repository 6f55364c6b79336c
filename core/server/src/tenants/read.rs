//! Reads a tenant's file whole: settings, calendars, plugins' configs, grants, secrets.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use kerros_app::ports::clock::Ids;
use kerros_app::tenant::{ChannelRole, Takes, Tenant};
use kerros_domain::id::{PluginId, TenantId};
use kerros_host::Host;
use kerros_settings::check::Checker;
use kerros_settings::names::{self, Known};
use kerros_settings::near::nearest;
use kerros_settings::platform::plugins::Policy;
use kerros_settings::tenant::plugins::Placed;
use kerros_settings::{Fault, Faults, Weight, tenant};
use sha2::{Digest, Sha256};

use super::convert::{self, Granted};
use super::grants;
use super::mail::{self, Accounts};
use super::{secrets, taken};
use crate::lifecycle::versions::{Chosen, NotChosen, Versions};
use crate::node::keyring::{Sources, Unset};

/// What is needed to read tenants.
pub struct Reader<'a> {
    /// The config folder.
    pub config: &'a Path,
    /// The data folder, with generated secrets.
    pub data: &'a Path,
    /// What policy lets plugins ask for.
    pub policy: &'a Policy,
    /// The plugins loaded now.
    pub host: &'a Host,
    /// Which of them serves a use.
    pub versions: &'a Versions,
    /// Makes secrets that are missing; `None` only looks.
    pub ids: Option<&'a dyn Ids>,
}

/// A tenant's file, read and checked.
pub struct Read {
    /// The tenant's name.
    pub id: TenantId,
    /// The tenant with its secrets; `None` if a fault refuses it.
    pub tenant: Option<(Tenant, HashMap<String, Vec<u8>>)>,
    /// The secrets it names that are not set.
    pub unset: Vec<Unset>,
    /// The files that its secrets are read from.
    pub secret_files: Vec<PathBuf>,
    /// Whether its texts stay readable in failed calls that are kept.
    pub texts_stay: bool,
    /// Its accounts at mail servers.
    pub mail: Accounts,
    /// Every finding.
    pub faults: Vec<Fault>,
    /// What refuses it, if a fault does.
    pub blame: Blame,
    /// Digest of the files and the policy alone.
    pub files: String,
    /// Digest of everything that was read, secrets left out.
    pub digest: String,
    /// As the digest, with the secrets: to tell whether anything changed. Never shown.
    pub mark: [u8; 32],
}

/// What refuses a tenant, and so whether others have to do without Kerros for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// Its file, whatever the plugins are.
    File,
    /// Its file and the plugins do not go together: either may be the one that changed.
    Fit,
    /// Only versions of plugins that may not run, or are not there.
    Versions,
}

impl Blame {
    fn of(file: &[Fault], all: &[Fault], refused: &[String]) -> Self {
        let mut wrong = all.iter().filter(|fault| fault.weight == Weight::Fault);
        if file.iter().any(|fault| fault.weight == Weight::Fault) {
            Self::File
        } else if wrong.all(|fault| refused.contains(&fault.key)) {
            Self::Versions
        } else {
            Self::Fit
        }
    }
}

impl Read {
    /// Whether the tenant is refused and nobody wrote anything wrong: a version of a plugin may not run, or the plugins
    /// are other ones than when these same files were taken in.
    pub fn is_left_out(&self, data: &Path) -> bool {
        self.tenant.is_none()
            && match self.blame {
                Blame::File => false,
                Blame::Fit => taken::is_same(data, &self.id, &self.files),
                Blame::Versions => true,
            }
    }
}

impl Reader<'_> {
    /// Reads every tenant's file.
    ///
    /// # Errors
    /// When the folder is there but cannot be read.
    pub fn all(&self) -> Result<Vec<Read>, Fault> {
        Ok(self.files()?.iter().map(|path| self.one(path)).collect())
    }

    /// The tenants' files.
    ///
    /// # Errors
    /// When the folder is there but cannot be read.
    pub fn files(&self) -> Result<Vec<PathBuf>, Fault> {
        tenant::names(self.config)
    }

    /// Reads one.
    pub fn one(&self, path: &Path) -> Read {
        let file = tenant::load(self.config, path);
        let id = TenantId::from(file.id.as_str());
        let sources = [file.document.clone()];
        let mut faults = Faults::after(&sources, file.faults.clone());
        let mut tenant = None;
        let mut unset = Vec::new();
        let mut accounts = Accounts::default();
        let mut served = Vec::new();
        let mut refused_versions = Vec::new();
        let mut digest = String::new();
        if let Some(config) = &file.tenant {
            faults.look_further(|faults| {
                let mut ring = HashMap::new();
                let mut plugins: Vec<Granted> = config
                    .plugins()
                    .into_iter()
                    .filter_map(|placed| {
                        let chosen = self.chosen(&id, &placed, &mut refused_versions, faults)?;
                        let used = (placed, chosen);
                        let granted =
                            self.granted(&id, config, used, &mut ring, &mut unset, faults);
                        served.push(self.serves(&granted));
                        Some(granted)
                    })
                    .collect();
                mail::grant(config, &mut plugins);
                digest = self.digest(&id, &file.texts, &served);
                let made = convert::tenant(&file, config, plugins, digest.clone(), faults);
                accounts = mail::of(self, &id, config, &mut ring, faults);
                tenant = Some((made, ring));
            });
        }
        let refused = faults.refused();
        if digest.is_empty() {
            digest = self.digest(&id, &file.texts, &served);
        }
        let files = self.files_digest(&file.texts);
        let mark = mark(&digest, tenant.as_ref().map(|(_, ring)| ring), &accounts);
        let tenant = tenant.filter(|_| !refused);
        let secret_files = file.tenant.as_ref();
        let secret_files =
            secret_files.map_or_else(Vec::new, |config| secrets::files(self.config, config));
        let found = faults.into_vec();
        let blame = Blame::of(&file.faults, &found, &refused_versions);
        let texts_stay = file.tenant.as_ref().is_some_and(|config| config.failed_call_texts);
        Read {
            id,
            tenant,
            unset,
            secret_files,
            texts_stay,
            mail: accounts,
            faults: found,
            blame,
            files,
            digest,
            mark,
        }
    }

    /// A use of a plugin: checks its config, what it may reach, and its secrets.
    fn granted(
        &self,
        tenant: &TenantId,
        file: &tenant::Tenant,
        (placed, chosen): (Placed, Chosen),
        ring: &mut HashMap<String, Vec<u8>>,
        unset: &mut Vec<Unset>,
        faults: &mut Faults<'_>,
    ) -> Granted {
        let Chosen { version, manifest } = chosen;
        let config = serde_json::Value::Object(placed.uses.config.clone());
        let at = format!("{}.config", placed.at);
        let known = Known::of(file, placed.uses.secrets.keys());
        Checker::new(manifest.config.clone()).check_at(&at, &config, faults);
        faults.look_further(|faults| {
            names::check(&manifest.config, &config, &at, &known, faults);
        });
        let grants = grants::of(&placed, &manifest, self.policy, faults);
        let sources = Sources { config: self.config, data: self.data, ids: self.ids };
        for (name, source) in &placed.uses.secrets {
            let at = format!("{}.secrets.{name}", placed.at);
            match sources.read(tenant, name, source) {
                Ok(Some(value)) => drop(ring.insert(name.clone(), value)),
                Ok(None) if matches!(source, kerros_settings::SecretSource::Generated { .. }) => {}
                Ok(None) => {
                    let until = match placed.kind {
                        "channel" => format!("{} answers 503 until it is", placed.name),
                        _ => "requests that need it fail until it is".to_owned(),
                    };
                    unset.push(Unset {
                        used_by: placed.name.clone(),
                        name: name.clone(),
                        source: source.clone(),
                    });
                    faults.warn(&at, format!("not set: {until} ({})", said(source)));
                }
                Err(why) => faults.wrong(&at, "", why),
            }
        }
        let role = ChannelRole::of(manifest.role.as_deref());
        let takes = manifest.takes.as_deref().and_then(Takes::parse);
        Granted { grants, live: manifest.live, role, takes, version, placed }
    }

    /// Which version serves it; tells why none does, and notes in `refused` where that is no fault of the file.
    fn chosen(
        &self,
        tenant: &TenantId,
        placed: &Placed,
        refused: &mut Vec<String>,
        faults: &mut Faults<'_>,
    ) -> Option<Chosen> {
        let id = PluginId::from(placed.uses.plugin.as_str());
        let kind = format!("{}/", placed.kind);
        if !id.as_str().starts_with(&kind) {
            // Told by settings; another kind's schema says nothing about this config.
            return None;
        }
        let at = format!("{}.plugin", placed.at);
        let chosen = self.versions.choose(self.host, tenant.as_str(), placed, self.ids.is_some());
        let why = match chosen {
            Ok(chosen) => return Some(chosen),
            Err(NotChosen::Because(why)) => Some(why),
            Err(NotChosen::Unknown) => self
                .versions
                .loose(&id)
                .map(|path| format!("{} holds it and may not load, or does not", path.display())),
        };
        if let Some(why) = why {
            faults.wrong(&at, &format!("{:?}", id.as_str()), why);
            refused.push(at);
            return None;
        }
        let all: Vec<String> =
            self.host.plugins().iter().map(|loaded| loaded.manifest.id.to_string()).collect();
        let fitting = || all.iter().filter(|id| id.starts_with(&kind)).map(String::as_str);
        let allowed = match nearest(id.as_str(), fitting()) {
            Some(near) => format!("no such plugin is loaded; did you mean {near:?}?"),
            None => format!(
                "no such plugin is loaded; loaded are {}",
                fitting().collect::<Vec<_>>().join(", ")
            ),
        };
        faults.wrong(&at, &format!("{:?}", id.as_str()), allowed);
        None
    }

    /// Which component serves a use.
    fn serves(&self, granted: &Granted) -> String {
        let id = PluginId::from(granted.placed.uses.plugin.as_str());
        let loaded = self.host.loaded_version(&id, granted.version.as_deref());
        loaded.map_or_else(String::new, |loaded| loaded.digest.to_string())
    }

    /// Of the files and what policy lets them name: what people write.
    fn files_digest(&self, texts: &[String]) -> String {
        let mut digest = Sha256::new();
        self.written(texts, &mut digest);
        hex(digest)
    }

    fn written(&self, texts: &[String], digest: &mut Sha256) {
        for text in texts {
            digest.update(text.len().to_be_bytes());
            digest.update(text.as_bytes());
        }
        digest.update(format!("{:?}", self.policy).as_bytes());
    }

    /// Of the files, the plugins that serve this tenant (a new version may allow another config), the lock and the
    /// policy. Other tenants' plugins are no reason to take this one in again.
    fn digest(&self, tenant: &TenantId, texts: &[String], served: &[String]) -> String {
        let mut digest = Sha256::new();
        digest.update(format!("{:?}", self.versions.lock(tenant.as_str())).as_bytes());
        self.written(texts, &mut digest);
        for one in served {
            digest.update(one.len().to_be_bytes());
            digest.update(one.as_bytes());
        }
        hex(digest)
    }
}

fn hex(digest: Sha256) -> String {
    digest.finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

fn mark(digest: &str, ring: Option<&HashMap<String, Vec<u8>>>, accounts: &Accounts) -> [u8; 32] {
    let mut mark = Sha256::new();
    mark.update(digest.as_bytes());
    // Certificates are read from files, too.
    mark.update(format!("{accounts:?}").as_bytes());
    let secrets: BTreeMap<_, _> = ring.into_iter().flatten().collect();
    for (name, value) in secrets {
        for part in [name.as_bytes(), value] {
            mark.update(part.len().to_be_bytes());
            mark.update(part);
        }
    }
    mark.finalize().into()
}

/// Where a secret should come from, without its value.
fn said(source: &kerros_settings::SecretSource) -> String {
    match source {
        kerros_settings::SecretSource::Env { env } => format!("variable {env}"),
        kerros_settings::SecretSource::File { file } => format!("file {}", file.display()),
        kerros_settings::SecretSource::Generated { .. } => "generated at start".to_owned(),
    }
}
