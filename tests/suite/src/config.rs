//! A config folder made for one test.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

/// What every server of the suite is started with: limits that do not stand in a test's way, and providers on
/// this machine.
const PLATFORM: &str = r#"
[server]
drain = "10s"
[server.limits]
visits = { per_minute = 100000, burst = 100000 }
visitor = { per_minute = 100000, burst = 100000 }
logins = { per_minute = 100000, burst = 100000 }
hooks = { per_minute = 100000, burst = 100000 }
api = { per_minute = 100000, burst = 100000 }
[plugins.policy]
private_hosts = true
[plugins]
trust = "any"
"#;

/// A config folder.
pub struct Config {
    folder: TempDir,
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}

impl Config {
    /// Without tenants.
    pub fn new() -> Self {
        let config = Self { folder: tempfile::tempdir().unwrap() };
        config.put("kerros.toml", PLATFORM);
        config
    }

    /// With a tenant's file.
    #[must_use]
    pub fn tenant(self, name: &str, text: &str) -> Self {
        self.put(&format!("tenants/{name}.toml"), text);
        self
    }

    /// With an article: its first line is the title.
    #[must_use]
    pub fn article(self, tenant: &str, language: &str, slug: &str, text: &str) -> Self {
        self.put(&format!("articles/{tenant}/{language}/{slug}.md"), text);
        self
    }

    /// With more in `kerros.toml`.
    #[must_use]
    pub fn platform(self, text: &str) -> Self {
        self.put("kerros.toml", &format!("{PLATFORM}\n{text}"));
        self
    }

    /// Writes a file whole, as a careful editor does: beside it, then in its place.
    pub fn put(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let beside = path.with_extension("part");
        fs::write(&beside, text).unwrap();
        fs::rename(beside, path).unwrap();
    }

    /// Takes a file away.
    pub fn remove(&self, path: &str) {
        fs::remove_file(self.path().join(path)).unwrap();
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// `text` with `from` replaced; a test that changes nothing would test nothing.
///
/// # Panics
/// When `from` is not there.
pub fn edited(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from:?} is not in the text to edit");
    text.replace(from, to)
}
