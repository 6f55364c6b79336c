//! What a mail's thread is found by, who takes part, and where cases are discussed.

use async_trait::async_trait;
use kerros_app::ports::store::{Scope, StoreError, Threads};
use kerros_domain::about::Party;
use kerros_domain::conversation::Conversation;
use kerros_domain::id::{ChannelId, ConversationId, FileId, MessageId, TenantId};
use sea_orm::Value;

use super::messages::marks;
use crate::error::broken;
use crate::reader::column;
use crate::store::SqlStore;
use crate::{name, scope, value};

/// Ids or numbers looked for at once.
const MOST: usize = 200;

#[async_trait]
impl Threads for SqlStore {
    async fn by_external_ids(
        &self,
        tenant: &TenantId,
        channels: &[ChannelId],
        ids: &[String],
    ) -> Result<Vec<(String, ConversationId)>, StoreError> {
        if channels.is_empty() || ids.is_empty() {
            return Ok(Vec::new());
        }
        let ids = &ids[..ids.len().min(MOST)];
        let mut values = vec![value::text(tenant.as_str())];
        let mut list = |texts: &mut dyn Iterator<Item = &str>| {
            let marks: Vec<String> = texts
                .map(|text| {
                    values.push(value::text(text));
                    format!("${}", values.len())
                })
                .collect();
            marks.join(", ")
        };
        let channels = list(&mut channels.iter().map(ChannelId::as_str));
        let ids = list(&mut ids.iter().map(String::as_str));
        let text = format!(
            "SELECT external_id, conversation FROM messages WHERE tenant = $1 \
             AND channel IN ({channels}) AND external_id IN ({ids}) ORDER BY at DESC, id DESC"
        );
        let rows = self.reader.all(&Scope::One(tenant.clone()), &text, values).await?;
        rows.iter()
            .map(|row| Ok((column::get(row, 0)?, ConversationId(column::get(row, 1)?))))
            .collect()
    }

    async fn by_numbers(
        &self,
        tenant: &TenantId,
        numbers: &[u64],
    ) -> Result<Vec<Conversation>, StoreError> {
        let numbers: Vec<u64> = numbers.iter().copied().filter(|n| *n > 0).take(MOST).collect();
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        let mut values: Vec<Value> = numbers.iter().map(|n| value::count(*n)).collect();
        let marks = marks(values.len());
        values.push(value::text(tenant.as_str()));
        let text = format!(
            "SELECT body FROM conversations WHERE number IN ({marks}) AND number > 0 \
             AND tenant = ${}",
            values.len()
        );
        let rows = self.reader.all(&Scope::One(tenant.clone()), &text, values).await?;
        rows.iter().map(|row| column::json(row, 0)).collect()
    }

    async fn participants(
        &self,
        scope: &Scope,
        conversation: ConversationId,
    ) -> Result<Vec<Party>, StoreError> {
        let mut values = vec![value::id(conversation.0)];
        let within = scope::condition(scope, "tenant", &mut values);
        let text = format!(
            "SELECT role, address, name FROM participants WHERE conversation = $1{within} \
             ORDER BY address"
        );
        let rows = self.reader.all(scope, &text, values).await?;
        rows.iter()
            .map(|row| {
                let role: String = column::get(row, 0)?;
                Ok(Party {
                    role: name::parse_party(&role).ok_or_else(|| broken(role))?,
                    address: column::get(row, 1)?,
                    name: column::get(row, 2)?,
                })
            })
            .collect()
    }

    async fn case_of(
        &self,
        tenant: &TenantId,
        channel: &ChannelId,
        thread: &str,
    ) -> Result<Option<ConversationId>, StoreError> {
        let text = "SELECT conversation FROM case_threads \
            WHERE tenant = $1 AND channel = $2 AND thread = $3";
        let values =
            vec![value::text(tenant.as_str()), value::text(channel.as_str()), value::text(thread)];
        let row = self.reader.one(&Scope::One(tenant.clone()), text, values).await?;
        row.map(|row| column::get(&row, 0).map(ConversationId)).transpose()
    }

