//! Answers of those whom we wrote to from another channel's conversation: a form is answered by SMS, and the SMS back
//! belongs to the form's conversation. Mail knows its way by the reply token.

use kerros_domain::conversation::State;
use kerros_domain::decide::accepts_message;
use kerros_domain::id::ChannelId;

use super::sender::Sender;
use super::{Found, Made, Step};
use crate::ports::store::{Filter, Order, StoreError};

/// Conversations of a contact that are looked at.
const CONVERSATIONS: u32 = 5;
/// Messages of each that are looked through.
const LOOK_BACK: u32 = 30;

impl Step<'_> {
    /// The conversation of a channel whose answers go by this one, in which we wrote to this address.
    pub(super) async fn sent_here(
        &self,
        made: &Made,
        sender: &Sender<'_>,
    ) -> Result<Option<Found>, StoreError> {
        let channels = &self.tenant.channels;
        let takes = channels.get(&self.channel).and_then(|own| own.sending.takes);
        if !takes.is_some_and(|takes| takes.fits(sender.address)) {
            return Ok(None);
        }
        let by_this = channels
            .iter()
            .filter(|(_, used)| used.sending.answers_via.as_ref() == Some(&self.channel));
        for (name, _) in by_this {
            if let Some(found) = self.sent_from(made, name, sender).await? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    async fn sent_from(
        &self,
        made: &Made,
        channel: &ChannelId,
        sender: &Sender<'_>,
    ) -> Result<Option<Found>, StoreError> {
        let (tenant, store) = (&self.job.tenant, &self.ctx.store);
        let known = store.known(tenant, channel, "", sender.address).await?;
        let Some(contact) = known.contact else { return Ok(None) };
        let filter = Filter {
            states: State::ALL.to_vec(),
            contact: Some(contact.id),
            tenant: Some(tenant.clone()),
            order: Order::Newest,
            limit: CONVERSATIONS,
            ..Filter::default()
        };
        for row in store.list(&self.scope(), &filter).await? {
            let found = row.conversation;
            let open = accepts_message(&found, &self.tenant.policy, self.ctx.now());
            if found.channel != *channel || !open {
                continue;
            }
            let said = store.last_messages(&self.scope(), found.id, LOOK_BACK).await?;
            let here = |via: Option<&ChannelId>| via == Some(&self.channel);
            if said.iter().any(|one| one.delivery.is_some() && here(one.about.via.as_ref())) {
                let begun = made.drafts.iter().position(|d| d.conversation.id == found.id);
                let thread = found.thread.clone();
                return Ok(Some(match begun {
                    Some(index) => Found::Begun(index),
                    None => Found::Known { thread, contact, conversation: Some(Box::new(found)) },
                }));
            }
        }
        Ok(None)
    }
}
