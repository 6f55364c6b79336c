//! Identifiers: sortable ids with a short prefix for rows, and plain names for what config names.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// Text that is not an id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an id like {prefix}_0198c0de0000700080000000000000aa, found {found:?}")]
pub struct NotAnId {
    /// The prefix that was expected.
    pub prefix: &'static str,
    /// What was found.
    pub found: String,
}

macro_rules! row_id {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The prefix in the text form.
            pub const PREFIX: &'static str = $prefix;
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", $prefix, self.0.simple())
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(s: &str) -> Result<Self, NotAnId> {
                s.strip_prefix(concat!($prefix, "_"))
                    .filter(|hex| hex.len() == 32)
                    .and_then(|hex| Uuid::try_parse(hex).ok())
                    .map(Self)
                    .ok_or_else(|| NotAnId { prefix: $prefix, found: s.chars().take(64).collect() })
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

row_id! {
    /// A conversation.
    ConversationId = "cnv";
    /// An end customer of one tenant.
    ContactId = "con";
    /// A message in a conversation.
    MessageId = "msg";
    /// A person who logs in: agent, expert, supervisor, administrator.
    UserId = "usr";
    /// A raw thing that came in from outside.
    InboundId = "inb";
    /// A unit of background work.
    JobId = "job";
    /// One outbound message on its way to a channel.
    DeliveryId = "dlv";
    /// An API token (the id, not the secret).
    TokenId = "tok";
    /// A visit to a help center or demo page.
    VisitId = "vis";
    /// A file that is kept for a tenant.
    FileId = "fil";
}

macro_rules! name {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub std::sync::Arc<str>);

        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl From<&str> for $name {
            fn from(s: &str) -> Self {
                Self(s.into())
            }
        }
        impl From<String> for $name {
            fn from(s: String) -> Self {
                Self(s.into())
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(&self.0)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
                Ok(Self(text.as_ref().into()))
            }
        }
    )*};
}

name! {
    /// A client company of the vendor, as named by its config file (`aurinko`).
    TenantId;
    /// A layer of one tenant (`first-line`).
    LayerId;
    /// A customer group of one tenant.
    SegmentId;
    /// A channel of one tenant (`chat`): one configured use of a channel plugin.
    ChannelId;
    /// A calendar of one tenant.
    CalendarId;
    /// A tag.
    Tag;
    /// A BCP 47 language, in practice `fi`, `sv`, `en`.
    Language;
    /// A plugin: `kind/name`.
    PluginId;
}
