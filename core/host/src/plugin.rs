//! A loaded plugin: described, compiled, linked, ready for a call.

use std::sync::Arc;

use jsonschema::Validator;

use crate::asset::Assets;
use crate::engines::Engines;
use crate::kind::{Code, Kind};
use crate::manifest::Manifest;
use crate::schema;
use crate::wasi;
use crate::wasm::{Inspection, inspect};

/// Why a plugin was not loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The bytes are not a plugin that this host can run.
    #[error("plugin refused: {reason}")]
    Refused {
        /// What is wrong with it.
        reason: String,
    },
}

impl LoadError {
    pub(crate) fn refused(reason: String) -> Self {
        Self::Refused { reason }
    }
}

/// What was loaded.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The manifest.
    pub manifest: Manifest,
    /// SHA-256 of the component, lower-case hex.
    pub digest: Arc<str>,
    /// The interfaces that it imports.
    pub imports: Vec<String>,
    /// Bytes.
    pub size: usize,
    /// Whether its instances are kept: it asks for it, or brings a language's runtime along.
    pub warm: bool,
}

/// A plugin ready for calls.
pub(crate) struct Plugin {
    pub(crate) loaded: Loaded,
    pub(crate) schema: Validator,
    pub(crate) code: Code,
    /// The files in it.
    pub(crate) assets: Assets,
}

impl Plugin {
    /// Checks, compiles and links.
    pub(crate) fn load(engines: &Engines, largest: usize, bytes: &[u8]) -> Result<Self, LoadError> {
        if bytes.len() > largest {
            return Err(LoadError::refused(format!(
                "{} bytes; at most {largest} are allowed",
                bytes.len()
            )));
        }
        let Inspection { manifest, imports, size, digest } = inspect(bytes)?;
        check_imports(&manifest, &imports)?;
        let schema = schema::compile(&manifest.config).map_err(LoadError::refused)?;
        let assets = Assets::read(bytes).map_err(LoadError::refused)?;
        let warm = manifest.is_warm() || imports.iter().any(|import| wasi::is_wasi(import));
        let furnace = engines.of(warm).map_err(|e| LoadError::refused(e.to_string()))?;
        let engine = &furnace.engine;
        let component = furnace
            .cache
            .component(engine, bytes)
            .map_err(|e| LoadError::refused(format!("{:#}", e.root_cause())))?;
        let code = Code::link(manifest.kind, &manifest.api, engine, &component).map_err(|e| {
            let (kind, api) = (manifest.kind, &manifest.api);
            LoadError::refused(format!("not the contract kerros:{kind}@{api}: {e:#}"))
        })?;
        let loaded = Loaded { manifest, digest: digest.into(), imports, size, warm };
        Ok(Self { loaded, schema, code, assets })
    }
}

/// The version of `kerros:base`, which all kinds share.
const BASE: &str = "0.1.0";

/// A guest may import only what its kind has, and what its manifest asks for.
fn check_imports(manifest: &Manifest, imports: &[String]) -> Result<(), LoadError> {
    let api = &manifest.api;
    let types =
        [format!("kerros:base/types@{BASE}"), format!("kerros:{}/types@{api}", manifest.kind)];
    for import in imports {
        if types.contains(import) || wasi::is_known(import) {
            continue;
        }
        let known = allowed(manifest.kind).iter().find(|(interface, _)| {
            let version = if interface.starts_with("base/") { BASE } else { api };
            import == &format!("kerros:{interface}@{version}")
        });
        match known {
            None => {
                let all: Vec<_> = allowed(manifest.kind).iter().map(|(name, _)| *name).collect();
                return Err(LoadError::refused(format!(
                    "imports {import}; plugins of kind {} may import only {}{}",
                    manifest.kind,
                    all.join(", "),
                    if wasi::is_wasi(import) {
                        " (and of WASI what a language's runtime needs: no HTTP)"
                    } else {
                        ""
                    }
                )));
            }
            Some((_, Some(want))) if !manifest.wants(want) => {
                return Err(LoadError::refused(format!(
                    "imports {import} without {want:?} among the manifest's wants"
                )));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// The interfaces a kind may import, each with the capability that must be wanted for it.
fn allowed(kind: Kind) -> &'static [(&'static str, Option<&'static str>)] {
    match kind {
        Kind::Channel => &[("base/log", None), ("channel/secret-mac", Some("secret"))],
        Kind::Bot => &[
            ("base/log", None),
            ("bot/http", Some("http")),
            ("bot/search", Some("search")),
            ("bot/kv", Some("kv")),
        ],
        Kind::Tagger => &[("base/log", None), ("tagger/asset", None)],
        Kind::Sla => &[("base/log", None)],
        Kind::Report => &[("base/log", None), ("report/facts", Some("facts"))],
    }
}
