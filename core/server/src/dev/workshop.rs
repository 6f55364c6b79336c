//! Builds the plugin whenever its files change, and tells everybody how it went.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kerros_build::{BuildError, Built};
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use serde::Serialize;
use tokio::sync::{mpsc, watch};

/// Editors write a file in several steps: changes within this are one.
const SETTLE: Duration = Duration::from_millis(40);

/// How the last build went.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Status {
    /// `waiting`, `building`, `ready` or `failed`.
    pub state: &'static str,
    /// Builds that became ready so far.
    pub builds: u64,
    /// How long compiling took, milliseconds.
    pub build_ms: u64,
    /// How long the swap in the running Kerros took: checking, making machine code, linking.
    pub swap_ms: u64,
    /// Bytes of the component.
    pub bytes: usize,
    /// What is wrong, in the compiler's words.
    pub said: String,
}

/// Where a plugin is built.
#[derive(Debug)]
pub struct Workshop {
    folder: PathBuf,
    target: PathBuf,
    status: watch::Sender<Status>,
}

impl Workshop {
    /// For a plugin's folder.
    pub fn new(folder: &Path) -> Self {
        let (status, _) = watch::channel(Status { state: "waiting", ..Status::default() });
        // Quick builds have settings of their own, so they lie apart from `kerros plugin build`'s.
        let target = kerros_build::default_target_dir(folder).join("kerros-dev");
        Self { folder: folder.to_owned(), target, status }
    }

    /// The plugin's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where machine code made of components is kept.
    pub fn cache(&self) -> PathBuf {
        self.target.join("cache")
    }

    /// Hears how builds go.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }

    /// Builds once. Blocks.
    pub fn build(&self) -> Option<Made> {
        self.status.send_modify(|status| status.state = "building");
        let began = Instant::now();
        let (built, said) = kerros_build::build_quickly(&self.folder, &self.target);
        let build_ms = millis(began);
        match built {
            Ok(built) => Some(Made { built, build_ms, said }),
            Err(error) => {
                self.failed(&told(&error, &said));
                None
            }
        }
    }

    /// Tells that a build serves now.
    pub fn ready(&self, made: &Made, swap_ms: u64) {
        self.status.send_modify(|status| {
            *status = Status {
                state: "ready",
                builds: status.builds + 1,
                build_ms: made.build_ms,
                swap_ms,
                bytes: made.built.wasm.len(),
                said: made.said.clone(),
            };
        });
    }

    /// Tells that the last change did not become one that serves; what served before goes on.
    pub fn failed(&self, said: &str) {
        self.status.send_modify(|status| {
            status.state = "failed";
            said.clone_into(&mut status.said);
        });
    }

    /// Rings whenever the plugin's files have changed and lie still again.
    ///
    /// # Errors
    /// If the system gives no notices.
    pub fn watch(&self) -> notify::Result<Changes> {
        let (notice, noticed) = mpsc::channel(1);
        let root = self.folder.clone();
        let mut watcher =
            notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
                let concerns = |event: notify::Event| {
                    !event.kind.is_access() && event.paths.iter().any(|path| is_source(&root, path))
                };
                if event.is_ok_and(concerns) {
                    let _ = notice.try_send(());
                }
            })?;
        watcher.watch(&self.folder, RecursiveMode::Recursive)?;
        Ok(Changes { _watcher: watcher, noticed })
    }
}

/// Changes of the plugin's files.
#[derive(Debug)]
pub struct Changes {
    _watcher: RecommendedWatcher,
    noticed: mpsc::Receiver<()>,
}

impl Changes {
    /// The next one, once the files lie still.
    pub async fn next(&mut self) {
        if self.noticed.recv().await.is_none() {
            // Without a watcher nothing more comes.
            std::future::pending::<()>().await;
        }
        while tokio::time::timeout(SETTLE, self.noticed.recv())
            .await
            .is_ok_and(|more| more.is_some())
        {}
    }
}

/// What a build made.
#[derive(Debug)]
pub struct Made {
    /// The component and its manifest.
    pub built: Built,
    /// How long it took.
    pub build_ms: u64,
    /// Warnings.
    pub said: String,
}

/// Milliseconds since then.
pub fn millis(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}

fn told(error: &BuildError, said: &str) -> String {
    let said = said.trim();
    if said.is_empty() { error.to_string() } else { format!("{said}\n\n{error}") }
}

/// Whether a change there is one of the plugin. What builds themselves write, and what is beside it for people, is
/// not.
fn is_source(root: &Path, path: &Path) -> bool {
    let Ok(inside) = path.strip_prefix(root) else { return true };
    let passed = ["target", "node_modules", "__pycache__", "vectors", "recorded"];
    let mut parts = inside.iter().map(|part| part.to_string_lossy());
    let beside = parts.any(|part| part.starts_with('.') || passed.contains(&&*part));
    let name = inside.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    !(beside || name == "Cargo.lock" || name.ends_with(".md") || name.ends_with('~'))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::is_source;

    #[test]
    fn what_a_build_writes_is_no_change() {
        let root = Path::new("/w/.hidden/mine");
        for (path, source) in [
            ("src/lib.rs", true),
            ("plugin.toml", true),
            ("plugin.js", true),
            ("sdk/kerros/call.js", true),
            ("target/kerros-dev/x", false),
            (".kerros-entry.js", false),
            (".git/HEAD", false),
            ("node_modules/a/b.js", false),
            ("__pycache__/plugin.pyc", false),
            ("vectors/a.json", false),
            ("Cargo.lock", false),
            ("README.md", false),
            ("src/lib.rs~", false),
        ] {
            assert_eq!(is_source(root, &root.join(path)), source, "{path}");
        }
    }
}
