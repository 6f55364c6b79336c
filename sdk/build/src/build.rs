//! From an author's folder to a `.wasm` that Kerros loads.

use std::path::{Path, PathBuf};

use crate::compile::compile;
use crate::ear::Ear;
use crate::lang::Lang;
use crate::manifest::{Fault, Manifest};
use crate::toolchain::{TARGET, Toolchain};
use crate::{BuildError, assets, component, io, script};

/// A finished plugin.
#[derive(Debug, Clone)]
pub struct Built {
    /// What it says of itself.
    pub manifest: Manifest,
    /// The component.
    pub wasm: Vec<u8>,
    /// Where it lies: `<target_dir>/plugins/<kind>-<name>.wasm`.
    pub path: PathBuf,
    /// Whether the file is new or changed by this build.
    pub changed: bool,
}

/// Builds the plugin in `dir` (with `plugin.toml` and what its language needs); the compiler works in `target_dir`.
///
/// # Errors
/// No toolchain, a faulty manifest, compile errors (printed by the compiler), or a module that is no plugin.
pub fn build_dir(dir: &Path, target_dir: &Path) -> Result<Built, BuildError> {
    build_heard(dir, target_dir, &mut Ear::Terminal)
}

/// As [`build_dir`], for somebody who waits: quick rather than small, and what the compiler said is returned, not
/// printed. Give it a `target_dir` of its own: the settings differ, so sharing one would build everything anew.
pub fn build_quickly(dir: &Path, target_dir: &Path) -> (Result<Built, BuildError>, String) {
    let mut ear = Ear::Kept(String::new());
    let built = build_heard(dir, target_dir, &mut ear);
    let said = match ear {
        Ear::Kept(said) => said,
        Ear::Terminal => String::new(),
    };
    (built, said)
}

fn build_heard(dir: &Path, target_dir: &Path, ear: &mut Ear) -> Result<Built, BuildError> {
    let dir = dir.canonicalize().map_err(io(dir))?;
    let mut manifest = Manifest::read(&dir)?;
    // The compiler runs in the plugin's folder, so a path must not hang on ours.
    let target_dir = &std::path::absolute(target_dir).map_err(io(target_dir))?;
    let lang = Lang::of(&dir);
    if lang != Lang::Rust {
        manifest.lane = Some("warm".into());
        let work = target_dir.join("languages").join(manifest.id.replace('/', "-"));
        let made = script::componentize(lang, &dir, &manifest, &work, ear)?;
        let wasm = component::describe(made, &manifest, "does it export one object or class?")
            .map_err(|reason| BuildError::Component { id: manifest.id.clone(), reason })?;
        return write(manifest, wasm, &dir, target_dir);
    }
    let package = package(&dir)?;
    let toolchain = Toolchain::find().map_err(BuildError::NoToolchain)?;
    // An author who has just named a new dependency gets it.
    compile(&toolchain, &dir.join("Cargo.toml"), &[], target_dir, false, ear)?;
    finish(manifest, &package, &dir, target_dir)
}

/// Where cargo works unless told otherwise: `target` beside the nearest `Cargo.toml` with a workspace, as cargo has it.
#[must_use]
pub fn default_target_dir(dir: &Path) -> PathBuf {
    let dir = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    let is_workspace = |folder: &&Path| {
        let text = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        text.parse::<toml::Table>().is_ok_and(|table| table.contains_key("workspace"))
    };
    dir.ancestors().find(is_workspace).unwrap_or(&dir).join("target")
}

/// Builds the plugins in `dirs`, all members of the workspace at `workspace`, in one cargo call.
///
/// # Errors
/// As [`build_dir`]; nothing is returned unless all are built.
pub fn build_many(
    workspace: &Path,
    dirs: &[PathBuf],
    target_dir: &Path,
) -> Result<Vec<Built>, BuildError> {
    let target_dir = &std::path::absolute(target_dir).map_err(io(target_dir))?;
    let workspace = workspace.canonicalize().map_err(io(workspace))?;
    let plugins: Vec<(Manifest, String)> = dirs
        .iter()
        .map(|dir| Ok((Manifest::read(dir)?, package(dir)?)))
        .collect::<Result<_, BuildError>>()?;
    let packages: Vec<String> = plugins.iter().map(|(_, package)| package.clone()).collect();
    let toolchain = Toolchain::find().map_err(BuildError::NoToolchain)?;
    let cargo_toml = workspace.join("Cargo.toml");
    compile(&toolchain, &cargo_toml, &packages, target_dir, true, &mut Ear::Terminal)?;
    plugins
        .into_iter()
        .zip(dirs)
        .map(|((manifest, package), dir)| finish(manifest, &package, dir, target_dir))
        .collect()
}

