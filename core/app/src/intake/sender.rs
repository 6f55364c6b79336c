//! Who writes: finding or making the contact, and the thread of theirs.

use kerros_domain::conversation::Conversation;
use kerros_domain::decide::accepts_message;
use kerros_domain::id::{Language, SegmentId};
use kerros_domain::policy::TenantPolicy;

use super::{Found, Made, Step};
use crate::bad_address;
use crate::ports::channel::{CallRequest, InboundEvent};
use crate::ports::store::{Contact, Known, StoreError};

/// Between a thread and the sender that has a conversation of their own in it. Never in a thread's
/// own name: those have no control characters.
const OWN: char = '\u{1f}';

/// What an event tells about its sender.
pub(super) struct Sender<'a> {
    pub thread: &'a str,
    pub address: &'a str,
    name: Option<&'a str>,
    language: Option<&'a str>,
    segment: Option<&'a str>,
}

impl<'a> Sender<'a> {
    pub fn of(event: &'a InboundEvent, thread: &'a str) -> Self {
        match event {
            InboundEvent::Message(message) => Self {
                thread,
                address: &message.sender,
                name: message.sender_name.as_deref(),
                language: message.language.as_deref(),
                segment: message.segment.as_deref(),
            },
            InboundEvent::Started { sender, sender_name, language, segment, .. } => Self {
                thread,
                address: sender,
                name: sender_name.as_deref(),
                language: language.as_deref(),
                segment: segment.as_deref(),
            },
            // Without a sender the thread is the address, as for the widget.
            _ => Self { thread, address: thread, name: None, language: None, segment: None },
        }
    }

    /// Somebody who wants to be called: the number is the address.
    pub fn caller(request: &'a CallRequest, thread: &'a str) -> Self {
        Self {
            thread,
            address: &request.number,
            name: request.name.as_deref(),
            language: request.language.as_deref(),
            segment: request.segment.as_deref(),
        }
    }

    /// Tells the contact what it does not know yet; whether it learned anything.
    pub fn teach(&self, contact: &mut Contact, policy: &TenantPolicy) -> bool {
        let learns = self.tells(contact, policy);
        if learns {
            contact.name = contact.name.take().or_else(|| self.name.map(ToOwned::to_owned));
            contact.segment = contact.segment.take().or_else(|| self.segment(policy));
        }
        learns
    }

    /// The language, if the tenant serves it; `fi-FI` counts as `fi`.
    pub fn language(&self, policy: &TenantPolicy) -> Option<Language> {
        let asked = self.language?;
        let primary = asked.split(['-', '_']).next().unwrap_or(asked);
        let exact = policy.languages.iter().find(|known| known.as_str() == asked);
        exact
            .or_else(|| {
                policy.languages.iter().find(|known| known.as_str().eq_ignore_ascii_case(primary))
            })
            .cloned()
    }

    /// The customer group, if the tenant has it.
    pub fn segment(&self, policy: &TenantPolicy) -> Option<SegmentId> {
        let asked = self.segment?;
        policy.segments.iter().map(|known| &known.id).find(|id| id.as_str() == asked).cloned()
    }

    /// Whether the contact learns something from this event.
    fn tells(&self, contact: &Contact, policy: &TenantPolicy) -> bool {
        (contact.name.is_none() && self.name.is_some())
            || (contact.segment.is_none() && self.segment(policy).is_some())
    }
}

/// The channel's own name of a thread.
pub(crate) fn thread_name(thread: &str) -> &str {
    thread.split_once(OWN).map_or(thread, |(name, _)| name)
}

