//! The kit on real plugins: the first-party ones pass, and what should fail does.

#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests stop at the first fault")]

mod first_party;
mod mails;
mod new;
#[path = "../../../../tests/suite/src/skip.rs"]
mod skip;
mod vectors;
mod versions;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use kerros_build::{BuildError, Built, build_many};

/// A first-party plugin: its folder and its component.
pub struct Plugin {
    pub folder: PathBuf,
    pub wasm: Vec<u8>,
}

/// All first-party plugins, built once; `None`, with the reason printed, where no compiler makes WebAssembly.
pub fn plugins() -> Option<&'static [Plugin]> {
    static PLUGINS: OnceLock<Option<Vec<Plugin>>> = OnceLock::new();
    PLUGINS.get_or_init(build).as_deref()
}

fn build() -> Option<Vec<Plugin>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let workspace = root.join("plugins");
    let mut folders: Vec<PathBuf> = read(&workspace)
        .into_iter()
        .filter(|kind| kind.is_dir())
        .flat_map(|kind| read(&kind))
        .filter(|folder| folder.join("plugin.toml").is_file())
        .collect();
    folders.sort();
    match build_many(&workspace, &folders, &root.join("target/kerros-plugins")) {
        Ok(built) => {
            let wasm = built.into_iter().map(|Built { wasm, .. }| wasm);
            Some(
                folders
                    .into_iter()
                    .zip(wasm)
                    .map(|(folder, wasm)| Plugin { folder, wasm })
                    .collect(),
            )
        }
        Err(BuildError::NoToolchain(reason)) => {
            no_compiler(&reason);
            None
        }
        Err(error) => panic!("the first-party plugins do not build: {error}"),
    }
}

/// Says that no plugin can be built here; the first line of the reason names what is missing.
pub fn no_compiler(reason: &str) {
    let why = reason.lines().next().unwrap_or_default();
    skip::skip(&format!("plugins of a source: {why}"));
}

fn read(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder of the repository");
    entries.map(|entry| entry.expect("readable").path()).collect()
}

/// One of them by the end of its folder (`tagger/keywords`).
pub fn plugin(id: &str) -> Option<&'static Plugin> {
    let plugin = plugins()?.iter().find(|plugin| plugin.folder.ends_with(id));
    Some(plugin.expect("a first-party plugin"))
}
