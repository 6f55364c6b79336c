//! Tenants' secrets, read from where config says they are.

use std::collections::{BTreeMap, HashMap};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use arc_swap::ArcSwap;
use kerros_app::ports::clock::Ids;
use kerros_app::ports::secrets::Secrets;
use kerros_domain::id::TenantId;
use kerros_settings::SecretSource;

/// The secrets of one tenant by name.
type Ring = HashMap<String, Vec<u8>>;

/// The secrets of every tenant. Held in memory, never printed.
#[derive(Default)]
pub struct Keyring {
    rings: ArcSwap<BTreeMap<TenantId, Ring>>,
    unset: ArcSwap<BTreeMap<TenantId, Vec<Unset>>>,
}

/// A secret that config names and that is not set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unset {
    /// The use of a plugin that needs it, by its name in the tenant's config.
    pub used_by: String,
    /// Its name there.
    pub name: String,
    /// Where it is looked for.
    pub source: SecretSource,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring(***)")
    }
}

impl Secrets for Keyring {
    fn get(&self, tenant: &TenantId, name: &str) -> Option<Vec<u8>> {
        self.rings.load().get(tenant)?.get(name).cloned()
    }
}

impl Keyring {
    /// Puts a tenant's secrets in the place of those it had, and notes which it lacks.
    pub fn replace(&self, tenant: &TenantId, ring: &Ring, unset: &[Unset]) {
        self.rings.rcu(|now| {
            let mut next = BTreeMap::clone(now);
            next.insert(tenant.clone(), ring.clone());
            next
        });
        self.unset.rcu(|now| {
            let mut next = BTreeMap::clone(now);
            next.insert(tenant.clone(), unset.to_vec());
            next
        });
    }

    /// The values of a tenant's secrets, to keep them out of what is written down.
    pub fn values(&self, tenant: &TenantId) -> Vec<Vec<u8>> {
        self.rings
            .load()
            .get(tenant)
            .map(|ring| ring.values().cloned().collect())
            .unwrap_or_default()
    }

    /// Every secret that is not set.
    pub fn unset(&self) -> Vec<(TenantId, Unset)> {
        let unset = self.unset.load();
        let each = |(tenant, unset): (&TenantId, &Vec<Unset>)| {
            let tenant = tenant.clone();
            unset.clone().into_iter().map(move |one| (tenant.clone(), one)).collect::<Vec<_>>()
        };
        unset.iter().flat_map(each).collect()
    }

    /// Forgets a tenant's secrets.
    pub fn forget(&self, tenant: &TenantId) {
        self.rings.rcu(|now| {
            let mut next = BTreeMap::clone(now);
            next.remove(tenant);
            next
        });
        self.unset.rcu(|now| {
            let mut next = BTreeMap::clone(now);
            next.remove(tenant);
            next
        });
    }
}

/// Where secrets are looked for.
pub struct Sources<'a> {
    /// Relative `file` sources start here.
    pub config: &'a Path,
    /// Generated ones lie under `secrets/` here; `None` only looks, and makes none.
    pub data: &'a Path,
    /// Makes new ones; `None` only looks.
    pub ids: Option<&'a dyn Ids>,
}

impl Sources<'_> {
    /// A secret's value; `Ok(None)` if it is not set.
    ///
    /// # Errors
    /// A sentence without the secret, if a file is there but cannot be read or made.
    pub fn read(
        &self,
        tenant: &TenantId,
        name: &str,
        source: &SecretSource,
    ) -> Result<Option<Vec<u8>>, String> {
        match source {
            SecretSource::Env { env } => Ok(std::env::var(env)
                .ok()
                .filter(|value| !value.is_empty())
                .map(String::into_bytes)),
            SecretSource::File { file } => read_file(&self.config.join(file)),
            SecretSource::Generated { .. } => {
                let path = self.generated(tenant, name);
                match (read_file(&path)?, self.ids) {
                    (Some(value), _) => Ok(Some(value)),
                    (None, None) => Ok(None),
                    (None, Some(ids)) => generate(&path, ids).map(Some),
                }
            }
        }
    }

    /// Where a generated secret lies.
    fn generated(&self, tenant: &TenantId, name: &str) -> PathBuf {
        self.data.join("secrets").join(tenant.as_str()).join(name)
    }
}

fn read_file(path: &Path) -> Result<Option<Vec<u8>>, String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text.trim().as_bytes().to_vec()).filter(|value| !value.is_empty())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{} cannot be read: {error}", path.display())),
    }
}

/// Makes a secret of 64 hex digits that only this user can read.
fn generate(path: &Path, ids: &dyn Ids) -> Result<Vec<u8>, String> {
    use std::fmt::Write as _;
    let fault = |error: std::io::Error| format!("{} cannot be made: {error}", path.display());
    let mut text = String::with_capacity(64);
    for byte in ids.secret() {
        let _ = write!(text, "{byte:02x}");
    }
    if let Some(folder) = path.parent() {
        crate::compose::make_private_dir(folder).map_err(fault)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(mut file) => {
            file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(fault)?;
            Ok(text.into_bytes())
        }
        // Another node on the same folder was quicker.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            read_file(path)?.ok_or_else(|| format!("{} is empty", path.display()))
        }
        Err(error) => Err(fault(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::clock::SystemIds;

    #[test]
    fn a_generated_secret_is_made_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let ids = SystemIds::default();
        let tenant = TenantId::from("aurinko");
        let source = SecretSource::Generated { generated: true };
        let looking = Sources { config: folder.path(), data: folder.path(), ids: None };
        assert_eq!(looking.read(&tenant, "signing", &source), Ok(None));
        let making = Sources { ids: Some(&ids), ..looking };
        let made = making.read(&tenant, "signing", &source).unwrap().unwrap();
        assert_eq!(made.len(), 64);
        assert_eq!(making.read(&tenant, "signing", &source), Ok(Some(made.clone())));
        let other = making.read(&TenantId::from("vuori"), "signing", &source).unwrap().unwrap();
        assert_ne!(made, other, "two tenants share nothing");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let path = folder.path().join("secrets/aurinko/signing");
            assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_file_is_read_without_its_line_end() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("token"), "abc\n").unwrap();
        let sources = Sources { config: folder.path(), data: folder.path(), ids: None };
        let tenant = TenantId::from("aurinko");
        let of = |file: &str| sources.read(&tenant, "x", &SecretSource::File { file: file.into() });
        assert_eq!(of("token"), Ok(Some(b"abc".to_vec())));
        assert_eq!(of("missing"), Ok(None));
    }

    #[test]
    fn the_ring_keeps_tenants_apart_and_shows_nothing() {
        let keyring = Keyring::default();
        let (aurinko, vuori) = (TenantId::from("aurinko"), TenantId::from("vuori"));
        keyring.replace(&aurinko, &Ring::from([("token".to_owned(), b"hunter2".to_vec())]), &[]);
        assert_eq!(keyring.get(&aurinko, "token"), Some(b"hunter2".to_vec()));
        assert_eq!(keyring.get(&vuori, "token"), None);
        assert_eq!(format!("{keyring:?}"), "Keyring(***)");
        keyring.forget(&aurinko);
        assert_eq!(keyring.get(&aurinko, "token"), None);
    }
}
