//! What a message carries beside its text. The small things are in its row ([`About`]); the big ones are
//! read only when somebody opens the conversation ([`Details`]).

use serde::{Deserialize, Serialize};

use crate::id::{ChannelId, FileId};

/// The small things.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// What an outbound message is for, unless it is a plain reply.
    #[serde(default, skip_serializing_if = "Purpose::is_reply")]
    pub purpose: Purpose,
    /// Subject of a mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Who wrote it, where that is not the conversation's contact or a user of Kerros: a colleague of the
    /// customer's, somebody in the thread of a shared channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<Party>,
    /// Further recipients of an outbound mail.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<Party>,
    /// Files that came or go with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Attachment>,
    /// Written by a machine (an out-of-office answer); why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub automatic: Option<String>,
    /// Where everybody can read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// The provider's id of the message it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<String>,
    /// The channel it goes out by, where that is not the conversation's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<ChannelId>,
    /// A message that the provider approved beforehand, sent in its stead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Template>,
    /// Which of our addresses a mail was written to, where the channel answers as that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written_to: Option<String>,
    /// Came long after it was written, as in a first import of a mailbox: nothing answers it by itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// Whether there are [`Details`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub details: bool,
}

impl About {
    /// Whether there is nothing to keep.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What an outbound message is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Said to the customer.
    #[default]
    Reply,
    /// The system's own answer to the customer.
    Automatic,
    /// Opens the thread of a case on a shared channel.
    Case,
    /// Into the thread of a case.
    Note,
    /// Tells of a disruption on a shared channel.
    Disruption,
}

impl Purpose {
    /// The name that channel plugins know.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Automatic => "automatic",
            Self::Case => "case",
            Self::Note => "note",
            Self::Disruption => "disruption",
        }
    }

    /// Whether it goes to colleagues on a shared channel, not to the customer.
    #[must_use]
    pub const fn is_case(self) -> bool {
        matches!(self, Self::Case | Self::Note | Self::Disruption)
    }

    /// Whether it is the usual one.
    #[must_use]
    pub const fn is_reply(&self) -> bool {
        matches!(self, Self::Reply)
    }
}

/// What somebody is in a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartyRole {
    /// Wrote it.
    From,
    /// A recipient.
    To,
    /// Got a copy.
    Cc,
    /// Gets the answer.
    ReplyTo,
}

/// Somebody who takes part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// As what.
    pub role: PartyRole,
    /// Their address on the channel.
    pub address: String,
    /// Their name, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Where an attachment's bytes are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Held {
    /// With Kerros.
    Here,
    /// Still with the provider; being fetched.
    Fetching,
    /// They cannot be had.
    Gone {
        /// Why.
        reason: String,
    },
}

/// A file of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The file; known before its bytes are.
    pub id: FileId,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// How big; 0 while it is not known.
    pub bytes: u64,
    /// Shown in the text where `cid:` names it, not beside it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inline: bool,
    /// The Content-ID of an inline part, without angle brackets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_id: Option<String>,
    /// Where its bytes are.
    #[serde(flatten)]
    pub held: Held,
}

/// A message approved by the provider beforehand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Its name with the provider.
    pub name: String,
    /// In which language.
    pub language: String,
    /// What is filled in, in order.
    pub parameters: Vec<String>,
}

/// Why an outbound message has not arrived; beside a delivery that did, who was left out of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// For people.
    pub reason: String,
    /// What a person may do instead: `template`, `mail`, `sms`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<String>,
    /// It may have gone out all the same: whoever sends it again may send it twice.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub maybe_sent: bool,
}

/// One answer in a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its key.
    pub key: String,
    /// What people read.
    pub label: String,
    /// The answer.
    pub value: String,
}

/// What somebody found out about where a message comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// `spf`, `dkim`, `dmarc`.
    pub name: String,
    /// `pass`, `fail`, `softfail`, `neutral`, `none`, `temperror`, `permerror`.
    pub verdict: String,
    /// The domain that was checked, or a reason.
    pub detail: String,
}

/// The mail that a message came as, whole, as it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "held", rename_all = "snake_case")]
pub enum Original {
    /// A file of the message's.
    File {
        /// Which.
        id: FileId,
        /// How big.
        bytes: u64,
    },
    /// The raw thing that was kept on arrival: nothing had to be lifted out of it.
    Raw {
        /// The channel it came by.
        channel: ChannelId,
        /// Its key there.
        key: String,
        /// How big.
        bytes: u64,
    },
}

/// The big things of one message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// Sanitised HTML. Remote images are in `data-src`; `cid:` images point to `/files/ID`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// The whole plain text with quotes and signature, where it differs from the message's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full: Option<String>,
    /// Everybody it was sent from and to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub participants: Vec<Party>,
    /// What is known of where it comes from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    /// A form's answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// The mail it came as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<Original>,
}

impl Details {
    /// Whether there is nothing to keep.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
