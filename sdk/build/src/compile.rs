//! The nested cargo call.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::ear::Ear;
use crate::toolchain::{TARGET, Toolchain};
use crate::{BuildError, io};

/// What a build for somebody who waits has other than a release: no optimisation over the whole program, code in many
/// pieces, and only those made again that changed.
const QUICK: [(&str, &str); 5] = [
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    ("CARGO_PROFILE_RELEASE_INCREMENTAL", "true"),
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"),
    ("CARGO_INCREMENTAL", "1"),
];

/// Compiles `packages` of the workspace or crate at `manifest` into `target_dir`, in one call. cargo's own
/// progress and errors are heard by `ear`. `locked` builds what the lockfile says, if there is one, or nothing.
pub(crate) fn compile(
    toolchain: &Toolchain,
    manifest: &Path,
    packages: &[String],
    target_dir: &Path,
    locked: bool,
    ear: &mut Ear,
) -> Result<(), BuildError> {
    let (rustc, cargo) = match toolchain {
        Toolchain::Installed { rustc, cargo } | Toolchain::BuildStd { rustc, cargo, .. } => {
            (rustc, cargo)
        }
    };
    let folder = manifest.parent().unwrap_or(Path::new("."));
    let mut call = Command::new(cargo);
    for (name, _) in std::env::vars_os() {
        if belongs_to_the_outer_call(&name) {
            call.env_remove(&name);
        }
    }
    // Run where the crate is, so that its own `.cargo/config.toml` counts and not the caller's.
    call.current_dir(folder).env("RUSTC", rustc);
    // Author's paths have no place in a component, and the same source must give the same bytes anywhere.
    call.env("CARGO_ENCODED_RUSTFLAGS", remap());
    call.args(["build", "--release", "--target", TARGET, "--manifest-path"]).arg(manifest);
    call.arg("--target-dir").arg(target_dir);
    if locked && folder.join("Cargo.lock").is_file() {
        call.arg("--locked");
    }
    for package in packages {
        call.args(["--package", package]);
    }
    if let Toolchain::BuildStd { linker, .. } = toolchain {
        call.env("RUSTC_BOOTSTRAP", "1");
        call.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        // Without std's default features: nobody reads a backtrace inside a guest, and they take long to compile.
        call.args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features="]);
    }
    if ear.waits() {
        call.envs(QUICK);
    }
    // Standard output belongs to the caller (a build script speaks to cargo there).
    let status = ear.hear(call.stdin(Stdio::null()).stdout(Stdio::null())).map_err(io(cargo))?;
    if status.success() {
        return Ok(());
    }
    let what = if packages.is_empty() { folder.display().to_string() } else { packages.join(", ") };
    Err(BuildError::Compile { what, code: status.code().unwrap_or(-1) })
}

/// Flags that replace the registry's path on this machine in panic messages, in cargo's encoded form. Nothing of
/// the plugin's own folder: its paths are relative already, and flags that differ would build everything anew.
fn remap() -> String {
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")));
    home.map_or_else(String::new, |home| {
        format!("--remap-path-prefix={}=registry", home.join("registry/src").display())
    })
}

/// Whether a variable was set by (or for) an outer cargo and would steer the nested one wrongly. Where
/// packages come from (`CARGO_HOME`, registries, net) stays.
fn belongs_to_the_outer_call(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    const STAYS: [&str; 6] = [
        "CARGO_HOME",
        "CARGO_NET_",
        "CARGO_HTTP_",
        "CARGO_REGISTRY_",
        "CARGO_REGISTRIES_",
        "CARGO_SOURCE_",
    ];
    const GOES: [&str; 16] = [
        "RUSTC",
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTC_LINKER",
        "RUSTC_BOOTSTRAP",
        "RUSTDOC",
        "RUSTFLAGS",
        "RUSTDOCFLAGS",
        "MAKEFLAGS",
        "MFLAGS",
        "TARGET",
        "HOST",
        "OUT_DIR",
        "NUM_JOBS",
        "LD_LIBRARY_PATH",
        "DYLD_FALLBACK_LIBRARY_PATH",
    ];
    if name.starts_with("CARGO") {
        return !STAYS.iter().any(|prefix| name.starts_with(prefix));
    }
    GOES.contains(&&*name) || name.starts_with("CLIPPY_") || name == "OPT_LEVEL" || name == "DEBUG"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outer_cargo_does_not_reach_in_and_registries_stay() {
        for name in [
            "CARGO",
            "CARGO_MANIFEST_DIR",
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_TARGET_DIR",
            "CARGO_BUILD_TARGET",
            "CARGO_PROFILE_RELEASE_LTO",
            "RUSTFLAGS",
            "RUSTC_WORKSPACE_WRAPPER",
            "LD_LIBRARY_PATH",
            "CLIPPY_ARGS",
            "CARGO_MAKEFLAGS",
        ] {
            assert!(belongs_to_the_outer_call(OsStr::new(name)), "{name}");
        }
        for name in [
            "PATH",
            "HOME",
            "CARGO_HOME",
            "CARGO_NET_OFFLINE",
            "CARGO_REGISTRIES_MINE_INDEX",
            "CARGO_SOURCE_CRATES_IO_REPLACE_WITH",
            "RUSTUP_TOOLCHAIN",
            "HTTPS_PROXY",
        ] {
            assert!(!belongs_to_the_outer_call(OsStr::new(name)), "{name}");
        }
    }
}
