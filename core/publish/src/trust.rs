//! Whom the platform trusts, and whether a package is theirs.

use std::fmt;

use crate::facts::Facts;
use crate::key::PublicKey;
use crate::package::Package;

/// A publisher that the platform trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publisher {
    /// For people.
    pub name: String,
    /// The key.
    pub key: PublicKey,
}

/// The platform's policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trust {
    /// Whether unsigned plugins, and those of strangers, are taken too.
    pub any: bool,
    /// Whose signatures count.
    pub publishers: Vec<Publisher>,
}

/// Why a plugin may run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trusted {
    /// Signed by this publisher.
    Publisher(String),
    /// The policy takes any.
    Any,
}

/// Why a plugin may not run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody signed it.
    #[error("refused: not signed (plugins.trust = \"signed\")")]
    Unsigned,
    /// Signed, but by nobody whom the platform trusts.
    #[error("refused: signed by {0}, which is not among plugins.publishers")]
    Stranger(String),
    /// A signature is there and does not fit.
    #[error(
        "refused: the signature by {0} does not fit: tampered with, or not meant for this package"
    )]
    Forged(String),
    /// The package says one thing of the component and the component another.
    #[error("refused: {0}")]
    Facts(String),
}

impl Refusal {
    /// One word for metrics.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::Stranger(_) => "stranger",
            Self::Forged(_) => "forged",
            Self::Facts(_) => "facts",
        }
    }
}

impl fmt::Display for Trusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Publisher(name) => f.write_str(name),
            Self::Any => f.write_str("any (plugins.trust)"),
        }
    }
}

impl Trust {
    /// Judges a package whose digests fit, and what the component in it says of itself. A signature that does not
    /// fit refuses under any policy: somebody changed something.
    ///
    /// # Errors
    /// Why it may not run.
    pub fn judge(&self, package: &Package, component: &Facts) -> Result<Trusted, Refusal> {
        if let Some(difference) = package.facts.differs(component) {
            return Err(Refusal::Facts(difference));
        }
        let lines = package.lines();
        let mut stranger = None;
        let mut trusted = None;
        for signature in &package.signatures {
            let fits = signature
                .key
                .parse::<PublicKey>()
                .is_ok_and(|key| key.verifies(lines.as_bytes(), &signature.value));
            let known = self.publishers.iter().find(|one| one.key.to_string() == signature.key);
            match (fits, known) {
                (false, _) => return Err(Refusal::Forged(signature.key.clone())),
                (true, Some(publisher)) => trusted = Some(publisher.name.clone()),
                (true, None) => stranger = Some(signature.key.clone()),
            }
        }
        match (trusted, self.any, stranger) {
            (Some(name), ..) => Ok(Trusted::Publisher(name)),
            (None, true, _) => Ok(Trusted::Any),
            (None, false, Some(key)) => Err(Refusal::Stranger(key)),
            (None, false, None) => Err(Refusal::Unsigned),
        }
    }
}
