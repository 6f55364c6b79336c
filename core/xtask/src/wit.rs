//! The reference of the contract, written from `sdk/wit`: `sdk/docs/reference`. Checked in, so that it can be read
//! without a build.

mod page;

use std::path::Path;

use anyhow::Context as _;
use wit_parser::Resolve;

/// Folders of `sdk/wit`, the shared one first.
const PACKAGES: [&str; 6] = ["base", "bot", "channel", "report", "sla", "tagger"];

/// Where the pages lie.
const REFERENCE: &str = "sdk/docs/reference";

/// Name and text of every page.
fn pages(root: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let wit = root.join("sdk/wit");
    PACKAGES
        .iter()
        .map(|name| {
            let mut resolve = Resolve::default();
            let (base, _) = resolve.push_path(wit.join("base")).context("sdk/wit/base")?;
            let package = match *name {
                "base" => base,
                _ => {
                    resolve.push_path(wit.join(name)).with_context(|| format!("sdk/wit/{name}"))?.0
                }
            };
            Ok((format!("{name}.md"), page::text(&resolve, package, name)))
        })
        .collect()
}

/// Writes every page.
///
/// # Errors
/// The contract does not parse, or a file cannot be written.
pub fn write(root: &Path) -> anyhow::Result<()> {
    let folder = root.join(REFERENCE);
    std::fs::create_dir_all(&folder)?;
    for (name, text) in pages(root)? {
        std::fs::write(folder.join(name), text)?;
    }
    Ok(())
}

/// Pages that are not what the contract says now.
///
/// # Errors
/// The contract does not parse.
pub fn faults(root: &Path) -> anyhow::Result<Vec<String>> {
    let stale = |(name, text): &(String, String)| {
        let written = std::fs::read_to_string(root.join(REFERENCE).join(name)).unwrap_or_default();
        written != *text
    };
    let tell = |(name, _)| format!("{REFERENCE}/{name} is stale: run `cargo xtask wit`");
    Ok(pages(root)?.into_iter().filter(stale).map(tell).collect())
}

#[cfg(test)]
mod tests {
    use super::{PACKAGES, faults, pages};
    use crate::metadata::root;

    #[test]
    fn the_reference_is_what_the_contract_says() {
        assert_eq!(faults(&root()).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn every_package_of_the_contract_has_its_page() {
        let folders = std::fs::read_dir(root().join("sdk/wit")).unwrap();
        let mut names: Vec<String> = folders
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.path().is_dir())
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| name != "frozen")
            .collect();
        names.sort();
        assert_eq!(names, PACKAGES);
        for (name, text) in pages(&root()).unwrap() {
            assert!(text.starts_with("# `kerros:") && text.contains("| name |"), "{name}");
        }
    }
}
