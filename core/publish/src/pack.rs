//! Packs a component: config, layer and manifest as the CNCF's Wasm OCI artifact layout has them
//! (tag-runtime, `wasm-oci-artifact`), with the plugin's facts as annotations.

use serde_json::json;

use crate::PublishError;
use crate::digest::Digest;
use crate::facts::Facts;
use crate::layout::{Descriptor, Layout, MANIFEST, Manifest};

/// What a plugin's manifest says it is.
pub(crate) const PLUGIN: &str = "application/vnd.kerros.plugin.v1";
const CONFIG: &str = "application/vnd.wasm.config.v0+json";
pub(crate) const LAYER: &str = "application/wasm";

/// Puts a component into a layout and returns its manifest's descriptor. The same component and facts give the same
/// digest on any machine. Call [`Layout::save`] afterwards.
///
/// # Errors
/// The layout cannot be written.
pub fn pack(layout: &mut Layout, wasm: &[u8], facts: &Facts) -> Result<Descriptor, PublishError> {
    let layer = layout.put(LAYER, wasm)?;
    let config = json!({
        "architecture": "wasm",
        "os": "wasip2",
        "layerDigests": [Digest::of(wasm)],
        "component": { "exports": [format!("kerros:{}/plugin@{}", facts.kind, facts.api)] },
    });
    let config = layout.put(CONFIG, config.to_string().as_bytes())?;
    let manifest = Manifest {
        schema_version: 2,
        media_type: MANIFEST.to_owned(),
        artifact_type: PLUGIN.to_owned(),
        config,
        layers: vec![layer],
        subject: None,
        annotations: facts.annotations(),
    };
    layout.put_manifest(&manifest, facts.annotations())
}
