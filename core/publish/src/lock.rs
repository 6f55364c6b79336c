//! The lock of a tenant: which version serves each of its uses, which one runs beside it, and which one served
//! before. One file a tenant, `TENANT.lock`, JSON, written whole.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::{PublishError, io, write_whole};

/// A version of a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The component's digest.
    pub digest: Digest,
    /// What it calls itself, for people.
    pub version: String,
}

/// A version that runs beside the live one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beside {
    /// Which.
    #[serde(flatten)]
    pub version: Version,
    /// Names this comparison: what was seen in an earlier one says nothing of it.
    #[serde(default)]
    pub round: String,
}

/// How one use is locked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Use {
    /// The plugin, `kind/name`: a lock for another plugin does not count.
    pub plugin: String,
    /// What serves; `None` is the version inside the binary.
    pub current: Option<Version>,
    /// What runs beside it and is only compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shadow: Option<Beside>,
    /// What served before; the inner `None` is the version inside the binary.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "before")]
    pub before: Option<Option<Version>>,
}

/// `null` and "not there" are two things here.
mod before {
    use super::Version;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(
        value: &Option<Option<Version>>,
        s: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().and_then(Option::as_ref).serialize(s)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        d: D,
    ) -> Result<Option<Option<Version>>, D::Error> {
        Option::<Version>::deserialize(d).map(Some)
    }
}

/// The lock of a tenant, by `kind/name` of the use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// The uses.
    pub uses: BTreeMap<String, Use>,
}

/// Why an upgrade or its opposite does not make sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Step {
    /// The version serves already.
    #[error("{0} serves already")]
    Serves(String),
    /// There is nothing to promote.
    #[error("no new version runs beside the live one: begin with `kerros plugin upgrade`")]
    NoShadow,
    /// There is nothing to go back to.
    #[error("no version served before this one")]
    NoBefore,
    /// Somebody else was quicker.
    #[error("the lock was changed meanwhile: look with `kerros plugin list`, then call again")]
    Meanwhile,
}

/// What going back did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Back {
    /// The shadow ended; what serves did not change.
    ShadowEnded,
    /// This serves again; `None` is the version inside the binary.
    Serves(Option<Version>),
}

impl Use {
    /// A use that nothing is known of yet.
    #[must_use]
    pub fn new(plugin: &str, current: Option<Version>) -> Self {
        Self { plugin: plugin.to_owned(), current, shadow: None, before: None }
    }

    /// Lets a version run beside the live one, in a comparison of that name; it takes the place of another that did.
    ///
    /// # Errors
    /// It serves already.
    pub fn begin(&mut self, version: Version, round: &str) -> Result<(), Step> {
        if self.current.as_ref().is_some_and(|current| current.digest == version.digest) {
            return Err(Step::Serves(version.version));
        }
        self.shadow = Some(Beside { version, round: round.to_owned() });
        Ok(())
    }

    /// What serves for the first time; what was begun or served meanwhile stays.
    pub fn first(&mut self, version: Version) {
        let mine = self.shadow.as_ref().is_some_and(|new| new.version.digest == version.digest);
        if mine {
            // It serves: nothing is left to compare.
            self.shadow = None;
        }
        self.current.get_or_insert(version);
    }

    /// Lets the shadow serve.
    ///
    /// # Errors
    /// There is none.
    pub fn promote(&mut self) -> Result<Version, Step> {
        let next = self.shadow.take().ok_or(Step::NoShadow)?.version;
        self.before = Some(self.current.replace(next.clone()));
        Ok(next)
    }

    /// Ends the shadow if there is one, else lets the version serve that served before. Doing it twice comes back.
    ///
    /// # Errors
    /// There is neither.
    pub fn roll_back(&mut self) -> Result<Back, Step> {
        if self.shadow.take().is_some() {
            return Ok(Back::ShadowEnded);
        }
        let before = self.before.take().ok_or(Step::NoBefore)?;
        self.before = Some(std::mem::replace(&mut self.current, before));
        Ok(Back::Serves(self.current.clone()))
    }
}

/// The locks of a node.
#[derive(Debug, Clone)]
pub struct Locks {
    folder: PathBuf,
}

impl Locks {
    /// The locks in this folder, which need not be there yet.
    #[must_use]
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    fn path(&self, tenant: &str) -> PathBuf {
        self.folder.join(format!("{tenant}.lock"))
    }

