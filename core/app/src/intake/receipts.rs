//! How outbound messages fare: receipts, bounces, and what was read.

use std::sync::Arc;

use kerros_domain::about::Failure as NotArrived;
use kerros_domain::command::Command;
use kerros_domain::conversation::State;
use kerros_domain::id::{ChannelId, ContactId, ConversationId, Language, MessageId};
use kerros_domain::message::{Author, DeliveryState, Message, Visibility};
use kerros_domain::time::Timestamp;

use super::{Made, Step};
use crate::bad_address;
use crate::draft::{Draft, NewMessage};
use crate::ports::meter::Measure;
use crate::ports::store::{Filter, MessageUpdate, Order, StoreError};
use crate::work::Failure;

/// A receipt for a message that is not known (yet) is tried again until this attempt.
const RECEIPT_TRIES: u32 = 6;
/// Messages that one "read until" moves on, at most.
const READ: u32 = 100;
/// Conversations looked through for one that takes a note.
const CONVERSATIONS: u32 = 20;
/// Where the provider does not say why.
const NOT_DELIVERED: &str = "the provider could not deliver it";

/// What a provider tells of a message that it took.
pub(super) struct Told<'a> {
    pub state: DeliveryState,
    pub reason: Option<&'a str>,
    /// What a person may do instead, when it failed.
    pub alternatives: &'a [String],
}

