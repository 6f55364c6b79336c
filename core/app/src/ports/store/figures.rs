//! What is counted for reports.

use async_trait::async_trait;
use kerros_domain::conversation::Conversation;
use kerros_domain::id::{ConversationId, TenantId};
use kerros_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::StoreError;

/// Reads for figures.
#[async_trait]
pub trait Figures: Send + Sync {
    /// Conversations opened in the period, in order of id, after `after`, at most `limit`.
    async fn opened_between(
        &self,
        tenant: &TenantId,
        from: Timestamp,
        to: Timestamp,
        after: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<Conversation>, StoreError>;
    /// Help-center visits in the period.
    async fn visits_between(
        &self,
        tenant: &TenantId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Visit>, StoreError>;
    /// Adds or replaces a visit.
    async fn save_visit(&self, visit: &Visit) -> Result<(), StoreError>;
    /// A visit.
    async fn visit(
        &self,
        tenant: &TenantId,
        id: kerros_domain::id::VisitId,
    ) -> Result<Option<Visit>, StoreError>;
}

/// A help-center visit with intent, see METRICS: demand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Its id, kept by the visitor's browser.
    pub id: kerros_domain::id::VisitId,
    /// Whose help center.
    pub tenant: TenantId,
    /// The first search or article.
    pub began_at: Timestamp,
    /// The last thing the visitor did.
    pub last_at: Timestamp,
    /// Searches made.
    pub searches: u32,
    /// Searches without a result.
    pub zero_hits: u32,
    /// Articles opened.
    pub articles: u32,
    /// Articles read for 10 seconds or more.
    pub read: u32,
    /// The visitor said "this helped" (or that it did not).
    pub helped: Option<bool>,
    /// The visitor wrote to us within 24 hours of their last act: the conversation.
    pub contacted: Option<ConversationId>,
}
