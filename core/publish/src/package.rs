//! A plugin in a layout, opened and checked as far as that needs no trust: every digest fits.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::PublishError;
use crate::digest::Digest;
use crate::facts::Facts;
use crate::layout::{Descriptor, Layout};
use crate::pack::{LAYER, PLUGIN};
use crate::sign;

/// A plugin in a layout.
#[derive(Debug, Clone)]
pub struct Package {
    /// Its manifest.
    pub manifest: Descriptor,
    /// The component's digest: what locks and configs name.
    pub component: Digest,
    /// The component's size, bytes.
    pub size: u64,
    /// What the package says of it.
    pub facts: Facts,
    /// Its signatures, none of them judged.
    pub signatures: Vec<Signature>,
    pub(crate) layer: Descriptor,
    pub(crate) config: Descriptor,
}

/// A signature as it lies there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The key that it claims.
    pub key: String,
    /// The bytes.
    pub value: Vec<u8>,
    pub(crate) manifest: Descriptor,
}

/// Every plugin in a layout, in the order of its index.
///
/// # Errors
/// A manifest is missing, tampered with, or not a plugin's.
pub fn all(layout: &Layout) -> Result<Vec<Package>, PublishError> {
    let is =
        |descriptor: &&Descriptor, what: &str| descriptor.artifact_type.as_deref() == Some(what);
    let mut signatures = Vec::new();
    for descriptor in layout.index().iter().filter(|one| is(one, sign::SIGNATURE)) {
        let manifest = layout.manifest(descriptor)?;
        let word = |key: &str| manifest.annotations.get(key).cloned().unwrap_or_default();
        let Some(subject) = manifest.subject else { continue };
        let value = STANDARD.decode(word(sign::VALUE)).unwrap_or_default();
        signatures.push((
            subject.digest,
            Signature { key: word(sign::KEY), value, manifest: descriptor.clone() },
        ));
    }
    let mut packages = Vec::new();
    for descriptor in layout.index().iter().filter(|one| is(one, PLUGIN)) {
        let manifest = layout.manifest(descriptor)?;
        let facts =
            Facts::from_annotations(&manifest.annotations).map_err(|e| layout.malformed(&e))?;
        let [layer] = &manifest.layers[..] else {
            return Err(layout.malformed("a plugin's manifest must have one layer"));
        };
        if layer.media_type != LAYER {
            return Err(
                layout.malformed(&format!("the layer is {}, not {LAYER}", layer.media_type))
            );
        }
        let mine = signatures.iter().filter(|(subject, _)| *subject == descriptor.digest);
        packages.push(Package {
            manifest: descriptor.clone(),
            component: layer.digest.clone(),
            size: layer.size,
            facts,
            signatures: mine.map(|(_, signature)| signature.clone()).collect(),
            layer: layer.clone(),
            config: manifest.config,
        });
    }
    Ok(packages)
}

/// The one plugin of a layout.
///
/// # Errors
/// As [`all`], or there is none or more than one.
pub fn only(layout: &Layout) -> Result<Package, PublishError> {
    let mut packages = all(layout)?;
    match (packages.pop(), packages.is_empty()) {
        (Some(package), true) => Ok(package),
        (None, _) => Err(layout.malformed("no plugin in it")),
        (Some(_), false) => Err(layout.malformed("more than one plugin in it")),
    }
}

impl Package {
    /// The component's bytes, checked against its digest.
    ///
    /// # Errors
    /// `Tampered` if they do not fit.
    pub fn wasm(&self, layout: &Layout) -> Result<Vec<u8>, PublishError> {
        layout.get(&self.layer)
    }

    /// The lines that its signatures sign.
    #[must_use]
    pub fn lines(&self) -> String {
        sign::payload(&self.manifest.digest, &self.component, &self.facts)
    }
}
