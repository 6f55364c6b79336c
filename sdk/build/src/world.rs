//! The world of a plugin that is not written in Rust: its kind's exports, and of the imports only what its manifest wants. A runtime
//! imports everything that its world names, whether it is called or not; a Rust guest imports what it calls.

use std::path::{Path, PathBuf};

use crate::manifest::Manifest;
use crate::{BuildError, io};

/// The name of the world.
pub(crate) const WORLD: &str = "plugin";

/// An interface that a plugin imports: what the SDK calls it, and its name in WIT.
pub(crate) struct Import {
    pub(crate) name: &'static str,
    pub(crate) interface: String,
}

/// A plugin's world, written where tools read it.
pub(crate) struct World {
    /// Folder of the world, its dependencies in `deps`.
    pub(crate) wit: PathBuf,
    pub(crate) imports: Vec<Import>,
}

/// Writes the world for a manifest into `work/wit`; the contract is taken from the plugin's own `sdk/wit`.
pub(crate) fn write(dir: &Path, manifest: &Manifest, work: &Path) -> Result<World, BuildError> {
    let wit = work.join("wit");
    if wit.exists() {
        std::fs::remove_dir_all(&wit).map_err(io(&wit))?;
    }
    let mut versions = Vec::new();
    for package in ["base", manifest.kind.as_str()] {
        let source = dir.join(format!("sdk/wit/{package}/{package}.wit"));
        let text = std::fs::read_to_string(&source).map_err(io(&source))?;
        versions.push(version(&text).to_owned());
        let folder = wit.join("deps").join(package);
        std::fs::create_dir_all(&folder).map_err(io(&folder))?;
        let file = folder.join(format!("{package}.wit"));
        std::fs::write(&file, text).map_err(io(&file))?;
    }
    let [base, own] = &versions[..] else { return Ok(World { wit, imports: Vec::new() }) };
    let kind = &manifest.kind;
    let mut imports = vec![Import { name: "log", interface: format!("kerros:base/log@{base}") }];
    imports.extend(wanted(manifest).map(|(name, interface)| Import {
        name,
        interface: format!("kerros:{kind}/{interface}@{own}"),
    }));
    let mut text = format!("package kerros:made-here;\n\nworld {WORLD} {{\n");
    for import in &imports {
        text.push_str(&format!("  import {};\n", import.interface));
    }
    text.push_str(&format!("  export kerros:{kind}/plugin@{own};\n}}\n"));
    let file = wit.join("world.wit");
    std::fs::write(&file, text).map_err(io(&file))?;
    Ok(World { wit, imports })
}

/// What a manifest lets a plugin import, by the SDK's name and the interface's.
fn wanted(manifest: &Manifest) -> impl Iterator<Item = (&'static str, &'static str)> {
    let wants = |want: &str| {
        manifest.wants.iter().any(|known| {
            known == want || known.split_once(':').is_some_and(|(name, _)| name == want)
        })
    };
    let all: &[(&str, &str, bool)] = match manifest.kind.as_str() {
        "channel" => &[("secretMac", "secret-mac", wants("secret"))],
        "bot" => &[
            ("http", "http", wants("http")),
            ("search", "search", wants("search")),
            ("kv", "kv", wants("kv")),
        ],
        "tagger" => &[("asset", "asset", true)],
        "report" => &[("facts", "facts", wants("facts"))],
        _ => &[],
    };
    all.iter()
        .filter(|(_, _, is_wanted)| *is_wanted)
        .map(|(name, interface, _)| (*name, *interface))
        .collect::<Vec<_>>()
        .into_iter()
}

/// The version in `package kerros:KIND@VERSION;`.
fn version(wit: &str) -> &str {
    let line = wit.lines().find(|line| line.starts_with("package ")).unwrap_or_default();
    line.rsplit_once('@').map_or("0.1.0", |(_, version)| version.trim().trim_end_matches(';'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_world_imports_what_the_manifest_wants_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        crate::scaffold("bot", "by-hand", crate::Lang::Js, &folder.path().join("bot")).unwrap();
        let dir = folder.path().join("bot");
        let mut manifest = Manifest::read(&dir).unwrap();
        for (wants, imports) in [
            (&[][..], &["log"][..]),
            (&["search"], &["log", "search"]),
            (&["http:a.example", "http:b.example"], &["log", "http"]),
        ] {
            manifest.wants = wants.iter().map(|want| (*want).to_owned()).collect();
            let world = write(&dir, &manifest, &folder.path().join("work")).unwrap();
            let names: Vec<_> = world.imports.iter().map(|import| import.name).collect();
            assert_eq!(names, imports);
            let text = std::fs::read_to_string(world.wit.join("world.wit")).unwrap();
            assert!(text.contains("export kerros:bot/plugin@0.1.0;"), "{text}");
        }
    }

    #[test]
    fn the_version_stands_in_the_package_line() {
        assert_eq!(version("/// Words.\npackage kerros:channel@0.2.0;\n"), "0.2.0");
    }
}
