//! Builds the first-party plugins, which travel in the binary, and notes what it is built from.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

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
    lines += &built_from(&root);
    let result = kerros_build::bundle(&plugins, &variable("OUT_DIR"));
    if let Err(e) = &result {
        for line in e.to_string().lines() {
            lines += &format!("cargo::error={line}\n");
        }
    }
    let printed = std::io::stdout().write_all(lines.as_bytes());
    if result.is_ok() && printed.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The compiler, and the commit where it is known: of the environment, else of this repository.
fn built_from(root: &Path) -> String {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let rustc = said(Command::new(rustc).arg("--version"));
    // rustc 1.95.0 (abc 2026-04-14)
    let rustc = rustc.as_deref().and_then(|line| line.split(' ').nth(1)).unwrap_or("unknown");
    let git = |words: &[&str]| said(Command::new("git").arg("-C").arg(root).args(words));
    let given = std::env::var("KERROS_COMMIT").ok().filter(|commit| !commit.is_empty());
    let commit = given.or_else(|| git(&["rev-parse", "--short=12", "HEAD"]));
    let commit = commit.as_deref().unwrap_or("unknown");
    let mut lines =
        format!("cargo::rustc-env=KERROS_RUSTC={rustc}\ncargo::rustc-env=KERROS_COMMIT={commit}\n");
    lines += "cargo::rerun-if-env-changed=KERROS_COMMIT\n";
    // Grows with every commit and checkout. A path that is not there would mean a build each time.
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"]).map(|path| root.join(path));
    if let Some(log) = log.filter(|log| log.exists()) {
        lines += &format!("cargo::rerun-if-changed={}\n", log.display());
    }
    lines
}

fn said(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (!text.is_empty()).then_some(text)
}
