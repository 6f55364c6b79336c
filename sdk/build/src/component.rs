//! From a core module to a component that describes itself.

use std::borrow::Cow;

use wasm_encoder::{ComponentSection, CustomSection};
use wasmparser::{Parser, Payload};
use wit_component::ComponentEncoder;

use crate::manifest::{Manifest, SECTION};

/// Encodes a core module (with the binding generator's metadata in it) as a component that carries `manifest`.
///
/// # Errors
/// Why the module is not a plugin: it imports something else than its world, or exports no plugin.
pub fn encode(module: &[u8], manifest: &Manifest) -> Result<Vec<u8>, String> {
    let component = ComponentEncoder::default()
        .module(module)
        .map_err(|e| format!("not a plugin module: {e:#}"))?
        .validate(true)
        .encode()
        .map_err(|e| format!("cannot be encoded as a component: {e:#}"))?;
    describe(component, manifest, "does src/lib.rs call kerros_plugin::KIND!(...)?")
}

/// Appends the manifest to a component, whose exports must be those of its kind.
pub(crate) fn describe(
    mut component: Vec<u8>,
    manifest: &Manifest,
    hint: &str,
) -> Result<Vec<u8>, String> {
    let world = format!("kerros:{}/plugin@{}", manifest.kind, manifest.api);
    let exports = exports(&component);
    if !exports.contains(&world) {
        let other = format!("kerros:{}/plugin@", manifest.kind);
        return Err(match exports.iter().find(|name| name.starts_with(&other)) {
            Some(found) => format!("exports {found}; plugin.toml says api {:?}", manifest.api),
            None => format!("exports no {world}; {}", hint.replace("KIND", &manifest.kind)),
        });
    }
    let json = manifest.to_json();
    CustomSection { name: SECTION.into(), data: Cow::Borrowed(json.as_bytes()) }
        .append_to_component(&mut component);
    Ok(component)
}

/// Name of the custom sections that carry a plugin's files.
const ASSET: &str = "kerros:asset";

/// Appends a file to a component: its name, a zero byte, its content.
pub(crate) fn attach(component: &mut Vec<u8>, name: &str, content: &[u8]) {
    let mut data = Vec::with_capacity(name.len() + 1 + content.len());
    data.extend_from_slice(name.as_bytes());
    data.push(0);
    data.extend_from_slice(content);
    CustomSection { name: ASSET.into(), data: Cow::Owned(data) }.append_to_component(component);
}

/// Names that a component exports.
#[must_use]
pub fn exports(component: &[u8]) -> Vec<String> {
    top_level(component, |payload| match payload {
        Payload::ComponentExportSection(section) => section
            .clone()
            .into_iter()
            .filter_map(Result::ok)
            .map(|export| export.name.name.to_owned())
            .collect(),
        _ => Vec::new(),
    })
}

/// Names that a component imports.
#[must_use]
pub fn imports(component: &[u8]) -> Vec<String> {
    top_level(component, |payload| match payload {
        Payload::ComponentImportSection(section) => section
            .clone()
            .into_iter()
            .filter_map(Result::ok)
            .map(|import| import.name.name.to_owned())
            .collect(),
        _ => Vec::new(),
    })
}

/// The manifest's JSON in a component, if it carries one.
#[must_use]
pub fn manifest_json(component: &[u8]) -> Option<String> {
    top_level(component, |payload| match payload {
        Payload::CustomSection(section) if section.name() == SECTION => {
            String::from_utf8(section.data().to_vec()).into_iter().collect()
        }
        _ => Vec::new(),
    })
    .into_iter()
    .next()
}

/// Collects from the payloads of the component itself, not of what is nested in it.
fn top_level(component: &[u8], mut take: impl FnMut(&Payload<'_>) -> Vec<String>) -> Vec<String> {
    let mut depth = 0_u32;
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        let Ok(payload) = payload else { break };
        match &payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            payload if depth == 0 => found.extend(take(payload)),
            _ => {}
        }
    }
    found
}
