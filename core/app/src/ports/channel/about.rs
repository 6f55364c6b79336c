//! What both directions name: files, people, answers, checks.

use serde::{Deserialize, Serialize};

/// A file that the host keeps for the tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct File {
    /// The host's handle; means nothing outside its tenant.
    pub id: String,
    /// Its name, as its sender gave it.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// The Content-ID of an inline part of a mail, without angle brackets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_id: Option<String>,
}

/// Somebody a message was also sent to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// `to`, `cc` or `reply-to`; `own` for the one of the channel's own addresses that it was written to.
    pub role: String,
    /// The address on the channel.
    pub address: String,
    /// The name that stood with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// One answer in a form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// The form's own name of the field.
    pub key: String,
    /// The name for people.
    pub label: String,
    /// What was answered.
    pub value: String,
}

/// What somebody found out about where a message comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// `spf`, `dkim`, `dmarc`.
    pub name: String,
    /// `pass`, `fail`, `softfail`, `neutral`, `none`, `temperror`, `permerror`.
    pub verdict: String,
    /// The domain that was checked, or a reason.
    pub detail: String,
}
