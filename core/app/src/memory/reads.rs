//! Reads of conversations, messages, journal and contacts.

use std::collections::BTreeMap;

use async_trait::async_trait;
use kerros_domain::about::Details;
use kerros_domain::conversation::{Conversation, State};
use kerros_domain::event::Entry;
use kerros_domain::id::{ChannelId, ContactId, ConversationId, LayerId, MessageId, TenantId};
use kerros_domain::message::{Author, Message, Visibility};
use kerros_domain::routing::queue_key;
use kerros_domain::time::Timestamp;

use super::{Memory, Rows};
use crate::ports::store::{
    Contact, Contacts, Conversations, Depth, Earlier, Filter, Known, Listed, Messages, Order,
    Posted, Scope, StoreError,
};

impl Rows {
    pub(super) fn seen(&self, scope: &Scope, id: ConversationId) -> Option<&Conversation> {
        let row = self.conversations.get(&id)?;
        scope.holds(&row.conversation.tenant).then_some(&row.conversation)
    }

    fn said(&self, scope: &Scope, id: ConversationId) -> Vec<&Message> {
        if self.seen(scope, id).is_none() {
            return Vec::new();
        }
        let mut said: Vec<&Message> =
            self.messages.values().filter(|message| message.conversation == id).collect();
        said.sort_by_key(|message| message.seq);
        said
    }

    fn fits(&self, filter: &Filter, conversation: &Conversation) -> bool {
        let c = conversation;
        let words = |text: &String| {
            let text = text.to_lowercase();
            let name = self.contacts.get(&c.contact).and_then(|contact| contact.name.clone());
            c.preview.to_lowercase().contains(&text)
                || name.is_some_and(|name| name.to_lowercase().contains(&text))
                || c.tags.iter().any(|tag| tag.as_str().to_lowercase().contains(&text))
        };
        (filter.states.is_empty() || filter.states.contains(&c.state))
            && (filter.layers.is_empty() || filter.layers.contains(&c.layer))
            && filter.tenant.as_ref().is_none_or(|tenant| *tenant == c.tenant)
            && filter.assignee.is_none_or(|user| c.assignee == Some(user))
            && filter.contact.is_none_or(|contact| c.contact == contact)
            && (!filter.attention || c.attention.is_some())
            && filter.opened_from.is_none_or(|from| c.opened_at >= from)
            && filter.opened_to.is_none_or(|to| c.opened_at < to)
            && filter.text.as_ref().is_none_or(words)
    }
}

#[async_trait]
impl Conversations for Memory {
    async fn known(
        &self,
        tenant: &TenantId,
        channel: &ChannelId,
        thread: &str,
        address: &str,
    ) -> Result<Known, StoreError> {
        tokio::task::yield_now().await;
        let rows = self.rows()?;
        let key = (tenant.clone(), channel.clone(), address.to_owned());
        let contact = rows.addresses.get(&key).and_then(|id| rows.contacts.get(id)).cloned();
        let conversation = rows
            .conversations
            .values()
            .map(|row| &row.conversation)
            .filter(|c| c.tenant == *tenant && c.channel == *channel && c.thread == thread)
            .filter(|c| c.state != State::Closed)
            .max_by_key(|c| (c.opened_at, c.id))
            .cloned();
        Ok(Known { contact, conversation })
    }

    async fn conversation(
        &self,
        scope: &Scope,
        id: ConversationId,
    ) -> Result<Option<Conversation>, StoreError> {
        tokio::task::yield_now().await;
        Ok(self.rows()?.seen(scope, id).cloned())
    }

