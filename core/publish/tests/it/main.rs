//! Packages from pack to shelf, and what is done to them on the way.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking; clippy's exemption covers only test functions themselves"
)]

mod road;
#[path = "../../../../tests/suite/src/skip.rs"]
mod skip;
mod tampering;

use kerros_publish::{Facts, Layout, Package, Publisher, SecretKey, Trust, pack, package, sign};
use std::path::Path;

/// What the component of these tests says of itself.
pub fn facts(version: &str) -> Facts {
    Facts {
        id: "tagger/acme".into(),
        version: version.into(),
        kind: "tagger".into(),
        api: "0.1.0".into(),
        title: "Acme's tags".into(),
        description: "Tags, from Acme.".into(),
        wants: vec!["http:api.acme.example".into(), "secret".into()],
    }
}

/// The key with that number.
pub fn key(n: u8) -> SecretKey {
    let seed: [u8; 32] = [n; 32];
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(seed);
    format!("ed25519-secret:{text}").parse().unwrap()
}

/// Trusts the key with that number.
pub fn trust(n: u8) -> Trust {
    Trust { any: false, publishers: vec![Publisher { name: "Acme".into(), key: key(n).public() }] }
}

/// A package at `path`, signed with these keys.
pub fn packed(path: &Path, wasm: &[u8], version: &str, keys: &[u8]) -> Package {
    let mut layout = Layout::create(path).unwrap();
    pack(&mut layout, wasm, &facts(version)).unwrap();
    layout.save().unwrap();
    for n in keys {
        let mut layout = Layout::open(path).unwrap();
        let package = package::only(&layout).unwrap();
        sign(&mut layout, &package, &key(*n)).unwrap();
        layout.save().unwrap();
    }
    package::only(&Layout::open(path).unwrap()).unwrap()
}