    /// A tenant's lock; an empty one if it has none.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(&self, tenant: &str) -> Result<Lock, PublishError> {
        let path = self.path(tenant);
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|e| PublishError::Malformed { path, reason: e.to_string() }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Lock::default()),
            Err(error) => Err(io(&path)(error)),
        }
    }

    /// Changes a tenant's lock; commands and the server take turns. Nothing is written when nothing changed.
    ///
    /// # Errors
    /// The outer one: the files. The inner one is the change's own.
    pub fn change<T, E>(
        &self,
        tenant: &str,
        change: impl FnOnce(&mut Lock) -> Result<T, E>,
    ) -> Result<Result<T, E>, PublishError> {
        std::fs::create_dir_all(&self.folder).map_err(io(&self.folder))?;
        let turn = self.folder.join(".turn");
        let turn_file = std::fs::File::create(&turn).map_err(io(&turn))?;
        turn_file.lock().map_err(io(&turn))?;
        let before = self.read(tenant)?;
        let mut lock = before.clone();
        let done = change(&mut lock);
        if done.is_ok() && lock != before {
            let path = self.path(tenant);
            let text = serde_json::to_vec_pretty(&lock).map_err(|e| PublishError::Malformed {
                path: path.clone(),
                reason: e.to_string(),
            })?;
            write_whole(&path, &text)?;
        }
        Ok(done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(n: u8) -> Version {
        Version { digest: Digest::of(&[n]), version: format!("0.{n}.0") }
    }

    #[test]
    fn up_and_back_again() {
        let mut uses = Use::new("tagger/x", None);
        assert_eq!(uses.promote(), Err(Step::NoShadow));
        assert_eq!(uses.roll_back(), Err(Step::NoBefore));
        uses.begin(version(1), "a").unwrap();
        uses.begin(version(2), "b").unwrap();
        assert_eq!(uses.promote(), Ok(version(2)));
        assert_eq!(uses.begin(version(2), "c"), Err(Step::Serves("0.2.0".into())));
        uses.begin(version(3), "d").unwrap();
        assert_eq!(uses.roll_back(), Ok(Back::ShadowEnded));
        assert_eq!(uses.current, Some(version(2)));
        assert_eq!(uses.roll_back(), Ok(Back::Serves(None)));
        assert_eq!(uses.roll_back(), Ok(Back::Serves(Some(version(2)))));
    }

    #[test]
    fn a_first_version_leaves_what_was_begun() {
        let mut uses = Use::new("tagger/x", None);
        uses.begin(version(2), "a").unwrap();
        uses.first(version(1));
        assert_eq!(uses.current, Some(version(1)));
        assert_eq!(uses.shadow.as_ref().map(|new| &new.version), Some(&version(2)));
        uses.first(version(3));
        assert_eq!(uses.current, Some(version(1)));
        let mut uses = Use::new("tagger/x", None);
        uses.begin(version(1), "a").unwrap();
        uses.first(version(1));
        assert_eq!((uses.current, uses.shadow), (Some(version(1)), None));
    }

    #[test]
    fn a_lock_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let locks = Locks::at(&folder.path().join("locks"));
        assert_eq!(locks.read("aamu").unwrap(), Lock::default());
        let written = locks
            .change("aamu", |lock| {
                let mut uses = Use::new("tagger/x", None);
                uses.begin(version(1), "a")?;
                uses.promote()?;
                uses.begin(version(2), "b")?;
                lock.uses.insert("tagger/tags".into(), uses);
                lock.uses.insert("sla/sla".into(), Use::new("sla/y", Some(version(4))));
                Ok::<_, Step>(lock.clone())
            })
            .unwrap()
            .unwrap();
        assert_eq!(locks.read("aamu").unwrap(), written);
        assert_eq!(written.uses["tagger/tags"].before, Some(None));
        let beside = Beside { version: version(2), round: "b".into() };
        assert_eq!(written.uses["tagger/tags"].shadow, Some(beside));
        assert_eq!(written.uses["sla/sla"].before, None);
        // A change that is refused leaves the file alone.
        let refused = locks.change("aamu", |lock| {
            lock.uses.clear();
            Err::<(), _>(Step::NoShadow)
        });
        assert_eq!(refused.unwrap(), Err(Step::NoShadow));
        assert_eq!(locks.read("aamu").unwrap(), written);
    }
}
