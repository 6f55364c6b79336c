//! How a new version does beside the live one: counted by the server, kept in the data folder, read by commands.

use std::path::{Path, PathBuf};

use kerros_publish::Digest;
use kerros_publish::lock::{Beside, Use, Version};
use serde::{Deserialize, Serialize};

/// What was seen of a new version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Whose use.
    pub tenant: String,
    /// The use, `kind/name`.
    #[serde(rename = "use")]
    pub used_as: String,
    /// The plugin.
    pub plugin: String,
    /// What serves; `None` is the version inside Kerros.
    pub from: Option<Version>,
    /// The new one.
    pub to: Version,
    /// The comparison's name.
    pub round: String,
    /// Digest of the config that both ran under.
    pub config: Digest,
    /// Since when, milliseconds since 1970.
    pub since_ms: i64,
    /// Why it does not run at all.
    pub fault: Option<String>,
    /// Calls with the same answer.
    pub same: u64,
    /// Calls with another answer.
    pub different: u64,
    /// Calls of the new version that broke where the live one did not.
    pub failed: u64,
    /// Calls left out: too many at once, or the new version is left alone after repeated faults.
    pub skipped: u64,
    /// Time of the live version's compared calls, microseconds in all.
    pub live_us: u64,
    /// Time of the new version's, microseconds in all.
    pub new_us: u64,
    /// The first differences, masked.
    pub differences: Vec<Difference>,
    /// The first failures, in the host's words.
    pub failures: Vec<String>,
}

/// One difference between two answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Which call.
    pub call: String,
    /// Where in the answer, a JSON pointer.
    pub at: String,
    /// What the live version said, masked.
    pub live: String,
    /// What the new one said, masked.
    pub new: String,
}

impl Report {
    /// Nothing seen yet.
    pub fn new(
        tenant: &str,
        used_as: &str,
        plugin: &str,
        from: Option<Version>,
        to: &Beside,
        config: Digest,
        now_ms: i64,
    ) -> Self {
        Self {
            tenant: tenant.to_owned(),
            used_as: used_as.to_owned(),
            plugin: plugin.to_owned(),
            from,
            to: to.version.clone(),
            round: to.round.clone(),
            config,
            since_ms: now_ms,
            fault: None,
            same: 0,
            different: 0,
            failed: 0,
            skipped: 0,
            live_us: 0,
            new_us: 0,
            differences: Vec::new(),
            failures: Vec::new(),
        }
    }

    /// Whether it tells of what is compared now: of this comparison, beside what serves, under this config.
    pub fn is_of(&self, uses: &Use, config: &Digest) -> bool {
        let same = |new: &Beside| self.to == new.version && self.round == new.round;
        uses.shadow.as_ref().is_some_and(same)
            && self.from == uses.current
            && self.config == *config
    }

    /// Calls that were compared.
    pub fn compared(&self) -> u64 {
        self.same + self.different + self.failed
    }

    /// Mean time of a live call, microseconds.
    pub fn live_us_mean(&self) -> Option<u64> {
        self.live_us.checked_div(self.compared())
    }

    /// Mean time of a call of the new version, microseconds.
    pub fn new_us_mean(&self) -> Option<u64> {
        self.new_us.checked_div(self.compared())
    }
}

fn path(data: &Path, tenant: &str, used_as: &str) -> PathBuf {
    data.join("shadow").join(tenant).join(format!("{}.json", used_as.replace('/', "-")))
}

/// What was last written of a use; `None` if nothing, or nothing that can be read.
pub fn read(data: &Path, tenant: &str, used_as: &str) -> Option<Report> {
    let bytes = std::fs::read(path(data, tenant, used_as)).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Writes it whole.
///
/// # Errors
/// The data folder cannot be written.
pub fn write(data: &Path, report: &Report) -> std::io::Result<()> {
    let path = path(data, &report.tenant, &report.used_as);
    if let Some(folder) = path.parent() {
        crate::compose::make_private_dir(folder)?;
    }
    let draft = path.with_extension("part");
    std::fs::write(&draft, serde_json::to_vec_pretty(report)?)?;
    std::fs::rename(draft, path)
}

/// Forgets it: a comparison that begins has seen nothing.
///
/// # Errors
/// The data folder cannot be written.
pub fn remove(data: &Path, tenant: &str, used_as: &str) -> std::io::Result<()> {
    match std::fs::remove_file(path(data, tenant, used_as)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(n: u8) -> Version {
        Version { digest: Digest::of(&[n]), version: format!("0.{n}.0") }
    }

    /// What was seen of the same version another time, beside another one or under another config is no evidence.
    #[test]
    fn a_report_counts_for_its_own_comparison_alone() {
        let mut uses = Use::new("tagger/x", Some(version(1)));
        uses.begin(version(2), "a").unwrap();
        let config = Digest::of(b"{}");
        let new = uses.shadow.clone().unwrap();
        let from = uses.current.clone();
        let report = Report::new("aamu", "tagger/x", "tagger/x", from, &new, config.clone(), 0);
        assert!(report.is_of(&uses, &config));
        assert!(!report.is_of(&uses, &Digest::of(b"{\"a\":1}")));
        let mut later = uses.clone();
        later.begin(version(2), "b").unwrap();
        assert!(!report.is_of(&later, &config));
        let elsewhere = Use { current: None, ..uses.clone() };
        assert!(!report.is_of(&elsewhere, &config));
        uses.begin(version(3), "a").unwrap();
        assert!(!report.is_of(&uses, &config));

        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &report).unwrap();
        assert_eq!(read(folder.path(), "aamu", "tagger/x"), Some(report));
        remove(folder.path(), "aamu", "tagger/x").unwrap();
        remove(folder.path(), "aamu", "tagger/x").unwrap();
        assert_eq!(read(folder.path(), "aamu", "tagger/x"), None);
    }
}
