//! Looks into a `.wasm` without compiling it: the manifest and the imports.

use std::fmt::Write as _;

use serde::Serialize;
use sha2::{Digest, Sha256};
use wasmparser::{Parser, Payload};

use crate::manifest::{Manifest, SECTION};
use crate::plugin::LoadError;

/// What a component says of itself.
#[derive(Debug, Clone, Serialize)]
pub struct Inspection {
    /// The manifest.
    #[serde(flatten)]
    pub manifest: Manifest,
    /// The interfaces that it imports.
    pub imports: Vec<String>,
    /// Bytes.
    pub size: usize,
    /// SHA-256 of the bytes, lower-case hex.
    pub digest: String,
}

/// Reads a component's manifest and imports.
///
/// # Errors
/// `Refused` if the bytes are no component, or have no manifest or a faulty one.
pub fn inspect(bytes: &[u8]) -> Result<Inspection, LoadError> {
    let mut depth = 0_usize;
    let mut sections = Vec::new();
    let mut imports = Vec::new();
    let mut component = false;
    for payload in Parser::new(0).parse_all(bytes) {
        let payload =
            payload.map_err(|e| LoadError::refused(format!("not WebAssembly: {}", e.message())))?;
        match payload {
            Payload::Version { encoding, .. } if depth == 0 => {
                component = encoding == wasmparser::Encoding::Component;
            }
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::CustomSection(section) if depth == 0 && section.name() == SECTION => {
                sections.push(section.data());
            }
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    let import = import.map_err(|e| LoadError::refused(e.message().to_owned()))?;
                    imports.push(import.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    if !component {
        return Err(LoadError::refused(
            "a core module, not a component: build it with `kerros plugin build`".to_owned(),
        ));
    }
    let [manifest] = sections[..] else {
        return Err(LoadError::refused(format!(
            "{} custom sections {SECTION}, one is wanted: build it with `kerros plugin build`",
            sections.len()
        )));
    };
    let manifest = Manifest::parse(manifest)
        .map_err(|e| LoadError::refused(format!("section {SECTION}: {e}")))?;
    Ok(Inspection { manifest, imports, size: bytes.len(), digest: digest(bytes) })
}

/// SHA-256, lower-case hex.
pub(crate) fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
