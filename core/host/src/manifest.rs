//! What a plugin says of itself: the custom section `kerros:manifest`.

use kerros_domain::id::PluginId;
use serde::{Deserialize, Serialize};

use crate::kind::Kind;

/// The name of the custom section.
pub(crate) const SECTION: &str = "kerros:manifest";

/// A plugin's own description.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// `kind/name`.
    pub id: PluginId,
    /// Of the plugin, semver.
    pub version: String,
    /// Its kind.
    pub kind: Kind,
    /// Of the kind's contract.
    pub api: String,
    /// A short name for people.
    pub title: String,
    /// A sentence for people.
    #[serde(default)]
    pub description: String,
    /// JSON Schema of its config.
    pub config: serde_json::Value,
    /// A config that is valid by the schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<serde_json::Value>,
    /// Wanted capabilities: `http:HOST`, `secret`, `search`, `kv`, `facts`.
    #[serde(default)]
    pub wants: Vec<String>,
    /// A channel whose messages reach the customer by socket, without deliveries.
    #[serde(default)]
    pub live: bool,
    /// What a channel is for, beside customers: `cases`, `leads` or `calls`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The kind of address that a channel writes to, also one that a customer left elsewhere: `mail` or `phone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub takes: Option<String>,
    /// `warm` if an instance may serve many calls of one use, for guests that bring a language's runtime along; else a
    /// fresh one serves each call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lane: Option<String>,
}

impl Manifest {
    /// Reads and checks a manifest.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, String> {
        let manifest: Self = serde_json::from_slice(json).map_err(|e| e.to_string())?;
        manifest.check()?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), String> {
        let name = self.id.as_str().strip_prefix(self.kind.as_str());
        let name = name.and_then(|rest| rest.strip_prefix('/'));
        if !name.is_some_and(is_name) {
            return Err(format!(
                "id must be {}/name in lower case letters, digits and -, found {:?}",
                self.kind, self.id
            ));
        }
        if !is_version(&self.version) {
            return Err(format!("version must look like 1.2.3, found {:?}", self.version));
        }
        if !self.kind.versions().contains(&self.api.as_str()) {
            return Err(format!(
                "api is {:?}; this host speaks kerros:{}@{}",
                self.api,
                self.kind,
                self.kind.versions().join(" and @")
            ));
        }
        if self.title.trim().is_empty() || self.title.len() > 100 {
            return Err("title must have 1 to 100 characters".to_owned());
        }
        if let Some(lane) = &self.lane
            && lane != "warm"
        {
            return Err(format!("unknown lane {lane:?}; known is warm"));
        }
        if self.live && self.kind != Kind::Channel {
            return Err("only a channel may be live".to_owned());
        }
        if self.role.is_some() && self.kind != Kind::Channel {
            return Err("only a channel has a role".to_owned());
        }
        if let Some(role) = &self.role
            && !matches!(role.as_str(), "cases" | "leads" | "calls")
        {
            return Err(format!("unknown role {role:?}; known are cases, leads, calls"));
        }
        if self.takes.is_some() && self.kind != Kind::Channel {
            return Err("only a channel may take addresses".to_owned());
        }
        if let Some(takes) = &self.takes
            && !matches!(takes.as_str(), "mail" | "phone")
        {
            return Err(format!("unknown addresses {takes:?} in takes; known are mail and phone"));
        }
        if let Some(want) = self.wants.iter().find(|want| !is_want(want)) {
            return Err(format!(
                "unknown capability {want:?} in wants; known are http:HOST, secret, search, kv, facts"
            ));
        }
        Ok(())
    }

    /// Whether it asks for kept instances.
    #[must_use]
    pub fn is_warm(&self) -> bool {
        self.lane.as_deref() == Some("warm")
    }

    /// Whether it wants the capability, with any host in the case of `http`.
    #[must_use]
    pub fn wants(&self, capability: &str) -> bool {
        self.wants.iter().any(|want| {
            want == capability || want.split_once(':').is_some_and(|(name, _)| name == capability)
        })
    }

    /// The host patterns it wants to reach: exact, `*.example.com`, or `*`.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.wants.iter().filter_map(|want| want.strip_prefix("http:"))
    }
}

fn is_name(name: &str) -> bool {
    (1..=40).contains(&name.len())
        && !name.starts_with('-')
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn is_version(version: &str) -> bool {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    version.len() <= 64
        && core.split('.').count() == 3
        && core.split('.').all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

fn is_want(want: &str) -> bool {
    match want.split_once(':') {
        Some(("http", host)) => {
            !host.is_empty()
                && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-*:".contains(&b))
        }
        Some(_) => false,
        None => matches!(want, "secret" | "search" | "kv" | "facts"),
    }
}
