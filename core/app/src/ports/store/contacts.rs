//! End customers.

use std::collections::BTreeMap;

use async_trait::async_trait;
use kerros_domain::id::{ChannelId, ContactId, Language, SegmentId, TenantId};
use kerros_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Scope, StoreError};

/// An end customer of one tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Its id.
    pub id: ContactId,
    /// Whose customer.
    pub tenant: TenantId,
    /// Name, if known.
    pub name: Option<String>,
    /// Language.
    pub language: Language,
    /// Customer group.
    pub segment: Option<SegmentId>,
    /// Free attributes.
    pub attributes: BTreeMap<String, String>,
    /// Channel name to the address there; `(tenant, channel, address)` is unique.
    pub addresses: Vec<(ChannelId, String)>,
    /// First seen.
    pub created_at: Timestamp,
    /// Addresses that take no messages any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bad_addresses: Vec<BadAddress>,
}

/// An address that takes no messages any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadAddress {
    /// On which channel.
    pub channel: ChannelId,
    /// Which.
    pub address: String,
    /// What the provider said.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// Reads contacts.
#[async_trait]
pub trait Contacts: Send + Sync {
    /// One contact; `None` also when it is outside the scope.
    async fn contact(&self, scope: &Scope, id: ContactId) -> Result<Option<Contact>, StoreError>;
}
