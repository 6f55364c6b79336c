//! The files of a plugin's folder `assets`, which travel in the component.

use std::path::{Path, PathBuf};

use crate::manifest::{Fault, Manifest};
use crate::{BuildError, component, io};

/// Most bytes of all files together.
const MOST: usize = 8 << 20;
/// Most files.
const FILES: usize = 256;

/// Appends the files in `dir/assets`, in the order of their names.
pub(crate) fn attach(
    dir: &Path,
    manifest: &Manifest,
    wasm: &mut Vec<u8>,
) -> Result<(), BuildError> {
    let root = dir.join("assets");
    if !root.is_dir() {
        return Ok(());
    }
    let fault = |reason: String| BuildError::Manifest {
        path: dir.join("plugin.toml"),
        faults: vec![Fault { key: "assets".into(), reason }],
    };
    if manifest.kind != "tagger" {
        return Err(fault(format!("only taggers read files, this is a {}", manifest.kind)));
    }
    let mut files = Vec::new();
    walk(&root, &mut files)?;
    files.sort();
    if files.len() > FILES {
        return Err(fault(format!("{} files; at most {FILES} are allowed", files.len())));
    }
    let mut all = 0;
    for file in files {
        let name = file.strip_prefix(&root).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        let sane = name.len() <= 200
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-/".contains(&b));
        if !sane {
            return Err(fault(format!("{name:?}: names are letters, digits and ._-/")));
        }
        let content = std::fs::read(&file).map_err(io(&file))?;
        all += content.len();
        if all > MOST {
            return Err(fault(format!("more than {} MiB of files", MOST >> 20)));
        }
        component::attach(wasm, &name, &content);
    }
    Ok(())
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), BuildError> {
    for entry in std::fs::read_dir(folder).map_err(io(folder))? {
        let path = entry.map_err(io(folder))?.path();
        if path.is_dir() {
            walk(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
