//! What goes well.

use std::process::Command;

use kerros_publish::{Layout, Shelf, Trust, Trusted, package};

use crate::skip::skip;
use crate::{facts, key, packed, trust};

#[test]
fn the_same_component_gives_the_same_package_as_folder_and_tar() {
    let folder = tempfile::tempdir().unwrap();
    let one = packed(&folder.path().join("one"), b"wasm", "1.0.0", &[7]);
    let two = packed(&folder.path().join("two.tar"), b"wasm", "1.0.0", &[7]);
    assert_eq!(one.manifest.digest, two.manifest.digest);
    assert_eq!(one.facts, facts("1.0.0"));
    assert_eq!((one.size, two.signatures.len()), (4, 1));
    let again = packed(&folder.path().join("three.tar"), b"wasm", "1.0.0", &[7]);
    let bytes = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    assert_eq!(bytes("two.tar"), bytes("three.tar"));
    assert_eq!(again.signatures, two.signatures);
    let layout = Layout::open(&folder.path().join("two.tar")).unwrap();
    assert_eq!(two.wasm(&layout).unwrap(), b"wasm");
}

/// Other tools must be able to read it: the layout is what the OCI image specification says.
#[test]
fn the_folder_is_an_oci_image_layout() {
    let folder = tempfile::tempdir().unwrap();
    let package = packed(&folder.path().join("p"), b"wasm", "1.0.0", &[7]);
    let read = |name: &str| -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(folder.path().join("p").join(name)).unwrap()).unwrap()
    };
    assert_eq!(read("oci-layout")["imageLayoutVersion"], "1.0.0");
    let index = read("index.json");
    assert_eq!(index["schemaVersion"], 2);
    assert_eq!(index["mediaType"], "application/vnd.oci.image.index.v1+json");
    let manifests = index["manifests"].as_array().unwrap();
    assert_eq!(manifests.len(), 2);
    let blob = |descriptor: &serde_json::Value| {
        let digest = descriptor["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap();
        format!("blobs/sha256/{digest}")
    };
    let plugin = read(&blob(&manifests[0]));
    assert_eq!(plugin["artifactType"], "application/vnd.kerros.plugin.v1");
    assert_eq!(plugin["config"]["mediaType"], "application/vnd.wasm.config.v0+json");
    assert_eq!(plugin["layers"][0]["mediaType"], "application/wasm");
    assert_eq!(plugin["annotations"]["org.kerros.plugin.id"], "tagger/acme");
    assert_eq!(plugin["annotations"]["org.kerros.plugin.wants"], "http:api.acme.example secret");
    assert_eq!(read(&blob(&plugin["config"]))["architecture"], "wasm");
    let signature = read(&blob(&manifests[1]));
    assert_eq!(signature["subject"]["digest"], package.manifest.digest.to_string());
    let lines =
        std::fs::read_to_string(folder.path().join("p").join(blob(&signature["layers"][0])));
    assert_eq!(lines.unwrap(), package.lines());
}

#[test]
fn a_tar_is_what_tar_says() {
    let folder = tempfile::tempdir().unwrap();
    packed(&folder.path().join("p.tar"), b"wasm", "1.0.0", &[]);
    let Ok(listed) = Command::new("tar").arg("tf").arg(folder.path().join("p.tar")).output() else {
        skip("tar is not here: packages were not read by it");
        return;
    };
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.lines().any(|name| name == "index.json"), "{listed}");
    assert_eq!(
        listed.lines().filter(|name| name.starts_with("blobs/sha256/")).count(),
        3,
        "{listed}"
    );
    // And one that tar itself made of a folder is taken.
    packed(&folder.path().join("q"), b"wasm", "1.0.0", &[7]);
    let mut made = Command::new("tar");
    made.arg("cf").arg(folder.path().join("q.tar")).arg("-C").arg(folder.path().join("q"));
    assert!(made.arg(".").status().unwrap().success());
    let layout = Layout::open(&folder.path().join("q.tar")).unwrap();
    assert_eq!(package::only(&layout).unwrap().signatures.len(), 1);
}

#[test]
fn several_versions_lie_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = Shelf::at(&folder.path().join("shelf"));
    assert!(shelf.list().unwrap().is_empty());
    for (wasm, version, tar) in [(b"one", "1.0.0", "a"), (b"two", "1.1.0", "b.tar")] {
        let path = folder.path().join(tar);
        let package = packed(&path, wasm, version, &[7]);
        let layout = Layout::open(&path).unwrap();
        assert!(shelf.install(&layout, &package).unwrap());
        assert!(!shelf.install(&layout, &package).unwrap(), "twice is once");
    }
    let all = shelf.list().unwrap();
    let versions: Vec<&str> = all.iter().map(|one| one.facts().version.as_str()).collect();
    assert_eq!(versions, ["1.0.0", "1.1.0"]);
    assert_eq!(shelf.wasm(&all[1]).unwrap(), b"two");
    for one in &all {
        let trusted = trust(7).judge(&one.package, &facts(&one.facts().version));
        assert_eq!(trusted, Ok(Trusted::Publisher("Acme".into())));
    }
    assert!(shelf.remove(all[0].digest()).unwrap());
    assert!(!shelf.remove(all[0].digest()).unwrap());
    let left = shelf.list().unwrap();
    assert_eq!((left.len(), left[0].digest()), (1, all[1].digest()));
}

/// A second signature comes with the same package, from another office.
#[test]
fn signatures_add_up() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = Shelf::at(&folder.path().join("shelf"));
    for (name, keys) in [("a", &[][..]), ("b", &[1]), ("c", &[2])] {
        let path = folder.path().join(name);
        let package = packed(&path, b"one", "1.0.0", keys);
        assert!(shelf.install(&Layout::open(&path).unwrap(), &package).unwrap());
    }
    let [one] = &shelf.list().unwrap()[..] else { panic!("one version") };
    let keys: Vec<&str> = one.package.signatures.iter().map(|s| s.key.as_str()).collect();
    assert_eq!(keys, [key(1).public().to_string(), key(2).public().to_string()]);
    assert!(trust(1).judge(&one.package, &facts("1.0.0")).is_ok());
    assert!(trust(2).judge(&one.package, &facts("1.0.0")).is_ok());
    assert!(trust(3).judge(&one.package, &facts("1.0.0")).is_err());
    assert_eq!(
        Trust { any: true, publishers: vec![] }.judge(&one.package, &facts("1.0.0")),
        Ok(Trusted::Any)
    );
}