/// Encodes what cargo made and writes it.
fn finish(
    manifest: Manifest,
    package: &str,
    dir: &Path,
    target_dir: &Path,
) -> Result<Built, BuildError> {
    let module_path =
        target_dir.join(TARGET).join("release").join(format!("{}.wasm", package.replace('-', "_")));
    let module = std::fs::read(&module_path).map_err(io(&module_path))?;
    let wasm = component::encode(&module, &manifest)
        .map_err(|reason| BuildError::Component { id: manifest.id.clone(), reason })?;
    write(manifest, wasm, dir, target_dir)
}

/// Adds the plugin's files and writes the component, unless the same bytes lie there already.
fn write(
    manifest: Manifest,
    mut wasm: Vec<u8>,
    dir: &Path,
    target_dir: &Path,
) -> Result<Built, BuildError> {
    assets::attach(dir, &manifest, &mut wasm)?;
    let folder = target_dir.join("plugins");
    std::fs::create_dir_all(&folder).map_err(io(&folder))?;
    let path = folder.join(format!("{}.wasm", manifest.id.replace('/', "-")));
    let changed = std::fs::read(&path).map_or(true, |old| old != wasm);
    if changed {
        std::fs::write(&path, &wasm).map_err(io(&path))?;
    }
    Ok(Built { manifest, wasm, path, changed })
}

/// The package name in a folder's `Cargo.toml`, whose library must be a `cdylib`.
fn package(dir: &Path) -> Result<String, BuildError> {
    let path = dir.join("Cargo.toml");
    let text = std::fs::read_to_string(&path).map_err(io(&path))?;
    let fault = |key: &str, reason: String| BuildError::Manifest {
        path: path.clone(),
        faults: vec![Fault { key: key.into(), reason }],
    };
    let table: toml::Table =
        text.parse().map_err(|e: toml::de::Error| fault("Cargo.toml", e.to_string()))?;
    let is_cdylib = table
        .get("lib")
        .and_then(|lib| lib.get("crate-type"))
        .and_then(toml::Value::as_array)
        .is_some_and(|types| types.iter().any(|kind| kind.as_str() == Some("cdylib")));
    if !is_cdylib {
        return Err(fault("lib.crate-type", "expected [\"cdylib\"]".into()));
    }
    table
        .get("package")
        .and_then(|package| package.get("name"))
        .and_then(toml::Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| fault("package.name", "missing".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_a_workspace_share_its_target() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let member = root.join("tagger/a");
        std::fs::create_dir_all(&member).unwrap();
        std::fs::write(member.join("Cargo.toml"), "[package]").unwrap();
        assert_eq!(default_target_dir(&member), member.join("target"));
        std::fs::write(root.join("Cargo.toml"), "[workspace]").unwrap();
        assert_eq!(default_target_dir(&member), root.join("target"));
    }

    #[test]
    fn a_library_that_is_no_cdylib_is_told() {
        let folder = tempfile::tempdir().unwrap();
        for (text, key) in [
            ("[package]\nname = \"a\"", "lib.crate-type"),
            ("[package]\n[lib]\ncrate-type = [\"cdylib\"]", "package.name"),
            ("[package", "Cargo.toml"),
        ] {
            std::fs::write(folder.path().join("Cargo.toml"), text).unwrap();
            match package(folder.path()) {
                Err(BuildError::Manifest { faults, .. }) => {
                    assert_eq!(faults[0].key, key, "{text}");
                }
                other => panic!("{other:?}"),
            }
        }
    }
}
