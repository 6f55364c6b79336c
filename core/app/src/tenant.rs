//! A tenant as it is configured now: the engine's policy and which plugin serves where.

use std::collections::BTreeMap;
use std::sync::Arc;

use kerros_domain::id::{ChannelId, Language, LayerId, PluginId};
use kerros_domain::policy::TenantPolicy;

/// One configured use of a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginUse {
    /// Its name in the tenant's config (`chat`, `keywords`).
    pub name: String,
    /// The plugin, `kind/name`.
    pub plugin: PluginId,
    /// The version that serves here: SHA-256 of its component, lower-case hex. `None` takes the one that serves its
    /// id on this node.
    pub version: Option<Arc<str>>,
    /// Its config as JSON text, checked against the plugin's schema.
    pub config: Arc<str>,
    /// A live channel (the widget): messages reach the customer's socket from the store, so no delivery job
    /// is made. From the manifest.
    pub live: bool,
    /// What it may reach: manifest ∩ tenant config ∩ platform policy.
    pub grants: Grants,
}

/// What a use of a plugin may reach.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    /// Hosts that requests may go to: `api.telegram.org`, `*.example.com`, with an optional `:port`.
    pub hosts: Vec<String>,
    /// Secret name to the hosts towards which it may be filled in; empty for signature checks only.
    pub secrets: BTreeMap<String, Vec<String>>,
    /// Whether requests may go to private and loopback addresses (platform policy; for tests and intranets).
    pub private_hosts: bool,
}

/// A tenant's widget: what a web page shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WidgetLook {
    /// The channel behind it.
    pub channel: Option<ChannelId>,
    /// Accent colour, `#rrggbb`.
    pub accent: String,
    /// Heading by language.
    pub title: BTreeMap<Language, String>,
    /// First line by language.
    pub greeting: BTreeMap<Language, String>,
    /// Origins of pages that may embed it; empty allows any.
    pub origins: Vec<String>,
}

/// A help-center article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Article {
    /// Its address part, the same in all languages.
    pub slug: String,
    /// Its language.
    pub language: Language,
    /// Its title.
    pub title: String,
    /// Markdown.
    pub body: String,
    /// Customer groups it is for; empty is all.
    pub segments: Vec<String>,
}

/// A tenant as it is configured now. Swapped whole when its file changes.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// What the engine needs.
    pub policy: TenantPolicy,
    /// Channels by name.
    pub channels: BTreeMap<ChannelId, PluginUse>,
    /// The bot of each self-service layer.
    pub bots: BTreeMap<LayerId, PluginUse>,
    /// Taggers, in order.
    pub taggers: Vec<PluginUse>,
    /// The SLA plugin.
    pub sla: Option<PluginUse>,
    /// Reports by name.
    pub reports: BTreeMap<String, PluginUse>,
    /// The widget.
    pub widget: WidgetLook,
    /// Help-center articles.
    pub articles: Vec<Article>,
    /// A notice to the customer when a layer is closed, by language; `{opens}` is filled in.
    pub closed_notice: BTreeMap<Language, String>,
    /// A digest of the whole config, for logs and change checks.
    pub digest: String,
}
