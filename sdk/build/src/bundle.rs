//! The first-party plugins, built for the server's binary.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::{BuildError, KINDS, build_many, io};

/// A plugin that goes into the binary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundled {
    /// `kind/name`.
    pub id: String,
    /// Its component.
    pub path: PathBuf,
}

/// Builds every plugin at `<plugins_dir>/<kind>/<name>` (one workspace) into `<out_dir>`, and writes
/// `<out_dir>/bundled.rs`, to be included: `pub static BUNDLED: &[(&str, &[u8])]`, id and component.
///
/// # Errors
/// As [`build_many`].
pub fn bundle(plugins_dir: &Path, out_dir: &Path) -> Result<Vec<Bundled>, BuildError> {
    let plugins_dir = plugins_dir.canonicalize().map_err(io(plugins_dir))?;
    let dirs = plugin_dirs(&plugins_dir)?;
    let built = build_many(&plugins_dir, &dirs, &target_dir(out_dir))?;
    let mut source = String::from(
        "/// Id and component of every first-party plugin.\npub static BUNDLED: &[(&str, &[u8])] = &[\n",
    );
    let mut bundled = Vec::new();
    for plugin in built {
        let file = format!("{}.wasm", plugin.manifest.id.replace('/', "-"));
        let path = out_dir.join(&file);
        std::fs::write(&path, &plugin.wasm).map_err(io(&path))?;
        // Writing to a String cannot fail.
        let _ = writeln!(
            source,
            "    ({:?}, include_bytes!(concat!(env!(\"OUT_DIR\"), {:?}))),",
            plugin.manifest.id,
            format!("/{file}")
        );
        bundled.push(Bundled { id: plugin.manifest.id, path });
    }
    source.push_str("];\n");
    let path = out_dir.join("bundled.rs");
    std::fs::write(&path, source).map_err(io(&path))?;
    Ok(bundled)
}

/// Every folder `<kind>/<name>` with a `plugin.toml`, in order.
fn plugin_dirs(plugins_dir: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let mut dirs = Vec::new();
    for kind in KINDS {
        let folder = plugins_dir.join(kind);
        if !folder.is_dir() {
            continue;
        }
        let entries = std::fs::read_dir(&folder).map_err(io(&folder))?;
        let mut found: Vec<PathBuf> = entries
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .filter(|path| path.join("plugin.toml").is_file())
            .collect();
        found.sort();
        dirs.extend(found);
    }
    Ok(dirs)
}

/// A folder that outlives changes of the build script, so that the standard library is not built again:
/// `<outer target>/kerros-plugins`. cargo's `OUT_DIR` is `<target>/<profile>/build/<name-hash>/out`.
fn target_dir(out_dir: &Path) -> PathBuf {
    let build = out_dir.ancestors().find(|folder| folder.ends_with("build"));
    match build.and_then(|folder| folder.parent()?.parent()) {
        Some(target) => target.join("kerros-plugins"),
        None => out_dir.join("kerros-plugins"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nested_target_is_shared_by_all_profiles() {
        for profile in ["debug", "release"] {
            let out = PathBuf::from(format!("/x/target/{profile}/build/kerros-0123/out"));
            assert_eq!(target_dir(&out), PathBuf::from("/x/target/kerros-plugins"));
        }
        assert_eq!(target_dir(Path::new("/tmp/y")), PathBuf::from("/tmp/y/kerros-plugins"));
    }

    #[test]
    fn only_folders_with_a_manifest_are_plugins() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["tagger/b", "tagger/a", "bot/c", "notes/d"] {
            let dir = folder.path().join(name);
            std::fs::create_dir_all(&dir).unwrap();
            if name != "tagger/b" {
                std::fs::write(dir.join("plugin.toml"), "").unwrap();
            }
        }
        let found = plugin_dirs(folder.path()).unwrap();
        assert_eq!(found, [folder.path().join("bot/c"), folder.path().join("tagger/a")]);
    }
}
