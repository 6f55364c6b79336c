//! What `cargo metadata` says.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use serde::Deserialize;

/// The part of the metadata that the chores read.
#[derive(Debug, Deserialize)]
pub struct Metadata {
    /// Packages: only the workspace's own, or all.
    pub packages: Vec<Package>,
}

/// A package.
#[derive(Debug, Deserialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// An SPDX expression.
    pub license: Option<String>,
    /// Where it comes from; `None` is a path of this workspace.
    pub source: Option<String>,
    /// What it asks for.
    pub dependencies: Vec<Dependency>,
}

/// A dependency as asked for.
#[derive(Debug, Deserialize)]
pub struct Dependency {
    /// Its package.
    pub name: String,
    /// `dev`, `build` or nothing.
    pub kind: Option<String>,
}

/// The root of this repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Asks cargo.
pub fn read(root: &Path, all: bool) -> anyhow::Result<Metadata> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root).args(["metadata", "--format-version", "1", "--locked"]);
    if !all {
        cargo.arg("--no-deps");
    }
    let output = cargo.output().context("cargo metadata could not be started")?;
    if !output.status.success() {
        bail!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    serde_json::from_slice(&output.stdout).context("cargo metadata printed something unexpected")
}
