//! Finds a Rust compiler that can make WebAssembly on this machine.
//!
//! Two ways are known. rustup has the target `wasm32-unknown-unknown` ready compiled. Debian has no such
//! package, but its `rustc-web cargo-web rust-web-src` carry the library's source, from which cargo
//! builds it (`-Zbuild-std`); what Debian lacks there is a linker, so `rust-lld` or `wasm-ld` is looked for.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The target every plugin is compiled for: it has no system interface, so a guest can only call us.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// The oldest compiler that plugins are for.
const OLDEST: &str = env!("CARGO_PKG_RUST_VERSION");

/// What to do when there is no way.
const WHAT_TO_INSTALL: &str = "no Rust compiler here can build WebAssembly plugins. Install one of:\n  \
     with rustup:   rustup target add wasm32-unknown-unknown\n  \
     on Debian:     apt install rustc-web cargo-web rust-web-src lld\n                 \
     (lld is only needed where no rustup toolchain brings its own rust-lld)";

/// A compiler that can make WebAssembly, and how to call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Toolchain {
    /// The target is installed.
    Installed {
        /// The compiler.
        rustc: PathBuf,
        /// Its cargo.
        cargo: PathBuf,
    },
    /// The library is built from its source first.
    BuildStd {
        /// The compiler.
        rustc: PathBuf,
        /// Its cargo.
        cargo: PathBuf,
        /// A linker for WebAssembly.
        linker: PathBuf,
    },
}

impl Toolchain {
    /// Finds one, the quickest first.
    ///
    /// # Errors
    /// What to install, when there is none.
    pub fn find() -> Result<Self, String> {
        let candidates = candidates();
        let mut old = String::new();
        let mut fits = |rustc: &Path| match version(rustc) {
            Some(found) if is_older(&found, OLDEST) => {
                old.push_str(&format!(
                    "\n{} is {found}; plugins need {OLDEST} or later",
                    rustc.display()
                ));
                false
            }
            _ => true,
        };
        for (rustc, cargo) in &candidates {
            if has_target(rustc) && fits(rustc) {
                return Ok(Self::Installed { rustc: rustc.clone(), cargo: cargo.clone() });
            }
        }
        let (rustc, cargo) = (PathBuf::from("/usr/bin/rustc"), PathBuf::from("/usr/bin/cargo"));
        if !(cargo.exists() && has_source(&rustc) && fits(&rustc)) {
            return Err(format!("{WHAT_TO_INSTALL}{old}"));
        }
        let linker = linker(&candidates).ok_or_else(|| {
            format!(
                "{} can build WebAssembly, but no linker was found. Install one of:\n  \
                 on Debian:     apt install lld\n  with rustup:   rustup toolchain install stable",
                rustc.display()
            )
        })?;
        Ok(Self::BuildStd { rustc, cargo, linker })
    }

    /// A line for people: which compiler is used and how.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Installed { rustc, .. } => format!("{} with target {TARGET}", rustc.display()),
            Self::BuildStd { rustc, linker, .. } => format!(
                "{} with -Zbuild-std for {TARGET}, linked by {}",
                rustc.display(),
                linker.display()
            ),
        }
    }
}

/// Pairs of compiler and cargo to try, in order: what cargo runs us with, what is in `PATH`, the system's.
fn candidates() -> Vec<(PathBuf, PathBuf)> {
    let mut found: Vec<(PathBuf, PathBuf)> = Vec::new();
    let mut add = |rustc: PathBuf, cargo: PathBuf| {
        if !found.iter().any(|(known, _)| *known == rustc) {
            found.push((rustc, cargo));
        }
    };
    if let Some(rustc) = std::env::var_os("RUSTC").map(PathBuf::from) {
        let cargo = std::env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from);
        add(rustc, cargo);
    }
    if let (Some(rustc), Some(cargo)) = (in_path("rustc"), in_path("cargo")) {
        add(rustc, cargo);
    }
    add("/usr/bin/rustc".into(), "/usr/bin/cargo".into());
    found
}

/// The first program of this name in `PATH`.
pub(crate) fn in_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// What a compiler prints for `--print what`, as a path.
fn print(rustc: &Path, arguments: &[&str]) -> Option<PathBuf> {
    // Under cargo the library path points into the outer compiler's folder; another one must not see it.
    let output = Command::new(rustc)
        .args(arguments)
        .env_remove("LD_LIBRARY_PATH")
        .env_remove("DYLD_FALLBACK_LIBRARY_PATH")
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| PathBuf::from(text.trim()))
}

/// A compiler's version, `1.95.0`.
fn version(rustc: &Path) -> Option<String> {
    let said = print(rustc, &["--version"])?;
    said.to_str()?.split_whitespace().nth(1).map(str::to_owned)
}

/// Whether a version is older than the other, by its first two numbers.
fn is_older(found: &str, wanted: &str) -> bool {
    let numbers = |text: &str| -> Option<(u32, u32)> {
        let mut parts = text.split(['.', '-']);
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    };
    match (numbers(found), numbers(wanted)) {
        (Some(found), Some(wanted)) => found < wanted,
        _ => false,
    }
}

