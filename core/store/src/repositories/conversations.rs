//! Conversations.

use async_trait::async_trait;
use kerros_app::ports::store::{Conversations, Depth, Filter, Known, Listed, Scope, StoreError};
use kerros_domain::conversation::Conversation;
use kerros_domain::id::{ChannelId, ConversationId, LayerId, MessageId, TenantId};
use kerros_domain::time::Timestamp;

use crate::error::broken;
use crate::reader::column;
use crate::store::SqlStore;
use crate::{name, scope, value};

// NULLs where nothing is known; always one row.
const KNOWN: &str = "SELECT \
    (SELECT c.body FROM contact_addresses a JOIN contacts c ON c.id = a.contact \
     WHERE a.tenant = $1 AND a.channel = $2 AND a.address = $3), \
    (SELECT body FROM conversations WHERE tenant = $1 AND channel = $2 AND thread = $4 \
     AND state <> 'closed' ORDER BY opened_at DESC, id DESC LIMIT 1)";

#[async_trait]
impl Conversations for SqlStore {
    async fn known(
        &self,
        tenant: &TenantId,
        channel: &ChannelId,
        thread: &str,
        address: &str,
    ) -> Result<Known, StoreError> {
        let values = vec![
            value::text(tenant.as_str()),
            value::text(channel.as_str()),
            value::text(address),
            value::text(thread),
        ];
        let row = self.reader.one(&Scope::One(tenant.clone()), KNOWN, values).await?;
        let Some(row) = row else { return Ok(Known::default()) };
        Ok(Known {
            contact: column::json_or_null(&row, 0)?,
            conversation: column::json_or_null(&row, 1)?,
        })
    }

    async fn conversation(
        &self,
        scope: &Scope,
        id: ConversationId,
    ) -> Result<Option<Conversation>, StoreError> {
        let mut values = vec![value::id(id.0)];
        let within = scope::condition(scope, "tenant", &mut values);
        let text = format!("SELECT body FROM conversations WHERE id = $1{within}");
        let row = self.reader.one(scope, &text, values).await?;
        row.map(|row| column::json(&row, 0)).transpose()
    }

    async fn list(&self, scope: &Scope, filter: &Filter) -> Result<Vec<Listed>, StoreError> {
        self.listed(scope, filter).await
    }

    async fn depths(&self, scope: &Scope) -> Result<Vec<Depth>, StoreError> {
        let mut values = Vec::new();
        let within = scope::condition(scope, "tenant", &mut values);
        let text = format!(
            "SELECT tenant, layer, state, COUNT(*), MIN(held_since) FROM conversations \
             WHERE open = 1{within} GROUP BY tenant, layer, state ORDER BY tenant, layer, state"
        );
        let rows = self.reader.all(scope, &text, values).await?;
        rows.iter()
            .map(|row| {
                let state: String = column::get(row, 2)?;
                Ok(Depth {
                    tenant: TenantId::from(column::get::<String>(row, 0)?),
                    layer: LayerId::from(column::get::<String>(row, 1)?),
                    state: name::parse_state(&state).ok_or_else(|| broken(&state))?,
                    count: column::count(row, 3)?,
                    oldest: Some(column::moment(row, 4)?),
                })
            })
            .collect()
    }

    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<Conversation>, StoreError> {
        let text = format!(
            "SELECT body FROM conversations WHERE due_at <= $1 ORDER BY due_at, id LIMIT {limit}"
        );
        let rows = self.reader.all(&Scope::Platform, &text, vec![value::at(now)]).await?;
        rows.iter().map(|row| column::json(row, 0)).collect()
    }

    async fn by_external_id(
        &self,
        tenant: &TenantId,
        channel: &ChannelId,
        external_id: &str,
    ) -> Result<Option<(ConversationId, MessageId)>, StoreError> {
        let text = "SELECT conversation, id FROM messages \
            WHERE tenant = $1 AND channel = $2 AND external_id = $3 \
            ORDER BY at DESC, id DESC LIMIT 1";
        let values = vec![
            value::text(tenant.as_str()),
            value::text(channel.as_str()),
            value::text(external_id),
        ];
        let row = self.reader.one(&Scope::One(tenant.clone()), text, values).await?;
        row.map(|row| Ok((ConversationId(column::get(&row, 0)?), MessageId(column::get(&row, 1)?))))
            .transpose()
    }
}