    async fn list(&self, scope: &Scope, filter: &Filter) -> Result<Vec<Listed>, StoreError> {
        let rows = self.rows()?;
        let all = rows.conversations.values().map(|row| &row.conversation);
        let mut found: Vec<&Conversation> =
            all.filter(|c| scope.holds(&c.tenant) && rows.fits(filter, c)).collect();
        match filter.order {
            Order::Queue => found.sort_by_key(|c| queue_key(c)),
            Order::Newest => found.sort_by_key(|c| std::cmp::Reverse((c.opened_at, c.id))),
        }
        let after = filter.after.as_deref().map(str::parse::<ConversationId>);
        let from = match after {
            None => 0,
            Some(Ok(id)) => found.iter().position(|c| c.id == id).map_or(found.len(), |at| at + 1),
            Some(Err(fault)) => return Err(StoreError::Refused(fault.to_string())),
        };
        let page = found.into_iter().skip(from).take(filter.limit.clamp(1, 200) as usize);
        Ok(page
            .map(|c| Listed {
                contact_name: rows.contacts.get(&c.contact).and_then(|who| who.name.clone()),
                cursor: c.id.to_string(),
                conversation: c.clone(),
            })
            .collect())
    }

    async fn depths(&self, scope: &Scope) -> Result<Vec<Depth>, StoreError> {
        let rows = self.rows()?;
        let mut depths: BTreeMap<(TenantId, LayerId, State), Depth> = BTreeMap::new();
        for row in rows.conversations.values() {
            let c = &row.conversation;
            if !c.state.is_open() || !scope.holds(&c.tenant) {
                continue;
            }
            let key = (c.tenant.clone(), c.layer.clone(), c.state);
            let depth = depths.entry(key).or_insert_with(|| Depth {
                tenant: c.tenant.clone(),
                layer: c.layer.clone(),
                state: c.state,
                count: 0,
                oldest: None,
            });
            depth.count += 1;
            let oldest = depth.oldest.map_or(c.held_since, |oldest| oldest.min(c.held_since));
            depth.oldest = Some(oldest);
        }
        Ok(depths.into_values().collect())
    }

    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<Conversation>, StoreError> {
        let rows = self.rows()?;
        let mut due: Vec<(Timestamp, &Conversation)> = rows
            .conversations
            .values()
            .filter_map(|row| Some((row.due_at?, &row.conversation)))
            .filter(|(at, _)| *at <= now)
            .collect();
        due.sort_by_key(|(at, c)| (*at, c.id));
        Ok(due.into_iter().take(limit as usize).map(|(_, c)| c.clone()).collect())
    }

    async fn by_external_id(
        &self,
        tenant: &TenantId,
        channel: &ChannelId,
        external_id: &str,
    ) -> Result<Option<(ConversationId, MessageId)>, StoreError> {
        let rows = self.rows()?;
        let here = |message: &&Message| {
            message.external_id.as_deref() == Some(external_id)
                && rows.conversations.get(&message.conversation).is_some_and(|row| {
                    let by = message.about.via.as_ref().unwrap_or(&row.conversation.channel);
                    row.conversation.tenant == *tenant && by == channel
                })
        };
        let newest = rows.messages.values().filter(here).max_by_key(|m| (m.at, m.id));
        Ok(newest.map(|message| (message.conversation, message.id)))
    }
}

#[async_trait]
impl Messages for Memory {
    async fn messages(
        &self,
        scope: &Scope,
        conversation: ConversationId,
        after_seq: u64,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let rows = self.rows()?;
        let said = rows.said(scope, conversation).into_iter().filter(|m| m.seq > after_seq);
        Ok(said.take(limit as usize).cloned().collect())
    }

    async fn last_messages(
        &self,
        scope: &Scope,
        conversation: ConversationId,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let rows = self.rows()?;
        let said = rows.said(scope, conversation);
        let surplus = said.len().saturating_sub(limit as usize);
        Ok(said.into_iter().skip(surplus).cloned().collect())
    }

