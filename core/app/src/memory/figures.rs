//! Reads for figures.

use async_trait::async_trait;
use kerros_domain::conversation::Conversation;
use kerros_domain::id::{ConversationId, TenantId, VisitId};
use kerros_domain::time::Timestamp;

use super::Memory;
use crate::ports::store::{Figures, StoreError, Visit};

#[async_trait]
impl Figures for Memory {
    async fn opened_between(
        &self,
        tenant: &TenantId,
        from: Timestamp,
        to: Timestamp,
        after: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<Conversation>, StoreError> {
        let rows = self.rows()?;
        let within = |conversation: &&Conversation| {
            conversation.tenant == *tenant
                && (from..to).contains(&conversation.opened_at)
                && after.is_none_or(|after| conversation.id > after)
        };
        let all = rows.conversations.values().map(|row| &row.conversation);
        Ok(all.filter(within).take(limit as usize).cloned().collect())
    }

    async fn visits_between(
        &self,
        tenant: &TenantId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Visit>, StoreError> {
        let rows = self.rows()?;
        let within =
            |visit: &&Visit| visit.tenant == *tenant && (from..to).contains(&visit.began_at);
        Ok(rows.visits.values().filter(within).cloned().collect())
    }

    async fn save_visit(&self, visit: &Visit) -> Result<(), StoreError> {
        self.rows()?.visits.insert((visit.tenant.clone(), visit.id), visit.clone());
        Ok(())
    }

    async fn visit(&self, tenant: &TenantId, id: VisitId) -> Result<Option<Visit>, StoreError> {
        Ok(self.rows()?.visits.get(&(tenant.clone(), id)).cloned())
    }
}
