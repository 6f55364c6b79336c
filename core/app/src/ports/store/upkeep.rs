//! The health of the store itself.

use async_trait::async_trait;
use kerros_domain::id::ConversationId;
use kerros_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::StoreError;

/// What `kerros db verify` found wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Which conversation.
    pub conversation: ConversationId,
    /// What.
    pub what: String,
}

/// Upkeep.
#[async_trait]
pub trait Upkeep: Send + Sync {
    /// Whether the database answers and can be written (a small durable write).
    async fn ping(&self) -> Result<(), StoreError>;
    /// Folds every journal again and compares it with its row; calls `progress(done, total)`.
    async fn verify(
        &self,
        progress: &(dyn Fn(u64, u64) + Sync),
    ) -> Result<Vec<Difference>, StoreError>;
    /// Tries to become or stay the elected leader of `role` until `until` (cron, monthly reports).
    async fn lead(
        &self,
        role: &str,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError>;
}
