//! Threads, participants, numbers and the installation's secrets.

use async_trait::async_trait;
use kerros_domain::about::Party;
use kerros_domain::conversation::Conversation;
use kerros_domain::id::{ChannelId, ConversationId, FileId, MessageId, TenantId};
use kerros_domain::time::Timestamp;

use super::Memory;
use crate::ports::store::{Scope, StoreError, Threads};

#[async_trait]
impl Threads for Memory {
    async fn by_external_ids(
        &self,
        tenant: &TenantId,
        channels: &[ChannelId],
        ids: &[String],
    ) -> Result<Vec<(String, ConversationId)>, StoreError> {
        let rows = self.rows()?;
        let mut found: Vec<_> = rows
            .messages
            .values()
            .filter_map(|message| {
                let id = message.external_id.as_ref().filter(|id| ids.contains(id))?;
                let row = rows.conversations.get(&message.conversation)?;
                let c = &row.conversation;
                let by = message.about.via.as_ref().unwrap_or(&c.channel);
                let here = c.tenant == *tenant && channels.contains(by);
                here.then(|| (message.at, message.id, id.clone(), c.id))
            })
            .collect();
        found.sort_by_key(|(at, id, _, _)| std::cmp::Reverse((*at, *id)));
        Ok(found
            .into_iter()
            .map(|(_, _, external, conversation)| (external, conversation))
            .collect())
    }

    async fn by_numbers(
        &self,
        tenant: &TenantId,
        numbers: &[u64],
    ) -> Result<Vec<Conversation>, StoreError> {
        let rows = self.rows()?;
        let all = rows.conversations.values().map(|row| &row.conversation);
        let found = all.filter(|c| c.tenant == *tenant && c.number > 0);
        Ok(found.filter(|c| numbers.contains(&c.number)).cloned().collect())
    }

    async fn participants(
        &self,
        scope: &Scope,
        conversation: ConversationId,
    ) -> Result<Vec<Party>, StoreError> {
        let rows = self.rows()?;
        if rows.seen(scope, conversation).is_none() {
            return Ok(Vec::new());
        }
        let all = rows.participants.iter().filter(|((id, _), _)| *id == conversation);
        Ok(all.map(|(_, party)| party.clone()).collect())
    }

    async fn case_of(
        &self,
        tenant: &TenantId,
        channel: &ChannelId,
        thread: &str,
    ) -> Result<Option<ConversationId>, StoreError> {
        let key = (tenant.clone(), channel.clone(), thread.to_owned());
        Ok(self.rows()?.case_threads.get(&key).copied())
    }

    async fn case_threads(
        &self,
        scope: &Scope,
        conversation: ConversationId,
    ) -> Result<Vec<(ChannelId, String)>, StoreError> {
        let rows = self.rows()?;
        if rows.seen(scope, conversation).is_none() {
            return Ok(Vec::new());
        }
        let all = rows.case_threads.iter().filter(|(_, id)| **id == conversation);
        Ok(all.map(|((_, channel, thread), _)| (channel.clone(), thread.clone())).collect())
    }

    async fn file_message(
        &self,
        scope: &Scope,
        file: FileId,
    ) -> Result<Option<MessageId>, StoreError> {
        let rows = self.rows()?;
        let found = rows.files.get(&file).filter(|(tenant, _)| scope.holds(tenant));
        Ok(found.map(|(_, message)| *message))
    }

    async fn take_numbers(&self, tenant: &TenantId, count: u32) -> Result<u64, StoreError> {
        let mut rows = self.rows()?;
        let last = rows.numbers.entry(tenant.clone()).or_default();
        *last += u64::from(count.max(1));
        Ok(*last - u64::from(count.max(1)) + 1)
    }

    async fn keep_secret(&self, name: &str, fresh: [u8; 32]) -> Result<[u8; 32], StoreError> {
        Ok(*self.rows()?.secrets.entry(name.to_owned()).or_insert(fresh))
    }

    async fn raw(
        &self,
        tenant: &TenantId,
        channel: &ChannelId,
        key: &str,
    ) -> Result<Option<String>, StoreError> {
        let place = (tenant.clone(), channel.clone(), key.to_owned());
        Ok(self.rows()?.inbound.get(&place).map(|row| row.raw.clone()))
    }

    async fn sweep_inbound(
        &self,
        tenant: &TenantId,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let mut rows = self.rows()?;
        let old: Vec<_> = rows
            .inbound
            .iter()
            .filter(|((of, _, _), row)| of == tenant && row.at < before && !row.kept)
            .map(|(key, _)| key.clone())
            .take(limit as usize)
            .collect();
        for key in &old {
            rows.inbound.remove(key);
        }
        Ok(old.len() as u64)
    }
}
