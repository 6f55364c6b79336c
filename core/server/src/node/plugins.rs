//! Loads plugins: those in the binary, and those in the plugins' folder, which win by id.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kerros_domain::id::PluginId;
use kerros_host::Host;
use sha2::{Digest as _, Sha256};

use crate::bundle::BUNDLED;
use crate::lifecycle::versions::Versions;

/// The files of the folder as they were last looked at: path to digest and the id that was loaded from it.
#[derive(Debug, Default, Clone)]
pub struct Seen(BTreeMap<PathBuf, (Vec<u8>, Option<PluginId>)>);

/// Loads all bundled plugins side by side, then the folder's. A bundled one that does not load is a fault of the
/// build; one from the folder is told and left out.
///
/// # Errors
/// A sentence that names the bundled plugin and why.
pub fn load_all(host: &Host, versions: &Versions) -> Result<Seen, String> {
    let lanes = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let faults: Vec<String> = std::thread::scope(|scope| {
        let share = BUNDLED.len().div_ceil(lanes).max(1);
        let lanes: Vec<_> = BUNDLED
            .chunks(share)
            .map(|some| {
                scope.spawn(move || {
                    let load = |(id, bytes): &(&str, &[u8])| {
                        host.load(bytes).err().map(|error| format!("bundled plugin {id}: {error}"))
                    };
                    some.iter().filter_map(load).collect::<Vec<_>>()
                })
            })
            .collect();
        lanes.into_iter().flat_map(|lane| lane.join().unwrap_or_default()).collect()
    });
    if !faults.is_empty() {
        return Err(faults.join("; "));
    }
    let mut seen = Seen::default();
    look(host, versions, &mut seen);
    Ok(seen)
}

/// Looks at the folder: loads what is new or changed, takes out what is gone (the bundled one of that id, if
/// there is one, serves again). Loose files load only where the policy takes any.
pub fn look(host: &Host, versions: &Versions, seen: &mut Seen) {
    let mut there = Vec::new();
    for path in files(versions.folder()) {
        if !versions.takes_loose(&path) {
            continue;
        }
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) => {
                tracing::error!(file = %path.display(), %error, "plugin file cannot be read");
                continue;
            }
        };
        there.push(path.clone());
        let digest = Sha256::digest(&bytes).to_vec();
        if seen.0.get(&path).is_some_and(|(known, _)| *known == digest) {
            continue;
        }
        let before = seen.0.get(&path).and_then(|(_, id)| id.clone());
        let id = match host.load(&bytes) {
            Ok(loaded) => {
                let manifest = loaded.manifest;
                tracing::info!(plugin = %manifest.id, version = manifest.version, file = %path.display(), "plugin loaded");
                Some(manifest.id)
            }
            Err(error) => {
                versions.refuse(
                    "faulty",
                    &format!("{}: {error}; what was loaded before stays", path.display()),
                );
                before
            }
        };
        seen.0.insert(path, (digest, id));
    }
    seen.0.retain(|path, (_, id)| {
        let stays = there.contains(path);
        if let (false, Some(id)) = (stays, &id) {
            fall_back(host, id);
        }
        stays
    });
}

fn fall_back(host: &Host, id: &PluginId) {
    match BUNDLED.iter().find(|(bundled, _)| *bundled == id.as_str()) {
        Some((_, bytes)) => match host.load(bytes) {
            Ok(_) => tracing::info!(plugin = %id, "its file is gone: the bundled one serves again"),
            Err(error) => tracing::error!(plugin = %id, %error, "the bundled plugin does not load"),
        },
        None => {
            host.unload(id);
            tracing::warn!(plugin = %id, "its file is gone: the plugin is unloaded");
        }
    }
}

/// The loose files of the folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "wasm"))
        .collect();
    files.sort();
    files
}
