//! Through whose eyes a page is built: language, zone, moment; and the small things every view shows.

use jiff::tz::TimeZone;
use kerros_app::tenant::Tenant;
use kerros_domain::conversation::Conversation;
use kerros_domain::id::{ChannelId, ContactId, Language, LayerId, TenantId, UserId};
use kerros_domain::time::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

use crate::i18n::time::{self, When};
use crate::i18n::{Lang, Speech, speech};

/// The language, zone and moment of a page.
#[derive(Clone)]
pub struct Look {
    /// The messages.
    pub say: &'static Speech,
    /// The zone that times are shown in: the tenant's, where one tenant is concerned.
    pub zone: TimeZone,
    /// Now.
    pub now: Timestamp,
}

impl Look {
    /// A look in UTC.
    #[must_use]
    pub fn new(lang: Lang, now: Timestamp) -> Self {
        Self { say: speech(lang), zone: TimeZone::UTC, now }
    }

    /// The same in a tenant's zone.
    #[must_use]
    pub fn at(&self, tenant: &Tenant) -> Self {
        Self { zone: time::zone(&tenant.policy.time_zone), ..self.clone() }
    }

    /// A moment to show.
    #[must_use]
    pub fn when(&self, at: Timestamp) -> When {
        time::when(self.say, &self.zone, self.now, at)
    }

    /// How long ago, largest unit only.
    #[must_use]
    pub fn age(&self, at: Timestamp) -> String {
        time::span(self.say, self.now.since(at))
    }

    /// The text in this language, else in the first that there is, else `fallback`.
    #[must_use]
    pub fn pick<'a>(&self, texts: &'a BTreeMap<Language, String>, fallback: &'a str) -> &'a str {
        texts
            .get(&self.say.lang.language())
            .or_else(|| texts.values().next())
            .map_or(fallback, String::as_str)
    }

    /// A layer's title.
    #[must_use]
    pub fn layer(&self, tenant: &Tenant, layer: &LayerId) -> String {
        let found = tenant.policy.layers.iter().find(|l| l.id == *layer);
        found.map_or(layer.as_str(), |l| self.pick(&l.title, layer.as_str())).to_owned()
    }

    /// A contact's name, or a stable stand-in for somebody unnamed.
    #[must_use]
    pub fn contact(&self, name: Option<&str>, id: ContactId) -> String {
        match name.map(str::trim).filter(|n| !n.is_empty()) {
            Some(name) => name.to_owned(),
            None => {
                let hex = id.0.simple().to_string();
                self.say.with("contact-unnamed", &[("id", hex[28..].into())])
            }
        }
    }
}

/// A tenant's mark: its title in its colour. The colour comes from `/assets/tenants.css` by class.
#[derive(Debug, Clone, Serialize)]
pub struct Badge {
    /// The tenant; also the class suffix.
    pub id: TenantId,
    /// What people read.
    pub title: String,
}

impl Badge {
    /// A tenant's.
    #[must_use]
    pub fn of(tenant: &Tenant) -> Self {
        Self { id: tenant.policy.id.clone(), title: tenant.policy.title.clone() }
    }
}

/// A channel as shown: icon and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChannelMark {
    /// An icon of the sprite.
    pub icon: &'static str,
    /// The tenant's name for it.
    pub name: ChannelId,
}

impl ChannelMark {
    /// A tenant's channel.
    #[must_use]
    pub fn of(tenant: &Tenant, channel: &ChannelId) -> Self {
        let plugin = tenant.channels.get(channel).map_or("", |c| c.plugin.as_str());
        let icon = match plugin.rsplit('/').next().unwrap_or("") {
            "web-chat" => "chat",
            "telegram" => "telegram",
            "mail" | "email" => "mail",
            "whatsapp" | "sms" | "callback" => "phone",
            "slack" | "teams" => "chats",
            "leads" => "external",
            _ => "web",
        };
        Self { icon, name: channel.clone() }
    }
}

/// A person or contact in a circle.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct Person {
    /// Their name.
    pub name: String,
    /// One or two letters.
    pub initials: String,
    /// 0 to 7: the circle's tint.
    pub tint: u8,
    /// Whether it is the reader.
    pub me: bool,
}

impl Person {
    /// From a name and sixteen bytes that stay the same.
    #[must_use]
    pub fn new(name: &str, id: uuid::Uuid, me: bool) -> Self {
        let tint =
            id.as_bytes().iter().fold(0u8, |sum, b| sum.wrapping_mul(31).wrapping_add(*b)) % 8;
        Self { name: name.to_owned(), initials: initials(name), tint, me }
    }

    /// A person who serves.
    #[must_use]
    pub fn user(names: &BTreeMap<UserId, String>, id: UserId, me: UserId) -> Self {
        let name = names.get(&id).map_or("?", String::as_str);
        Self::new(name, id.0, id == me)
    }
}

/// The first letters of the first and last word that begin with a letter or digit.
#[must_use]
pub fn initials(name: &str) -> String {
    let letters: Vec<char> =
        name.split_whitespace().filter_map(|w| w.chars().find(|c| c.is_alphanumeric())).collect();
    match letters.as_slice() {
        [] => "?".to_owned(),
        [one] => one.to_uppercase().collect(),
        [first, .., last] => first.to_uppercase().chain(last.to_uppercase()).collect(),
    }
}

/// The key of a state in messages and styles.
#[must_use]
pub fn state_key(conversation: &Conversation) -> &'static str {
    use kerros_domain::conversation::State;
    match conversation.state {
        State::Bot => "bot",
        State::OutOfHours => "waits",
        State::Queued => "queued",
        State::Assigned => "assigned",
        State::Pending => "pending",
        State::Resolved => "resolved",
        State::Closed => "closed",
    }
}

/// The key of a priority in messages and styles.
#[must_use]
pub fn priority_key(priority: kerros_domain::conversation::Priority) -> &'static str {
    use kerros_domain::conversation::Priority;
    match priority {
        Priority::Low => "low",
        Priority::Normal => "normal",
        Priority::High => "high",
        Priority::Urgent => "urgent",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_short_and_never_empty() {
        for (name, seen) in [
            ("Aino Virtanen", "AV"),
            ("åke", "Å"),
            ("", "?"),
            ("Anna-Maija (HR) Öhman", "AÖ"),
            ("--", "?"),
        ] {
            assert_eq!(initials(name), seen, "{name:?}");
        }
    }
}
