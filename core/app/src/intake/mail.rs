//! Which conversation a mail belongs to. The facts are gathered here; [`kerros_domain::threading`] decides.

use kerros_domain::about::{Party, PartyRole};
use kerros_domain::conversation::Conversation;
use kerros_domain::decide::accepts_message;
use kerros_domain::id::{ChannelId, ConversationId};
use kerros_domain::threading::{Candidate, Evidence, choose};

use super::sender::Sender;
use super::{Found, Made, Step};
use crate::automatic::MAIL;
use crate::ports::channel::{InboundMessage, MailThreading, Participant};
use crate::ports::store::{Contact, StoreError};
use crate::{bad_address, reply_token};

/// Tokens, references and numbers of one mail that are looked at.
const TOKENS: usize = 10;
const REFERENCES: usize = 50;
const NUMBERS: usize = 5;
/// Conversations looked at for one mail.
const CANDIDATES: usize = 12;
/// People recorded from one mail.
const PEOPLE: usize = 50;

/// Where a mail landed.
pub(super) struct Landed {
    pub found: Found,
    /// The writer, if that is not the conversation's contact.
    pub writer: Option<Party>,
    /// Who takes part from now on.
    pub people: Vec<Party>,
    /// To whom an answer goes beside the contact.
    pub others: Vec<Party>,
}

impl Step<'_> {
    /// Finds the mail's conversation, or says that it opens one.
    pub(super) async fn mail(
        &self,
        made: &mut Made,
        message: &InboundMessage,
        mail: &MailThreading,
        sender: &Sender<'_>,
    ) -> Result<Landed, StoreError> {
        let address = message.sender.to_lowercase();
        let group = self.group();
        let contact = self.mail_contact(made, sender, &address, &group).await?;
        let forged = message
            .checks
            .iter()
            .any(|check| check.name == "dmarc" && check.verdict.eq_ignore_ascii_case("fail"));
        let mut ids: Vec<String> = mail.references.iter().take(REFERENCES).cloned().collect();
        ids.push(message.external_id.clone());
        let (tenant, store) = (&self.job.tenant, &self.ctx.store);
        let referred = store.by_external_ids(tenant, &group, &ids).await?;

        let mut named: Vec<(Evidence, ConversationId)> = Vec::new();
        let signer = reply_token::signer(self.ctx).await?;
        let tokens = mail.tokens.iter().take(TOKENS);
        named.extend(
            tokens.filter_map(|token| signer.check(tenant, token)).map(|id| (Evidence::Token, id)),
        );
        // In the mail's own order: what it answers first.
        for reference in mail.references.iter().take(REFERENCES) {
            let found = referred.iter().filter(|(id, _)| id == reference);
            named.extend(found.map(|(_, id)| (Evidence::Reference, *id)));
        }
        let numbers: Vec<u64> = mail.numbers.iter().take(NUMBERS).copied().collect();
        let by_number = store.by_numbers(tenant, &numbers).await?;
        named.extend(by_number.iter().map(|found| (Evidence::Number, found.id)));

        let mut known: Vec<Conversation> = by_number;
        let mut candidates = Vec::new();
        for (evidence, id) in named.into_iter().take(CANDIDATES) {
            let conversation = match made.drafts.iter().find(|draft| draft.conversation.id == id) {
                Some(draft) => Some(draft.conversation.clone()),
                None => match known.iter().find(|found| found.id == id) {
                    Some(found) => Some(found.clone()),
                    None => store.conversation(&self.scope(), id).await?,
                },
            };
            // A form's conversation is answered by mail: its token, or a mail of ours in it, leads there. A number alone
            // never leads to another channel's.
            let leads =
                |c: &Conversation| evidence != Evidence::Number || group.contains(&c.channel);
            let Some(conversation) = conversation.filter(leads) else { continue };
            candidates.push(Candidate {
                conversation: id,
                evidence,
                takes_part: self.takes_part(made, &conversation, &contact, &address).await?,
                open: accepts_message(&conversation, &self.tenant.policy, self.ctx.now()),
            });
            known.push(conversation);
        }
        let own = |address: &str| self.is_own(address);
        let chosen = choose(&candidates, forged);
        // Numbers are easily guessed, and so is who takes part: whoever may be anybody must not bring friends along.
        let guessed = chosen.is_some_and(|chosen| chosen.evidence == Evidence::Number)
            && !message
                .checks
                .iter()
                .any(|check| check.name == "dmarc" && check.verdict.eq_ignore_ascii_case("pass"));
        let alone = forged || guessed;
        let conversation = chosen
            .and_then(|chosen| known.into_iter().find(|found| found.id == chosen.conversation));
        let (contact, writer) = match &conversation {
            Some(found) if found.contact != contact.id => {
                let theirs = self.ctx.store.contact(&self.scope(), found.contact).await?;
                let same = theirs.as_ref().is_some_and(|theirs| left(theirs, &address));
                let (role, name) = (PartyRole::From, message.sender_name.clone());
                (theirs.unwrap_or(contact), (!same).then_some(Party { role, address, name }))
            }
            _ => (contact, None),
        };
        let everybody = parties(&message.participants, own);
        let mut people = if alone { Vec::new() } else { everybody.clone() };
        if !alone && let Some(writer) = &writer {
            people.insert(0, writer.clone());
        }
        // Without the mailbox's address nobody knows which of the recipients we are.
        if self.mailbox.is_none() {
            people.retain(|party| party.role != PartyRole::To);
        }
        let others = people.iter().filter(|party| !self.is_at(&contact, &party.address));
        let others = others.cloned().collect();
        let index = conversation
            .as_ref()
            .and_then(|found| made.drafts.iter().position(|d| d.conversation.id == found.id));
        let found = match index {
            Some(index) => Found::Begun(index),
            None => {
                let thread = match &conversation {
                    Some(found) => found.thread.clone(),
                    // Another mail may have the same id.
                    None if referred.iter().any(|(id, _)| *id == message.external_id) => {
                        let number = self.ctx.message_id(self.ctx.now());
                        format!("{MAIL}{}#{}", message.external_id, number.0.simple())
                    }
                    None => format!("{MAIL}{}", message.external_id),
                };
                Found::Known { thread, contact, conversation: conversation.map(Box::new) }
            }
        };
        Ok(Landed { found, writer, people, others })
    }

    /// The channels of the same plugin: a tenant's several mailboxes.
    pub(super) fn group(&self) -> Vec<ChannelId> {
        let channels = &self.tenant.channels;
        let plugin = channels.get(&self.channel).map(|own| &own.plugin);
        let mut group = vec![self.channel.clone()];
        let others = channels
            .iter()
            .filter(|(name, other)| **name != self.channel && Some(&other.plugin) == plugin);
        group.extend(others.map(|(name, _)| name.clone()));
        group
    }

    /// The contact of an address, whichever of the tenant's mailboxes it wrote to before.
    async fn mail_contact(
        &self,
        made: &mut Made,
        sender: &Sender<'_>,
        address: &str,
        group: &[ChannelId],
    ) -> Result<Contact, StoreError> {
        let here = (self.channel.clone(), address.to_owned());
        if let Some((_, contact)) = made.senders.iter().find(|(_, c)| c.addresses.contains(&here)) {
            return Ok(contact.clone());
        }
        let (tenant, store) = (&self.job.tenant, &self.ctx.store);
        for channel in group {
            let known = store.known(tenant, channel, "", address).await?;
            let Some(mut contact) = known.contact else { continue };
            let mut changed = sender.teach(&mut contact, &self.tenant.policy);
            if !contact.addresses.contains(&here) {
                contact.addresses.push(here);
                changed = true;
            }
            changed |= bad_address::works_again(&mut contact, &self.channel, address);
            if changed {
                self.write_contact(made, &contact);
            }
            return Ok(contact);
        }
        let mut contact = self.new_contact(sender);
        contact.addresses = vec![here];
        self.write_contact(made, &contact);
        Ok(contact)
    }

    async fn takes_part(
        &self,
        made: &Made,
        conversation: &Conversation,
        contact: &Contact,
        address: &str,
    ) -> Result<bool, StoreError> {
        if conversation.contact == contact.id {
            return Ok(true);
        }
        let draft = made.drafts.iter().find(|draft| draft.conversation.id == conversation.id);
        let here = |party: &Party| party.address == address;
        if draft.is_some_and(|draft| draft.beside.participants.iter().any(here)) {
            return Ok(true);
        }
        let known = self.ctx.store.participants(&self.scope(), conversation.id).await?;
        if known.iter().any(here) {
            return Ok(true);
        }
        let theirs = self.ctx.store.contact(&self.scope(), conversation.contact).await?;
        Ok(theirs.is_some_and(|theirs| left(&theirs, address)))
    }

    /// Whether it is an address of the mailbox's or of the tenant's; `support+token@` is `support@`. A copy of our
    /// answer in another mailbox of the tenant would come back as a customer's mail.
    fn is_own(&self, address: &str) -> bool {
        let mut own = self.tenant.addresses.iter().chain(&self.mailbox);
        own.any(|own| plain(own) == plain(address))
    }
}

