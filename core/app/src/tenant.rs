//! A tenant as it is configured now: the engine's policy and which plugin serves where.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kerros_domain::call::CallPlan;
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
    /// is made. The manifest says so.
    pub live: bool,
    /// What a channel is for. From the manifest.
    pub role: ChannelRole,
    /// What it may reach: manifest ∩ tenant config ∩ platform policy.
    pub grants: Grants,
    /// How a channel sends.
    pub sending: Sending,
}

/// A message that the provider approved beforehand: what goes out where a plain one may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    /// Its name with the provider.
    pub name: String,
    /// In which language, as the provider writes it.
    pub language: String,
    /// What it says, `{1}`, `{2}` for what is filled in; may be empty if nobody wrote it down.
    pub text: String,
    /// What is filled in, for people, in order.
    pub parameters: Vec<String>,
}

impl Approved {
    /// What it says once it is filled in.
    #[must_use]
    pub fn filled(&self, parameters: &[String]) -> String {
        if self.text.trim().is_empty() {
            let all: Vec<&str> = std::iter::once(self.name.as_str())
                .chain(parameters.iter().map(String::as_str))
                .collect();
            return all.join(" · ");
        }
        // Piece by piece, so that nothing that is filled in is filled in again.
        let mut out = String::new();
        let mut rest = self.text.as_str();
        while let Some(at) = rest.find('{') {
            out.push_str(&rest[..at]);
            let hole = rest[at + 1..].split_once('}').and_then(|(number, after)| {
                let number: usize = number.trim_matches(['{', ' ']).parse().ok()?;
                Some((parameters.get(number.checked_sub(1)?)?, after.trim_start_matches('}')))
            });
            match hole {
                Some((value, after)) => {
                    out.push_str(value);
                    rest = after;
                }
                None => {
                    out.push('{');
                    rest = &rest[at + 1..];
                }
            }
        }
        out.push_str(rest);
        out
    }
}

/// What a channel is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ChannelRole {
    /// Customers write there and are answered.
    #[default]
    Customers,
    /// Colleagues discuss cases there.
    Cases,
    /// Another system takes leads and tickets over.
    Leads,
    /// Customers ask there to be called.
    Calls,
}

impl ChannelRole {
    /// The role that a manifest names.
    #[must_use]
    pub fn of(name: Option<&str>) -> Self {
        match name {
            Some("cases") => Self::Cases,
            Some("leads") => Self::Leads,
            Some("calls") => Self::Calls,
            _ => Self::Customers,
        }
    }
}

/// How a channel sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sending {
    /// No faster than this.
    pub rate: Option<Rate>,
    /// What has not gone out after this many seconds is given up.
    pub expires_s: u64,
    /// The provider drops a message that it has already, by the message's id: so a message whose fate is
    /// not known may be sent again. The tenant's file says so.
    pub idempotent: bool,
    /// Messages that the provider approved beforehand.
    pub templates: Vec<Approved>,
    /// The addresses it writes to, also those that a customer left elsewhere. The manifest says so.
    pub takes: Option<Takes>,
    /// The channel that answers go by, where this one carries none. The tenant's file says so.
    pub answers_via: Option<ChannelId>,
}

/// A kind of address that more than one channel knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// A mail address.
    Mail,
    /// A phone number: `+` and digits.
    Phone,
}

impl Takes {
    /// `mail`, `phone`.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "mail" => Some(Self::Mail),
            "phone" => Some(Self::Phone),
            _ => None,
        }
    }

    /// Whether it is an address of this kind.
    #[must_use]
    pub fn fits(self, address: &str) -> bool {
        match self {
            Self::Mail => {
                let parts = address.rsplit_once('@');
                parts.is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
                    && !address.contains(|c: char| c.is_whitespace() || c.is_control())
            }
            Self::Phone => address.strip_prefix('+').is_some_and(|digits| {
                (5..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
            }),
        }
    }
}

impl Default for Sending {
    fn default() -> Self {
        Self {
            rate: None,
            expires_s: 24 * 3600,
            idempotent: false,
            templates: Vec::new(),
            takes: None,
            answers_via: None,
        }
    }
}

/// So many messages in so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Messages; at least 1.
    pub count: u32,
    /// Seconds; at least 1.
    pub per_s: u32,
}

impl Rate {
    /// Microseconds between two messages at a steady pace.
    #[must_use]
    pub fn gap_us(self) -> i64 {
        i64::from(self.per_s.max(1)) * 1_000_000 / i64::from(self.count.max(1))
    }

    /// How many may go at once after a quiet time: one second's worth.
    #[must_use]
    pub fn burst(self) -> u32 {
        (self.count / self.per_s.max(1)).max(1)
    }
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
    /// The channel whose account mails may be sent over.
    pub outbox: Option<ChannelId>,
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

/// A tenant's smaller decisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manners {
    /// Days that raw things from outside are kept; 0 keeps them for good. Their keys drop repeats, so it
    /// must be longer than any provider repeats a hook.
    pub inbound_days: u32,
    /// When a call that nobody answered is made again.
    pub calls: CallPlan,
    /// How many of a contact's conversations of one day get the answer that nobody is there.
    pub closed_answers_a_day: u32,
    /// How many automatic mails a contact gets in 24 hours, bots' answers and notices together; then people have
    /// it. Ends loops between machines.
    pub automatic_mails_a_day: u32,
    /// Days without a new contact on the topic that make a first contact resolution.
    pub fcr_window_days: u32,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            inbound_days: 90,
            calls: CallPlan::default(),
            closed_answers_a_day: 3,
            automatic_mails_a_day: 20,
            fcr_window_days: 7,
        }
    }
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
    /// Smaller decisions.
    pub manners: Manners,
    /// Mail addresses that are the tenant's own, in lower case: nobody takes part by one of them.
    pub addresses: BTreeSet<String>,
    /// A digest of the whole config, for logs and change checks.
    pub digest: String,
}

impl Tenant {
    /// Its channels of a role, by name.
    pub fn channels_for(&self, role: ChannelRole) -> impl Iterator<Item = &ChannelId> {
        self.channels.iter().filter(move |(_, uses)| uses.role == role).map(|(name, _)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::Approved;

    #[test]
    fn a_template_is_filled_in_once() {
        for (text, parameters, filled) in [
            (
                "Hei {1}, tilaus {2} on matkalla.",
                &["Maija", "{1}"][..],
                "Hei Maija, tilaus {1} on matkalla.",
            ),
            ("Hei {{1}}!", &["Maija"], "Hei Maija!"),
            ("Kaarisulut {x} ja {9}", &["a"], "Kaarisulut {x} ja {9}"),
            ("", &["Maija", "12"], "tilaus · Maija · 12"),
        ] {
            let template = Approved {
                name: "tilaus".into(),
                language: "fi".into(),
                text: text.into(),
                parameters: Vec::new(),
            };
            let parameters: Vec<String> = parameters.iter().map(|p| (*p).to_owned()).collect();
            assert_eq!(template.filled(&parameters), filled);
        }
    }
}
