//! Where plugins serve: channels, bots, taggers, promises, reports.
//!
//! The config of a plugin is checked by the server against the plugin's own schema.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::layers::Kind;
use super::{NAME, NAME_WORDS, Tenant, is_name, twice, unknown};
use crate::fault::Faults;
use crate::platform::outbound::{HOST_PATTERN, is_host_pattern};
use crate::quantity::{Rate, Span};
use crate::secret::SecretSource;

/// One use of a plugin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PluginUse {
    /// The plugin: `kind/name`.
    #[schemars(regex(pattern = PLUGIN), extend("x-allowed" = PLUGIN_WORDS, "x-stand-in" = "-/-"))]
    pub plugin: String,
    /// Its config, as its own schema says.
    #[serde(default)]
    pub config: serde_json::Map<String, serde_json::Value>,
    /// Where its secrets come from, by name.
    #[serde(default)]
    pub secrets: BTreeMap<String, SecretSource>,
    /// Hosts it may reach; a part of what its manifest asks for.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Whether a channel's provider drops a message that it has already, by the message's id: then one whose fate a
    /// crash or a lost answer left open is sent again by itself, else people are asked.
    #[serde(default)]
    pub idempotent: bool,
    /// Messages that a channel's provider approved beforehand: what an agent may send where a plain one is not
    /// taken any more.
    #[serde(default)]
    pub templates: Vec<Template>,
    /// How fast a channel may send, as `80/s`, `300/min` or `1000/h`; none knows no limit but the provider's answers.
    #[serde(default)]
    pub rate: Option<Rate>,
    /// What a channel could not send within this time is given up, and people see it; by default 24h.
    #[serde(default)]
    pub expires: Option<Span>,
    /// The channel that answers go by, where this one carries none (forms, call-back requests): to the mail address or
    /// phone number that the customer left.
    #[serde(default)]
    pub answers_via: Option<String>,
    /// The only version that may serve here, whatever was upgraded to; none lets upgrades choose.
    #[serde(default)]
    #[schemars(regex(pattern = DIGEST), extend("x-allowed" = DIGEST_WORDS))]
    pub digest: Option<String>,
}

/// A message that the provider approved beforehand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Its name with the provider.
    #[schemars(length(min = 1))]
    pub name: String,
    /// In which language, as the provider writes it: `fi`, `en_US`.
    #[schemars(length(min = 1))]
    pub language: String,
    /// What it says, with `{1}`, `{2}` where something is filled in: agents see it, the record keeps it.
    #[serde(default)]
    pub text: String,
    /// What is filled in, in words for agents, in order.
    #[serde(default)]
    pub parameters: Vec<String>,
}

/// A tagger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tagger {
    /// Its name in files and metrics.
    #[schemars(regex(pattern = NAME), extend("x-allowed" = NAME_WORDS))]
    pub name: String,
    /// The plugin: `kind/name`.
    #[schemars(regex(pattern = PLUGIN), extend("x-allowed" = PLUGIN_WORDS, "x-stand-in" = "-/-"))]
    pub plugin: String,
    /// Its config, as its own schema says.
    #[serde(default)]
    pub config: serde_json::Map<String, serde_json::Value>,
    /// The only version that may serve here, whatever was upgraded to; none lets upgrades choose.
    #[serde(default)]
    #[schemars(regex(pattern = DIGEST), extend("x-allowed" = DIGEST_WORDS))]
    pub digest: Option<String>,
}

const DIGEST: &str = "^sha256:[0-9a-f]{64}$";
const DIGEST_WORDS: &str = "sha256: and 64 hex digits, as `kerros plugin list` prints them";

const PLUGIN: &str = "^[a-z][a-z0-9-]*/[a-z][a-z0-9-]*$";
const PLUGIN_WORDS: &str = "a plugin's kind and name, like channel/web-chat";

impl Tagger {
    /// As a use like any other.
    #[must_use]
    pub fn as_use(&self) -> PluginUse {
        PluginUse {
            plugin: self.plugin.clone(),
            config: self.config.clone(),
            secrets: BTreeMap::new(),
            hosts: Vec::new(),
            idempotent: false,
            templates: Vec::new(),
            rate: None,
            expires: None,
            answers_via: None,
            digest: self.digest.clone(),
        }
    }
}

/// A use of a plugin with the kind it must have and where it stands.
#[derive(Debug, Clone)]
pub struct Placed {
    /// Key path of the use.
    pub at: String,
    /// The kind that fits there.
    pub kind: &'static str,
    /// Its name in files and metrics.
    pub name: String,
    /// The use.
    pub uses: PluginUse,
}

