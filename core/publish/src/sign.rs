//! Signatures: an Ed25519 signature over a few plain lines, kept in the layout as an artifact whose subject is the
//! plugin's manifest (OCI 1.1 referrers), so that packing and signing can be done by different people.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::PublishError;
use crate::digest::Digest;
use crate::facts::Facts;
use crate::key::SecretKey;
use crate::layout::{Descriptor, Layout, MANIFEST, Manifest};
use crate::package::Package;

pub(crate) const SIGNATURE: &str = "application/vnd.kerros.plugin.signature.v1";
const LINES: &str = "application/vnd.kerros.plugin.signature.lines.v1";
const EMPTY: &str = "application/vnd.oci.empty.v1+json";
pub(crate) const KEY: &str = "org.kerros.signature.key";
pub(crate) const VALUE: &str = "org.kerros.signature.ed25519";

/// What is signed: these lines, each ended by a line feed. The digest of the package's manifest covers everything
/// else; id, version and kind are there so that a person sees what was signed.
#[must_use]
pub fn payload(manifest: &Digest, component: &Digest, facts: &Facts) -> String {
    let Facts { id, version, kind, .. } = facts;
    format!(
        "kerros plugin signature 1\nmanifest {manifest}\ncomponent {component}\nid {id}\nversion {version}\nkind {kind}\n"
    )
}

/// Signs a package in its layout. Signing twice with one key changes nothing. Call [`Layout::save`] afterwards.
///
/// # Errors
/// The layout cannot be written.
pub fn sign(
    layout: &mut Layout,
    package: &Package,
    key: &SecretKey,
) -> Result<Descriptor, PublishError> {
    let lines = payload(&package.manifest.digest, &package.component, &package.facts);
    let signature = STANDARD.encode(key.sign(lines.as_bytes()));
    let config = layout.put(EMPTY, b"{}")?;
    let lines = layout.put(LINES, lines.as_bytes())?;
    let annotations =
        BTreeMap::from([(KEY.to_owned(), key.public().to_string()), (VALUE.to_owned(), signature)]);
    let mut subject = package.manifest.clone();
    (subject.artifact_type, subject.annotations) = (None, BTreeMap::new());
    let manifest = Manifest {
        schema_version: 2,
        media_type: MANIFEST.to_owned(),
        artifact_type: SIGNATURE.to_owned(),
        config,
        layers: vec![lines],
        subject: Some(subject),
        annotations,
    };
    layout.put_manifest(&manifest, BTreeMap::new())
}
