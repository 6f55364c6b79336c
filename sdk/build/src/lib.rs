//! Builds Kerros plugins: finds or installs what makes WebAssembly of the author's Rust, JavaScript or Python, makes the
//! component and embeds its manifest. Also writes the folder a new plugin starts from.
//!
//! It is used twice: by `kerros plugin new|build`, and by the build script of the server, which puts
//! the first-party plugins into the binary. It never runs a plugin; that is `kerros-testkit`.
//!
//! Start in [`build_dir`], then [`toolchain`] (which compiler), [`manifest`] (what `plugin.toml` says).

pub mod component;
pub mod manifest;
pub mod toolchain;

mod assets;
mod build;
mod bundle;
mod compile;
mod ear;
mod lang;
mod scaffold;
mod script;
mod tools;
mod world;

pub use build::{Built, build_dir, build_many, build_quickly, default_target_dir};
pub use bundle::{Bundled, bundle};
pub use lang::{LANGS, Lang};
pub use manifest::{Manifest, NAMED, Wants};
pub use scaffold::{KINDS, ScaffoldError, scaffold};

use std::path::{Path, PathBuf};

/// Why a plugin was not built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// No compiler here can make WebAssembly; says what to install.
    #[error("{0}")]
    NoToolchain(String),
    /// `plugin.toml` or `Cargo.toml` is missing something or wrong; every fault at once.
    #[error("{}:\n{}", path.display(), list(faults))]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong, each with its key.
        faults: Vec<manifest::Fault>,
    },
    /// The compiler found errors; it has printed them.
    #[error("cargo could not compile {what} (exit code {code})")]
    Compile {
        /// What was compiled.
        what: String,
        /// Its exit code, -1 if it was killed.
        code: i32,
    },
    /// The tool that makes components of the language found errors; it has printed them.
    #[error("no component could be made of {what} ({lang})")]
    Script {
        /// The language.
        lang: Lang,
        /// What was compiled.
        what: String,
    },
    /// What the compiler made is not a plugin.
    #[error("{id}: {reason}")]
    Component {
        /// Which plugin.
        id: String,
        /// Why.
        reason: String,
    },
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

fn list(faults: &[manifest::Fault]) -> String {
    faults.iter().map(|fault| format!("  {fault}")).collect::<Vec<_>>().join("\n")
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> BuildError {
    let path = path.to_owned();
    move |source| BuildError::Io { path, source }
}