impl Step<'_> {
    /// Finds the sender and the conversation the event belongs to; makes the contact if need be.
    ///
    /// A stranger who writes into somebody's thread gets a conversation of their own: strangers never
    /// read each other.
    pub(super) async fn find(
        &self,
        made: &mut Made,
        sender: &Sender<'_>,
        trust: bool,
    ) -> Result<Found, StoreError> {
        let policy = &self.tenant.policy;
        let own = format!("{}{OWN}{}", sender.thread, sender.address);
        let begun = made.drafts.iter().position(|draft| {
            let thread = &draft.conversation.thread;
            let contact = made
                .senders
                .iter()
                .find(|(of, contact)| of == thread && contact.id == draft.conversation.contact);
            *thread == own
                || (thread == sender.thread
                    && contact.is_some_and(|(_, contact)| self.is_at(contact, sender.address)))
        });
        if let Some(index) = begun {
            return Ok(Found::Begun(index));
        }
        if trust && let Some(found) = self.remembered(sender) {
            return Ok(found);
        }
        let (tenant, channel) = (&self.job.tenant, &self.channel);
        let store = &self.ctx.store;
        let known = store.known(tenant, channel, sender.thread, sender.address).await?;
        let goes_on = |found: &Conversation| accepts_message(found, policy, self.ctx.now());
        if !known.conversation.as_ref().is_some_and(goes_on)
            && let Some(found) = self.sent_here(made, sender).await?
        {
            return Ok(found);
        }
        let same_step =
            made.senders.iter().find(|(_, contact)| self.is_at(contact, sender.address));
        let contact = same_step.map(|(_, contact)| contact.clone()).or(known.contact);
        let contact = match contact {
            Some(mut contact) => {
                let learned = sender.teach(&mut contact, policy);
                let works = bad_address::works_again(&mut contact, channel, sender.address);
                if learned || works {
                    self.write_contact(made, &contact);
                }
                contact
            }
            None => {
                let contact = self.new_contact(sender);
                self.write_contact(made, &contact);
                contact
            }
        };
        let somebody_elses = |known: &Known| {
            known.conversation.as_ref().is_some_and(|found| found.contact != contact.id)
        };
        let in_this_step = made.drafts.iter().any(|draft| {
            draft.conversation.thread == sender.thread && draft.conversation.contact != contact.id
        });
        let known = Known { contact: None, ..known };
        if somebody_elses(&known) || in_this_step {
            let known = store.known(tenant, channel, &own, sender.address).await?;
            let conversation = known.conversation.map(Box::new);
            return Ok(Found::Known { thread: own, contact, conversation });
        }
        let thread = sender.thread.to_owned();
        let conversation = known.conversation.map(Box::new);
        Ok(Found::Known { thread, contact, conversation })
    }

    /// What this node wrote last of the thread, if that is enough to go on without reading.
    fn remembered(&self, sender: &Sender<'_>) -> Option<Found> {
        let key = (self.job.tenant.clone(), self.channel.clone(), sender.thread.to_owned());
        let known = self.ctx.recent.take(&key)?;
        let policy = &self.tenant.policy;
        let enough = known.conversation.contact == known.contact.id
            && self.is_at(&known.contact, sender.address)
            && !sender.tells(&known.contact, policy)
            && known.contact.bad_addresses.is_empty()
            && accepts_message(&known.conversation, policy, self.ctx.now());
        enough.then_some(Found::Known {
            thread: key.2,
            contact: known.contact,
            conversation: Some(Box::new(known.conversation)),
        })
    }

    pub(super) fn is_at(&self, contact: &Contact, address: &str) -> bool {
        contact.addresses.iter().any(|(channel, at)| *channel == self.channel && at == address)
    }

    pub(super) fn new_contact(&self, sender: &Sender<'_>) -> Contact {
        let policy = &self.tenant.policy;
        let now = self.ctx.now();
        let first = policy.languages.first().cloned();
        Contact {
            id: self.ctx.contact_id(now),
            tenant: self.job.tenant.clone(),
            name: sender.name.map(ToOwned::to_owned),
            language: sender.language(policy).or(first).unwrap_or_else(|| Language::from("en")),
            segment: sender.segment(policy),
            attributes: std::collections::BTreeMap::new(),
            addresses: vec![(self.channel.clone(), sender.address.to_owned())],
            created_at: now,
            bad_addresses: Vec::new(),
        }
    }

    pub(super) fn write_contact(&self, made: &mut Made, contact: &Contact) {
        made.changes.contacts.retain(|other| other.id != contact.id);
        made.changes.contacts.push(contact.clone());
    }
}
