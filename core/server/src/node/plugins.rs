//! Loads plugins: those in the binary, and those in the plugins' folder, which win by id.

use std::collections::{BTreeMap, BTreeSet};
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

/// Looks at the folder: loads what is new or changed, takes out what is gone (another file of that id, else the bundled
/// one, serves again). Loose files load only where the policy takes any.
pub fn look(host: &Host, versions: &Versions, seen: &mut Seen) {
    let mut there = Vec::new();
    // What was loaded from a file that is gone, or holds something else now.
    let mut left = BTreeSet::new();
    for path in files(versions.folder()) {
        if !versions.takes_loose(&path) {
            continue;
        }
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) => {
                tracing::error!(file = %path.display(), %error, "plugin file cannot be read");
                // Between the list and the look it may have got another name; else what was loaded stays.
                if error.kind() != std::io::ErrorKind::NotFound {
                    there.push(path);
                }
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
                before.clone()
            }
        };
        left.extend(before.filter(|before| id.as_ref() != Some(before)));
        seen.0.insert(path, (digest, id));
    }
    seen.0.retain(|path, (_, id)| {
        let stays = there.contains(path);
        if !stays {
            left.extend(id.take());
        }
        stays
    });
    for id in left {
        // A file that only got another name was loaded under it just now.
        match seen.0.iter().rfind(|(_, (_, held))| held.as_ref() == Some(&id)) {
            Some((path, (digest, _))) => stay_with(host, &id, path, digest),
            None => fall_back(host, &id),
        }
    }
}

/// Lets a file serve the id that is there beside the one that is gone.
fn stay_with(host: &Host, id: &PluginId, path: &Path, digest: &[u8]) {
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    if host.loaded(id).is_some_and(|loaded| *loaded.digest == *hex) {
        return;
    }
    let loaded = std::fs::read(path).map_err(|error| error.to_string());
    match loaded.and_then(|bytes| host.load(&bytes).map_err(|error| error.to_string())) {
        Ok(_) => {
            tracing::info!(plugin = %id, file = %path.display(), "its file is gone: this one serves");
        }
        Err(error) => {
            tracing::error!(plugin = %id, file = %path.display(), %error, "its file is gone, and this one does not load");
        }
    }
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
