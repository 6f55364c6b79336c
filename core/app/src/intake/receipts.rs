//! How outbound messages fare: receipts, bounces, and what was read.

use std::sync::Arc;

use kerros_domain::about::Failure as NotArrived;
use kerros_domain::command::Command;
use kerros_domain::id::{ConversationId, MessageId};
use kerros_domain::message::DeliveryState;
use kerros_domain::time::Timestamp;

use super::{Made, Step};
use crate::bad_address;
use crate::draft::Draft;
use crate::ports::meter::Measure;
use crate::ports::store::{MessageUpdate, StoreError};
use crate::work::Failure;

/// A receipt for a message that is not known (yet) is tried again until this attempt.
const RECEIPT_TRIES: u32 = 6;
/// Messages that one "read until" moves on, at most.
const READ: u32 = 100;
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
        let found = store.by_external_id(&self.job.tenant, &self.channel, external_id).await?;
        if let Some(address) = bad {
            let reason = told.reason.unwrap_or_default();
            self.bounced(made, found.map(|(id, _)| id), address, reason).await?;
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
        if known.is_none_or(|known| known.delivery.is_none_or(|so_far| so_far >= told.state)) {
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

    /// Marks the contact's address that takes no messages any more.
    async fn bounced(
        &self,
        made: &mut Made,
        conversation: Option<ConversationId>,
        address: &str,
        reason: &str,
    ) -> Result<(), StoreError> {
        let store = &self.ctx.store;
        let mut contact = None;
        if let Some(id) = conversation
            && let Some(conversation) = store.conversation(&self.scope(), id).await?
        {
            contact = store.contact(&self.scope(), conversation.contact).await?;
        }
        if contact.is_none() {
            let known = store.known(&self.job.tenant, &self.channel, "", address).await?;
            contact = known.contact;
        }
        let marked = contact.and_then(|contact| {
            bad_address::mark(contact, &self.channel, Some(address), reason, self.ctx.now())
        });
        if let Some(contact) = marked {
            self.write_contact(made, &contact);
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
