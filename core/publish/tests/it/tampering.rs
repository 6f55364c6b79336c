//! What is refused, and in which words.

use std::path::{Path, PathBuf};

use kerros_publish::{Facts, Layout, Package, PublishError, Shelf, Trust, package, payload};

use crate::{facts, key, packed, trust};

/// What happens to a package from here to there.
fn received(path: &Path) -> Result<(Package, Vec<u8>), PublishError> {
    let layout = Layout::open(path)?;
    let package = package::only(&layout)?;
    let wasm = package.wasm(&layout)?;
    Ok((package, wasm))
}

#[test]
fn a_changed_byte_anywhere_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p");
    packed(&path, b"a component of some length", "1.0.0", &[7]);
    let (package, _) = received(&path).unwrap();
    trust(7).judge(&package, &facts("1.0.0")).unwrap();
    let blobs: Vec<PathBuf> = std::fs::read_dir(path.join("blobs/sha256"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(blobs.len() >= 5);
    let mut harmless = 0;
    for blob in &blobs {
        let whole = std::fs::read(blob).unwrap();
        for at in [0, whole.len() / 2, whole.len() - 1] {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            std::fs::write(blob, &changed).unwrap();
            match received(&path) {
                Err(PublishError::Tampered { .. }) => {}
                // The config and the signed lines are not needed to judge: both follow from the manifest.
                Ok((package, wasm)) => {
                    harmless += 1;
                    assert_eq!(wasm, b"a component of some length");
                    trust(7).judge(&package, &facts("1.0.0")).unwrap();
                }
                Err(other) => panic!("{other}"),
            }
        }
        // But nothing of it gets onto the shelf.
        let mut changed = whole.clone();
        changed[0] ^= 1;
        std::fs::write(blob, &changed).unwrap();
        let shelf = Shelf::at(&folder.path().join("shelf"));
        let layout = Layout::open(&path).unwrap();
        let installed = package::only(&layout).and_then(|package| shelf.install(&layout, &package));
        assert!(matches!(installed, Err(PublishError::Tampered { .. })), "{installed:?}");
        assert!(shelf.list().unwrap().is_empty());
        std::fs::write(blob, &whole).unwrap();
    }
    assert_eq!(harmless, 9, "config, empty config and lines, three places each");
}

#[test]
fn who_may_run_and_who_may_not() {
    let folder = tempfile::tempdir().unwrap();
    let package = |name: &str, keys: &[u8]| packed(&folder.path().join(name), b"x", "1.0.0", keys);
    let (unsigned, mine, theirs) = (package("a", &[]), package("b", &[7]), package("c", &[8]));
    let mut forged = mine.clone();
    // Another package's signature, put beside this one.
    let other = packed(&folder.path().join("d"), b"y", "1.0.0", &[7]);
    forged.signatures = other.signatures;
    let same = facts("1.0.0");
    let other_kind = Facts { id: "bot/acme".into(), kind: "bot".into(), ..same.clone() };
    let any = Trust { any: true, ..trust(7) };
    let table: [(&str, &Trust, &Package, &Facts, &str); 9] = [
        ("mine", &trust(7), &mine, &same, "ok"),
        ("not signed", &trust(7), &unsigned, &same, "unsigned"),
        ("by a stranger", &trust(7), &theirs, &same, "stranger"),
        ("forged", &trust(7), &forged, &same, "forged"),
        ("says another kind", &trust(7), &mine, &other_kind, "facts"),
        ("says another version", &trust(7), &mine, &facts("1.0.1"), "facts"),
        ("any: not signed", &any, &unsigned, &same, "ok"),
        ("any: forged still is", &any, &forged, &same, "forged"),
        ("any: another kind still is", &any, &mine, &other_kind, "facts"),
    ];
    for (what, trust, package, component, expected) in table {
        let word = trust.judge(package, component).map_or_else(|refusal| refusal.word(), |_| "ok");
        assert_eq!(word, expected, "{what}");
    }
    let said = trust(7).judge(&mine, &other_kind).unwrap_err().to_string();
    assert_eq!(
        said,
        "refused: the package says id \"tagger/acme\", the component in it says \"bot/acme\""
    );
    let said = trust(7).judge(&theirs, &same).unwrap_err().to_string();
    assert!(said.contains(&key(8).public().to_string()), "{said}");
}

#[test]
fn what_is_signed_is_plain() {
    let folder = tempfile::tempdir().unwrap();
    let package = packed(&folder.path().join("a"), b"x", "1.0.0", &[]);
    let lines = payload(&package.manifest.digest, &package.component, &package.facts);
    let expected = format!(
        "kerros plugin signature 1\nmanifest {}\ncomponent {}\nid tagger/acme\nversion 1.0.0\nkind tagger\n",
        package.manifest.digest, package.component
    );
    assert_eq!(lines, expected);
}

#[test]
fn what_is_no_package_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("text.tar"), "hello").unwrap();
    std::fs::create_dir(at("empty")).unwrap();
    std::fs::create_dir(at("old")).unwrap();
    std::fs::write(at("old/oci-layout"), r#"{"imageLayoutVersion":"9"}"#).unwrap();
    for name in ["text.tar", "empty", "old", "missing"] {
        assert!(received(&at(name)).is_err(), "{name}");
    }
    // A digest that is a path leads nowhere.
    packed(&at("p"), b"x", "1.0.0", &[]);
    let index = std::fs::read_to_string(at("p/index.json")).unwrap();
    let start = index.find("sha256:").unwrap();
    let mut evil = index.clone();
    evil.replace_range(start..start + 71, "sha256:../../../../etc/passwd");
    std::fs::write(at("p/index.json"), evil).unwrap();
    assert!(matches!(received(&at("p")), Err(PublishError::Malformed { .. })));
    // A folder of something else is not written into.
    std::fs::write(at("empty/thesis.txt"), "mine").unwrap();
    assert!(Layout::create(&at("empty")).is_err());
}