impl Step<'_> {
    /// Moves a message of ours on; which one it was, if it is known.
    pub(super) async fn receipt(
        &self,
        made: &mut Made,
        external_id: &str,
        told: &Told<'_>,
        bad: Option<&str>,
    ) -> Result<Option<MessageId>, Failure> {
        let store = &self.ctx.store;
        let found = self.sent_as(external_id).await?;
        if let Some(address) = bad {
            let reason = told.reason.unwrap_or(NOT_DELIVERED);
            let marked = self.bounced(made, address, reason).await?;
            if let (Some(contact), None) = (marked, found) {
                self.tell(made, contact, address, reason).await?;
            }
        }
        let Some((id, message)) = found else {
            if self.job.attempt < RECEIPT_TRIES && bad.is_none() {
                // It may have overtaken the commit of its own delivery.
                return Err(Failure::Failed("a receipt for an unknown message".into()));
            }
            tracing::info!(trace = self.job.trace, external_id, "a receipt for an unknown message");
            return Ok(None);
        };
        let known = store.message(&self.scope(), message).await?;
        let Some(known) = known else { return Ok(Some(message)) };
        let Some(so_far) = known.delivery else { return Ok(Some(message)) };
        if let Some(address) = bad
            && told.state == DeliveryState::Failed
            && self.is_copy(&known, id, address).await?
        {
            // The customer has it; that somebody else has not is said all the same.
            let reason = told.reason.unwrap_or(NOT_DELIVERED).to_owned();
            made.changes.message_updates.push(MessageUpdate {
                tenant: self.job.tenant.clone(),
                id: message,
                delivery: so_far,
                external_id: None,
                failure: Some(NotArrived { reason, ..NotArrived::default() }),
            });
            return Ok(Some(message));
        }
        if so_far >= told.state {
            return Ok(Some(message));
        }
        if let Some(index) = self.existing(made, id).await? {
            let moved = self.moved_on(&mut made.drafts[index], message, told);
            if moved && told.state == DeliveryState::Failed {
                made.failed.push(told.reason.unwrap_or(NOT_DELIVERED).to_owned());
            }
        }
        Ok(Some(message))
    }

    /// The customer read everything up to a moment.
    pub(super) async fn read_until(
        &self,
        made: &mut Made,
        thread: &str,
        at: Timestamp,
    ) -> Result<(), Failure> {
        let store = &self.ctx.store;
        let known = store.known(&self.job.tenant, &self.channel, thread, thread).await?;
        let Some(conversation) = known.conversation else { return Ok(()) };
        let said = store.last_messages(&self.scope(), conversation.id, READ).await?;
        let unread = said.into_iter().filter(|message| {
            let out = [Some(DeliveryState::Sent), Some(DeliveryState::Delivered)];
            out.contains(&message.delivery) && message.at <= at && message.about.via.is_none()
        });
        let unread: Vec<MessageId> = unread.map(|message| message.id).collect();
        if unread.is_empty() {
            return Ok(());
        }
        if let Some(index) = self.existing(made, conversation.id).await? {
            let told = Told { state: DeliveryState::Read, reason: None, alternatives: &[] };
            for message in unread {
                self.moved_on(&mut made.drafts[index], message, &told);
            }
        }
        Ok(())
    }

    /// Taken, and then not delivered: as much a failure of the channel as one at once.
    pub(super) fn count_failed(&self, reasons: &[String]) {
        let (ctx, tenant, channel) = (self.ctx, &self.job.tenant, &self.channel);
        for reason in reasons {
            ctx.meter.record(Measure::Delivery { tenant, channel, outcome: "failed" });
            ctx.channels_now.note(tenant, channel, ctx.now(), Some(reason));
        }
    }

    /// Whether it moved.
    fn moved_on(&self, draft: &mut Draft, message: MessageId, told: &Told<'_>) -> bool {
        let state = told.state;
        let reason = told.reason.map(ToOwned::to_owned);
        let failure = (state == DeliveryState::Failed).then(|| NotArrived {
            reason: told.reason.unwrap_or(NOT_DELIVERED).to_owned(),
            alternatives: told.alternatives.to_vec(),
            ..NotArrived::default()
        });
        let moved = draft.follow(Command::SetDelivery { message, state, reason }).is_ok();
        if moved {
            draft.updates.retain(|update| update.id != message);
            draft.updates.push(MessageUpdate {
                tenant: self.job.tenant.clone(),
                id: message,
                delivery: state,
                external_id: None,
                failure,
            });
        }
        moved
    }

    /// Where a message of ours with that id at the provider is: in this channel or in another one of its plugin, for a
    /// report comes to the mailbox that answers go to.
    async fn sent_as(
        &self,
        external_id: &str,
    ) -> Result<Option<(ConversationId, MessageId)>, StoreError> {
        for channel in self.group() {
            let store = &self.ctx.store;
            let found = store.by_external_id(&self.job.tenant, &channel, external_id).await?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Whether an address got a copy of a message that was to somebody else.
    async fn is_copy(
        &self,
        message: &Message,
        conversation: ConversationId,
        address: &str,
    ) -> Result<bool, StoreError> {
        let mut copies = message.about.recipients.iter();
        if !copies.any(|party| party.address.eq_ignore_ascii_case(address)) {
            return Ok(false);
        }
        let (store, scope) = (&self.ctx.store, self.scope());
        let Some(conversation) = store.conversation(&scope, conversation).await? else {
            return Ok(false);
        };
        let contact = store.contact(&scope, conversation.contact).await?;
        let theirs = |(_, known): &(ChannelId, String)| known.eq_ignore_ascii_case(address);
        Ok(!contact.is_some_and(|contact| contact.addresses.iter().any(theirs)))
    }

    /// Marks an address that takes no messages any more; whose it is, if it was not marked before.
    async fn bounced(
        &self,
        made: &mut Made,
        address: &str,
        reason: &str,
    ) -> Result<Option<ContactId>, StoreError> {
        let store = &self.ctx.store;
        for channel in self.group() {
            let mut known = store.known(&self.job.tenant, &channel, "", address).await?;
            if known.contact.is_none() {
                // Reports write an address as they like, we keep mail addresses in small letters.
                let small = address.to_lowercase();
                known = store.known(&self.job.tenant, &channel, "", &small).await?;
            }
            let marked = known.contact.and_then(|contact| {
                bad_address::mark(contact, &channel, Some(address), reason, self.ctx.now())
            });
            if let Some(contact) = marked {
                self.write_contact(made, &contact);
                return Ok(Some(contact.id));
            }
        }
        Ok(None)
    }

    /// A report about no message that is known, as where the way out gives messages ids of its own: whoever has the
    /// customer's newest conversation reads it.
    async fn tell(
        &self,
        made: &mut Made,
        contact: ContactId,
        address: &str,
        reason: &str,
    ) -> Result<(), StoreError> {
        let filter = Filter {
            contact: Some(contact),
            order: Order::Newest,
            limit: CONVERSATIONS,
            ..Filter::default()
        };
        let group = self.group();
        let listed = self.ctx.store.list(&self.scope(), &filter).await?;
        let newest = listed.into_iter().map(|row| row.conversation).find(|conversation| {
            conversation.state != State::Closed && group.contains(&conversation.channel)
        });
        let Some(newest) = newest else { return Ok(()) };
        let Some(index) = self.existing(made, newest.id).await? else { return Ok(()) };
        let draft = &mut made.drafts[index];
        let language = draft.tenant.policy.languages.first();
        let text = match language.map_or("en", Language::as_str) {
            "fi" => format!("Viesti osoitteeseen {address} ei mennyt perille: {reason}"),
            "sv" => format!("Ett meddelande till {address} kom inte fram: {reason}"),
            _ => format!("A message to {address} did not arrive: {reason}"),
        };
        let (id, now) = (self.ctx.message_id(draft.now), draft.now);
        let note = NewMessage::new(id, Author::System, Visibility::Internal, text, now);
        if let Err(error) = draft.say(self.ctx, note) {
            tracing::warn!(trace = self.job.trace, %error, "no note of a report");
        }
        Ok(())
    }

    /// The draft of a conversation that is there; `None` if it is gone.
    pub(super) async fn existing(
        &self,
        made: &mut Made,
        id: ConversationId,
    ) -> Result<Option<usize>, StoreError> {
        if let Some(index) = made.drafts.iter().position(|draft| draft.conversation.id == id) {
            return Ok(Some(index));
        }
        let Some(conversation) = self.ctx.store.conversation(&self.scope(), id).await? else {
            return Ok(None);
        };
        let (tenant, now) = (Arc::clone(&self.tenant), self.ctx.now());
        made.drafts.push(Draft::of(tenant, conversation, now, &self.job.trace));
        Ok(Some(made.drafts.len() - 1))
    }
}