impl Tenant {
    /// Every use of a plugin.
    #[must_use]
    pub fn plugins(&self) -> Vec<Placed> {
        let place = |at: String, kind, name: &str, uses: &PluginUse| Placed {
            at,
            kind,
            name: name.to_owned(),
            uses: uses.clone(),
        };
        let mut all = Vec::new();
        for (name, uses) in &self.channels {
            all.push(place(format!("channels.{name}"), "channel", name, uses));
        }
        for (layer, uses) in &self.bots {
            all.push(place(format!("bots.{layer}"), "bot", layer, uses));
        }
        for (n, tagger) in self.taggers.iter().enumerate() {
            all.push(place(format!("taggers[{n}]"), "tagger", &tagger.name, &tagger.as_use()));
        }
        if let Some(uses) = &self.sla {
            all.push(place("sla".to_owned(), "sla", "sla", uses));
        }
        for (name, uses) in &self.reports {
            all.push(place(format!("reports.{name}"), "report", name, uses));
        }
        all
    }
}

pub(super) fn validate(tenant: &Tenant, faults: &mut Faults<'_>) {
    twice(faults, "taggers", "name", tenant.taggers.iter().map(|tagger| tagger.name.as_str()));
    let bots: Vec<&str> = tenant
        .layers
        .iter()
        .filter(|layer| layer.kind == Kind::SelfService)
        .map(|layer| layer.id.as_str())
        .collect();
    for layer in tenant.bots.keys() {
        if !bots.contains(&layer.as_str()) {
            unknown(faults, &format!("bots.{layer}"), layer, "self-service layer", &bots);
        }
    }
    let mut secrets: BTreeMap<String, (String, SecretSource)> = BTreeMap::new();
    for placed in tenant.plugins() {
        let Placed { at, kind, name, uses } = &placed;
        for (secret, source) in &uses.secrets {
            let first =
                secrets.entry(secret.clone()).or_insert_with(|| (at.clone(), source.clone()));
            if first.1 != *source {
                let allowed = format!(
                    "a name means one secret in a tenant, and {} takes it from elsewhere: name one of them otherwise",
                    first.0
                );
                faults.wrong(&format!("{at}.secrets.{secret}"), &format!("{secret:?}"), allowed);
            }
        }
        if !is_name(name) {
            faults.wrong(at, &format!("{name:?}"), format!("allowed is {NAME_WORDS}"));
        }
        let found = uses.plugin.split('/').next().unwrap_or_default();
        if found != *kind {
            let allowed = format!("a plugin of kind {kind} is needed here: {kind}/NAME");
            faults.wrong(&format!("{at}.plugin"), &format!("{:?}", uses.plugin), allowed);
        }
        sending(tenant, &placed, faults);
        for (n, host) in uses.hosts.iter().enumerate() {
            if !is_host_pattern(host) {
                let allowed = format!("allowed is {HOST_PATTERN}");
                faults.wrong(&format!("{at}.hosts[{n}]"), &format!("{host:?}"), allowed);
            }
        }
        if !uses.templates.is_empty() && *kind != "channel" {
            let found = format!("{} templates", uses.templates.len());
            faults.wrong(
                &format!("{at}.templates"),
                &found,
                "only channels have templates".to_owned(),
            );
        }
        for secret in uses.secrets.keys().filter(|name| !is_name(name)) {
            let allowed = format!("allowed is {NAME_WORDS}");
            faults.wrong(&format!("{at}.secrets.{secret}"), &format!("{secret:?}"), allowed);
        }
    }
}

/// How a channel sends; nothing else does.
fn sending(tenant: &Tenant, placed: &Placed, faults: &mut Faults<'_>) {
    let Placed { at, kind, name, uses } = placed;
    let set = [
        ("idempotent", uses.idempotent),
        ("rate", uses.rate.is_some()),
        ("expires", uses.expires.is_some()),
        ("answers_via", uses.answers_via.is_some()),
    ];
    if *kind != "channel" {
        for (key, _) in set.into_iter().filter(|(_, set)| *set) {
            faults.wrong(&format!("{at}.{key}"), "", "only a channel sends");
        }
        return;
    }
    if let Some(expires) = uses.expires
        && !(Span::seconds(60)..=Span::seconds(7 * 24 * 3600)).contains(&expires)
    {
        faults.wrong(&format!("{at}.expires"), &format!("\"{expires}\""), "allowed is 1m to 7d");
    }
    let Some(via) = &uses.answers_via else { return };
    let at = format!("{at}.answers_via");
    if via == name {
        faults.wrong(&at, &format!("{via:?}"), "another channel is needed");
    } else if !tenant.channels.contains_key(via) {
        let channels: Vec<&str> = tenant.channels.keys().map(String::as_str).collect();
        unknown(faults, &at, via, "channel", &channels);
    } else if tenant.channels[via].answers_via.is_some() {
        faults.wrong(&at, &format!("{via:?}"), "that one's answers go by another one in turn");
    }
}