/// Whether the contact left this mail address on some channel: answers went there.
fn left(contact: &Contact, address: &str) -> bool {
    contact.addresses.iter().any(|(_, known)| known.eq_ignore_ascii_case(address))
}

/// The address in lower case, without what stands after `+` in its local part.
fn plain(address: &str) -> String {
    let address = address.trim().to_lowercase();
    match address.rsplit_once('@') {
        Some((local, domain)) => {
            let local = local.split_once('+').map_or(local, |(local, _)| local);
            format!("{local}@{domain}")
        }
        None => address,
    }
}

/// Which of our addresses the channel wants to answer as.
pub(super) fn written_to(participants: &[Participant]) -> Option<String> {
    let own = participants.iter().find(|participant| participant.role == "own")?;
    let address = own.address.trim().to_lowercase();
    is_address(&address).then_some(address)
}

fn is_address(address: &str) -> bool {
    (3..=320).contains(&address.len()) && !address.contains(char::is_control)
}

fn parties(participants: &[Participant], own: impl Fn(&str) -> bool) -> Vec<Party> {
    let mut found: Vec<Party> = Vec::new();
    for participant in participants.iter().take(PEOPLE) {
        let address = participant.address.trim().to_lowercase();
        let role = match participant.role.as_str() {
            "to" => PartyRole::To,
            "cc" => PartyRole::Cc,
            "reply-to" => PartyRole::ReplyTo,
            _ => continue,
        };
        if is_address(&address)
            && !own(&address)
            && !found.iter().any(|party| party.address == address)
        {
            found.push(Party { role, address, name: participant.name.clone() });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plus_addresses_are_the_same_mailbox() {
        for (address, expected) in [
            ("Support@Aurinko.example", "support@aurinko.example"),
            ("support+abc@aurinko.example", "support@aurinko.example"),
            ("no-at-sign", "no-at-sign"),
        ] {
            assert_eq!(plain(address), expected);
        }
    }
}
