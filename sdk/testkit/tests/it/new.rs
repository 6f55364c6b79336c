//! A plugin made by `kerros plugin new`, in an empty folder far from the repository, builds and passes as it is.

use std::path::Path;
use std::process::Command;

use kerros_build::{BuildError, KINDS, Lang, build_dir, scaffold};
use kerros_testkit::test_plugin;

#[test]
fn a_new_plugin_of_every_kind_builds_and_passes() {
    let away = tempfile::tempdir().expect("a folder");
    // One for all, so that the standard library is built once; outside the new folders, as with --target-dir.
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/kerros-plugins-new");
    for kind in KINDS {
        let folder = away.path().join(kind);
        scaffold(kind, "made-here", Lang::Rust, &folder).expect("a new plugin");
        let built = match build_dir(&folder, &target) {
            Ok(built) => built,
            Err(BuildError::NoToolchain(reason)) => {
                crate::no_compiler(&reason);
                return;
            }
            Err(error) => panic!("a new {kind} plugin does not build: {error}"),
        };
        assert_eq!(built.manifest.id, format!("{kind}/made-here"));
        let report = test_plugin(&built.wasm, &folder);
        let vectors = report.cases.iter().filter(|case| case.suite.starts_with("vectors/")).count();
        assert!(report.is_ok() && vectors >= 2, "{report}; {vectors} vectors");
        // What the author's first `cargo test` shows, on the author's own machine.
        let native = Command::new("cargo")
            .args(["test", "--quiet", "--target-dir"])
            .arg(target.join("native"))
            .current_dir(&folder)
            .output()
            .expect("cargo");
        assert!(native.status.success(), "{kind}: {}", String::from_utf8_lossy(&native.stdout));
        let again = build_dir(&folder, &target).expect("a second build");
        assert!(!again.changed && again.wasm == built.wasm, "the same source gave other bytes");
    }
}
