//! Builds the first-party plugins, which travel in the binary.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let variable = |name| PathBuf::from(std::env::var_os(name).unwrap_or_default());
    let root = variable("CARGO_MANIFEST_DIR").join("../..");
    let plugins = root.join("plugins");
    let mut lines = String::new();
    // Not `plugins` itself: a native test leaves a target folder there.
    let watched = kerros_build::KINDS
        .iter()
        .chain(&["shared", "Cargo.toml", "Cargo.lock"])
        .map(|name| plugins.join(name))
        .chain(["sdk/rust", "sdk/wit"].map(|name| root.join(name)))
        .filter(|path| path.exists());
    for path in watched {
        lines += &format!("cargo::rerun-if-changed={}\n", path.display());
    }
    let result = kerros_build::bundle(&plugins, &variable("OUT_DIR"));
    if let Err(e) = &result {
        for line in e.to_string().lines() {
            lines += &format!("cargo::error={line}\n");
        }
    }
    let printed = std::io::stdout().write_all(lines.as_bytes());
    if result.is_ok() && printed.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
