//! What plugins cost, by tenant and day: kept for a year, counted up in pieces.

use async_trait::async_trait;
use kerros_domain::id::{PluginId, TenantId};
use serde::{Deserialize, Serialize};

use super::store::{Scope, StoreError};

/// What a plugin cost a tenant on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// For whom.
    pub tenant: TenantId,
    /// The day, days since 1970-01-01 UTC.
    pub day: i64,
    /// The plugin.
    pub plugin: PluginId,
    /// Its kind.
    pub kind: String,
    /// Calls made.
    pub calls: u64,
    /// Calls that ended in an error of any sort.
    pub errors: u64,
    /// Processor time, microseconds.
    pub cpu_us: u64,
    /// Bytes of what it was given, as JSON.
    pub bytes_in: u64,
    /// Bytes of what it answered, as JSON.
    pub bytes_out: u64,
}

/// Milliseconds of a day.
pub const DAY_MS: i64 = 86_400_000;

/// Keeps costs.
#[async_trait]
pub trait CostBook: Send + Sync {
    /// Adds each to what its tenant, day and plugin have already.
    async fn add_costs(&self, costs: &[Cost]) -> Result<(), StoreError>;
    /// The costs of these days, both included, by tenant, day and plugin.
    async fn costs(&self, scope: &Scope, from: i64, to: i64) -> Result<Vec<Cost>, StoreError>;
    /// Forgets days before this one; returns how many rows went.
    async fn forget_costs(&self, before: i64) -> Result<u64, StoreError>;
}