    async fn earlier(
        &self,
        scope: &Scope,
        conversation: ConversationId,
        before_seq: u64,
        limit: u32,
    ) -> Result<Vec<Earlier>, StoreError> {
        let rows = self.rows()?;
        let said = rows.said(scope, conversation).into_iter().rev().filter(|m| m.seq < before_seq);
        let earlier = said.take(limit as usize).map(|message| Earlier {
            by_contact: message.author == Author::Contact,
            external_id: message.external_id.clone(),
            at: message.at,
            about: message.about.clone(),
        });
        Ok(earlier.collect())
    }

    async fn details(
        &self,
        scope: &Scope,
        messages: &[MessageId],
    ) -> Result<BTreeMap<MessageId, Details>, StoreError> {
        let rows = self.rows()?;
        let seen = |id: &MessageId| {
            rows.messages.get(id).is_some_and(|m| rows.seen(scope, m.conversation).is_some())
        };
        let asked = messages.iter().filter(|id| seen(id));
        Ok(asked.filter_map(|id| Some((*id, rows.details.get(id)?.clone()))).collect())
    }

    async fn message(&self, scope: &Scope, id: MessageId) -> Result<Option<Message>, StoreError> {
        let rows = self.rows()?;
        let found = rows.messages.get(&id);
        Ok(found.filter(|message| rows.seen(scope, message.conversation).is_some()).cloned())
    }

    async fn posted(&self, scope: &Scope, id: MessageId) -> Result<Option<Posted>, StoreError> {
        let rows = self.rows()?;
        let Some(message) = rows.messages.get(&id).cloned() else { return Ok(None) };
        let Some(conversation) = rows.seen(scope, message.conversation).cloned() else {
            return Ok(None);
        };
        let author_name = match message.author {
            Author::Person { user } => rows.users.get(&user).map(|(user, _)| user.name.clone()),
            _ => None,
        };
        let contact = rows.contacts.get(&conversation.contact).cloned();
        Ok(Some(Posted { message, conversation, contact, author_name }))
    }

    async fn automatic_since(
        &self,
        tenant: &TenantId,
        contact: ContactId,
        since: Timestamp,
        most: u32,
    ) -> Result<u32, StoreError> {
        let rows = self.rows()?;
        let theirs = |message: &&Message| {
            let row = rows.conversations.get(&message.conversation);
            row.is_some_and(|row| {
                row.conversation.contact == contact && row.conversation.tenant == *tenant
            })
        };
        let said = rows.messages.values().filter(theirs).filter(|message| {
            message.at >= since
                && message.visibility == Visibility::Public
                && matches!(message.author, Author::Bot | Author::System)
        });
        Ok(u32::try_from(said.take(most as usize).count()).unwrap_or(most))
    }

    async fn entries(
        &self,
        scope: &Scope,
        conversation: ConversationId,
        after_seq: u64,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        let rows = self.rows()?;
        if rows.seen(scope, conversation).is_none() {
            return Ok(Vec::new());
        }
        let journal = rows.journal.get(&conversation).map(Vec::as_slice).unwrap_or_default();
        let after = journal.iter().filter(|entry| entry.seq > after_seq);
        Ok(after.take(limit as usize).cloned().collect())
    }
}

#[async_trait]
impl Contacts for Memory {
    async fn contact(&self, scope: &Scope, id: ContactId) -> Result<Option<Contact>, StoreError> {
        let rows = self.rows()?;
        Ok(rows.contacts.get(&id).filter(|contact| scope.holds(&contact.tenant)).cloned())
    }
}

impl Memory {
    /// Every message of a conversation, oldest first.
    #[must_use]
    pub fn said(&self, conversation: ConversationId) -> Vec<Message> {
        let rows = self.rows.lock();
        rows.said(&Scope::Platform, conversation).into_iter().cloned().collect()
    }

    /// The texts a customer sees, oldest first.
    #[must_use]
    pub fn public(&self, conversation: ConversationId) -> Vec<String> {
        let said = self.said(conversation).into_iter();
        said.filter(|m| m.visibility == Visibility::Public).map(|m| m.text).collect()
    }
}