    async fn case_threads(
        &self,
        scope: &Scope,
        conversation: ConversationId,
    ) -> Result<Vec<(ChannelId, String)>, StoreError> {
        let mut values = vec![value::id(conversation.0)];
        let within = scope::condition(scope, "tenant", &mut values);
        let text = format!(
            "SELECT channel, thread FROM case_threads WHERE conversation = $1{within} \
             ORDER BY channel, thread"
        );
        let rows = self.reader.all(scope, &text, values).await?;
        rows.iter()
            .map(|row| Ok((ChannelId::from(column::get::<String>(row, 0)?), column::get(row, 1)?)))
            .collect()
    }

    async fn file_message(
        &self,
        scope: &Scope,
        file: FileId,
    ) -> Result<Option<MessageId>, StoreError> {
        let mut values = vec![value::id(file.0)];
        let within = scope::condition(scope, "tenant", &mut values);
        let text =
            format!("SELECT message FROM files WHERE id = $1 AND message IS NOT NULL{within}");
        let row = self.reader.one(scope, &text, values).await?;
        row.map(|row| column::get(&row, 0).map(MessageId)).transpose()
    }

    async fn take_numbers(&self, tenant: &TenantId, count: u32) -> Result<u64, StoreError> {
        let text = "INSERT INTO counters (tenant, name, value) VALUES ($1, 'conversation', $2) \
            ON CONFLICT (tenant, name) DO UPDATE SET value = counters.value + excluded.value \
            RETURNING value";
        let count = i64::from(count.max(1));
        let values = vec![value::text(tenant.as_str()), value::int(count)];
        let rows = self.pen.write(&Scope::One(tenant.clone()), text, values).await?;
        let last: i64 =
            rows.first().map_or(Err(broken("no counter")), |row| column::get(row, 0))?;
        u64::try_from(last - count + 1).map_err(broken)
    }

    async fn keep_secret(&self, name: &str, fresh: [u8; 32]) -> Result<[u8; 32], StoreError> {
        let read = "SELECT value FROM installation WHERE name = $1";
        let text = "INSERT INTO installation (name, value) VALUES ($1, $2) \
            ON CONFLICT (name) DO NOTHING";
        for _ in 0..2 {
            let found = self.reader.one(&Scope::Platform, read, vec![value::text(name)]).await?;
            if let Some(row) = found {
                let kept: String = column::get(&row, 0)?;
                return unhex(&kept).ok_or_else(|| broken("a kept secret is not 64 hex digits"));
            }
            let hex: String = fresh.iter().map(|byte| format!("{byte:02x}")).collect();
            let values = vec![value::text(name), value::text(hex)];
            self.pen.count(&Scope::Platform, text, values).await?;
        }
        Err(broken("a secret was not kept"))
    }

    async fn raw(
        &self,
        tenant: &TenantId,
        channel: &ChannelId,
        key: &str,
    ) -> Result<Option<String>, StoreError> {
        let text = "SELECT raw FROM inbound WHERE tenant = $1 AND channel = $2 AND key = $3";
        let values =
            vec![value::text(tenant.as_str()), value::text(channel.as_str()), value::text(key)];
        let row = self.reader.one(&Scope::One(tenant.clone()), text, values).await?;
        row.map(|row| column::get(&row, 0)).transpose()
    }

    async fn sweep_inbound(
        &self,
        tenant: &TenantId,
        before: kerros_domain::time::Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        // What is still to be read belongs to its job; rows are only for looking things up later, and
        // their keys for dropping repeats.
        let row = match self.pen.backend {
            sea_orm::DbBackend::Postgres => "ctid",
            _ => "rowid",
        };
        let text = format!(
            "DELETE FROM inbound WHERE {row} IN (SELECT {row} FROM inbound \
             WHERE at < $1 AND tenant = $2 AND kept = 0 ORDER BY at LIMIT $3)"
        );
        let values =
            vec![value::at(before), value::text(tenant.as_str()), value::int(limit.into())];
        self.pen.count(&Scope::One(tenant.clone()), &text, values).await
    }
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * place..2 * place + 2], 16).ok()?;
    }
    Some(bytes)
}
