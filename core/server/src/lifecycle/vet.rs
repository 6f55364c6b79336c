//! Looks at a package before it is installed or loaded: whole, trusted, and what it says it is.

use kerros_host::{HostOptions, Inspection, Manifest, inspect};
use kerros_publish::{Facts, Layout, Package, PublishError, Publisher, Refusal, Trust, Trusted};
use kerros_settings::platform::plugins as setting;

use super::aside;

/// Why a package is refused.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It cannot be read, or somebody changed it.
    #[error(transparent)]
    Package(#[from] PublishError),
    /// It is not to be trusted.
    #[error(transparent)]
    Trust(#[from] Refusal),
    /// What is in it is no plugin that this version of Kerros runs.
    #[error("refused: {0}")]
    Component(String),
}

impl Refused {
    /// One word for metrics.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Package(PublishError::Tampered { .. }) => "tampered",
            Self::Package(_) | Self::Component(_) => "faulty",
            Self::Trust(refusal) => refusal.word(),
        }
    }
}

/// What was found to be in order.
pub struct Vetted {
    /// The component.
    pub wasm: Vec<u8>,
    /// What it says of itself.
    pub seen: Inspection,
    /// Why it may run.
    pub trusted: Trusted,
}

/// The platform's policy as settings say it.
pub fn trust(settings: &setting::Plugins) -> Trust {
    // A key that does not parse was refused when settings were read.
    let publishers = settings
        .publishers
        .iter()
        .filter_map(|one| Some(Publisher { name: one.name.clone(), key: one.key.parse().ok()? }));
    Trust { any: settings.trust == setting::Trust::Any, publishers: publishers.collect() }
}

/// What a component's manifest says, as packages repeat it.
pub fn facts(manifest: &Manifest) -> Facts {
    Facts {
        id: manifest.id.to_string(),
        version: manifest.version.clone(),
        kind: manifest.kind.to_string(),
        api: manifest.api.clone(),
        title: manifest.title.clone(),
        description: manifest.description.clone(),
        wants: manifest.wants.clone(),
    }
}

/// Whether the component is what it says: compiles it, and links it to the contract of its kind, as a load does.
///
/// # Errors
/// Why it would not load.
pub fn links(options: HostOptions, vetted: &Vetted) -> Result<(), Refused> {
    let refused = |why: String| Refused::Component(why);
    let host = aside::host(options).map_err(|error| refused(error.to_string()))?;
    host.load(&vetted.wasm).map(|_| ()).map_err(|error| refused(error.to_string()))
}

/// Checks digests, the component, and trust, in this order. It is not linked yet: a load does that, and [`links`].
///
/// # Errors
/// Why it may not run.
pub fn vet(layout: &Layout, package: &Package, trust: &Trust) -> Result<Vetted, Refused> {
    let wasm = package.wasm(layout)?;
    let seen = inspect(&wasm).map_err(|error| Refused::Component(error.to_string()))?;
    let trusted = trust.judge(package, &facts(&seen.manifest))?;
    Ok(Vetted { wasm, seen, trusted })
}