/// Whether the target's standard library is there: the folder alone may exist empty.
fn has_target(rustc: &Path) -> bool {
    print(rustc, &["--print", "target-libdir", "--target", TARGET])
        .and_then(|folder| std::fs::read_dir(folder).ok())
        .is_some_and(|mut files| {
            files.any(|file| {
                file.is_ok_and(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
            })
        })
}

/// Whether the library's source lies where `-Zbuild-std` looks for it.
fn has_source(rustc: &Path) -> bool {
    print(rustc, &["--print", "sysroot"])
        .is_some_and(|root| root.join("lib/rustlib/src/rust/library/Cargo.lock").is_file())
}

/// A linker for WebAssembly: `wasm-ld` of the system, or the `rust-lld` of any toolchain.
fn linker(candidates: &[(PathBuf, PathBuf)]) -> Option<PathBuf> {
    let mut sysroots: Vec<PathBuf> =
        candidates.iter().filter_map(|(rustc, _)| print(rustc, &["--print", "sysroot"])).collect();
    sysroots.extend(rustup_toolchains());
    sysroots
        .iter()
        .find_map(|root| rust_lld(root))
        .or_else(|| in_path("wasm-ld"))
        .or_else(versioned_wasm_ld)
}

/// `lib/rustlib/<host>/bin/rust-lld` of a sysroot.
fn rust_lld(sysroot: &Path) -> Option<PathBuf> {
    std::fs::read_dir(sysroot.join("lib/rustlib"))
        .ok()?
        .filter_map(Result::ok)
        .map(|host| host.path().join("bin/rust-lld"))
        .find(|file| file.is_file())
}

/// Every toolchain folder of rustup.
fn rustup_toolchains() -> Vec<PathBuf> {
    let home = std::env::var_os("RUSTUP_HOME").map(PathBuf::from).or_else(|| {
        std::env::var_os("HOME").map(|home: OsString| PathBuf::from(home).join(".rustup"))
    });
    let Some(folders) = home.and_then(|home| std::fs::read_dir(home.join("toolchains")).ok())
    else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = folders.filter_map(Result::ok).map(|f| f.path()).collect();
    found.sort();
    found
}

/// Debian's `lld-19` package without the unversioned one.
fn versioned_wasm_ld() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/bin")
        .ok()?
        .filter_map(Result::ok)
        .map(|file| file.path())
        .filter(|file| {
            file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("wasm-ld-"))
        })
        .collect();
    found.sort();
    found.pop()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compiler_that_is_not_there_has_no_target_and_no_source() {
        let nowhere = Path::new("/nonexistent/rustc");
        assert!(!has_target(nowhere));
        assert!(!has_source(nowhere));
    }

    #[test]
    fn an_empty_library_folder_is_no_target() {
        let folder = tempfile::tempdir().unwrap();
        let fake = folder.path().join("rustc");
        std::fs::write(&fake, format!("#!/bin/sh\necho {}\n", folder.path().display())).unwrap();
        make_executable(&fake);
        assert!(!has_target(&fake));
        std::fs::write(folder.path().join("libstd-1.rlib"), "").unwrap();
        assert!(has_target(&fake));
    }

    #[test]
    fn an_old_compiler_is_told_from_a_new_one() {
        for (found, wanted, older) in [
            ("1.85.0", "1.95", true),
            ("1.95.0", "1.95", false),
            ("1.100.0-nightly", "1.95", false),
            ("2.0.0", "1.95", false),
            ("unknown", "1.95", false),
        ] {
            assert_eq!(is_older(found, wanted), older, "{found} {wanted}");
        }
        let folder = tempfile::tempdir().unwrap();
        let fake = folder.path().join("rustc");
        std::fs::write(&fake, "#!/bin/sh\necho 'rustc 1.85.0 (4d91de4e4 2025-02-17)'\n").unwrap();
        make_executable(&fake);
        assert_eq!(version(&fake).as_deref(), Some("1.85.0"));
        assert_eq!(version(Path::new("/nonexistent/rustc")), None);
    }

    #[test]
    fn rust_lld_is_found_below_any_host() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(rust_lld(folder.path()), None);
        let bin = folder.path().join("lib/rustlib/some-host/bin");
        std::fs::create_dir_all(&bin).unwrap();
        std::fs::write(bin.join("rust-lld"), "").unwrap();
        assert_eq!(rust_lld(folder.path()), Some(bin.join("rust-lld")));
    }

    #[test]
    fn what_to_install_names_both_ways() {
        assert!(WHAT_TO_INSTALL.contains("rustup target add wasm32-unknown-unknown"));
        assert!(WHAT_TO_INSTALL.contains("apt install rustc-web cargo-web rust-web-src"));
    }

    #[cfg(unix)]
    fn make_executable(file: &Path) {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}
