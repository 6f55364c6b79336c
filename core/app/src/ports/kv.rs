//! What a use of a bot keeps for itself, over turns and conversations.

use async_trait::async_trait;
use kerros_domain::id::{PluginId, TenantId};
use kerros_domain::time::Timestamp;

/// Longest key, bytes.
pub const KEY: usize = 256;
/// Largest value, bytes.
pub const VALUE: usize = 16 << 10;
/// Most keys of a use.
pub const KEYS: u32 = 1000;
/// Most bytes of all values of a use.
pub const BYTES: u32 = 1 << 20;

/// Whose: one use of one plugin at one tenant. Nobody else sees into it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Space {
    /// The tenant.
    pub tenant: TenantId,
    /// The plugin.
    pub plugin: PluginId,
    /// The use's name in the tenant's config.
    pub name: String,
}

/// Why nothing was read or kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KvError {
    /// [`KEYS`] or [`BYTES`] would be passed.
    #[error("this use keeps {KEYS} keys and {} KiB at most", BYTES >> 10)]
    Full,
    /// The store does not answer.
    #[error("the store does not answer: {0}")]
    Unavailable(String),
}

/// A small store. It stands outside a turn's commit: what is set stays set if the turn is made again.
#[async_trait]
pub trait Kv: Send + Sync {
    /// The value, unless its time is over.
    async fn get(
        &self,
        space: &Space,
        key: &str,
        now: Timestamp,
    ) -> Result<Option<String>, KvError>;

    /// Keeps a value, until a moment or for good. The last one to set wins.
    async fn set(
        &self,
        space: &Space,
        key: &str,
        value: &str,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), KvError>;

    /// Forgets a key; one that is not there too.
    async fn remove(&self, space: &Space, key: &str) -> Result<(), KvError>;

    /// Keys that begin so, after `after`, in order, at most `limit`.
    async fn keys(
        &self,
        space: &Space,
        prefix: &str,
        after: &str,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<String>, KvError>;
}
