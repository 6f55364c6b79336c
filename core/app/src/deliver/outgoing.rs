//! A message as its channel gets it.

use kerros_domain::about::{Held, PartyRole, Purpose};
use kerros_domain::id::ChannelId;
use kerros_domain::message::Part;

use crate::ctx::Ctx;
use crate::intake::thread_name;
use crate::ports::channel::{Address, Customer, File, Outgoing, Participant, Template};
use crate::ports::store::{Contact, Job, Posted, Scope};
use crate::tenant::{Takes, Tenant};
use crate::work::Failure;
use crate::{discuss, recipient, reply_token, view};

/// Earlier messages that are named to the channel.
const REFERENCES: usize = 20;
/// Messages looked through for them.
const LOOK_BACK: u32 = 40;
/// Addresses of a contact that are named to colleagues.
const ADDRESSES: usize = 50;

/// Why a message cannot go out at all.
pub(super) enum Unaddressed {
    /// The customer has no address on the channel.
    AddressMissing,
    /// A note into a case's thread that was never opened.
    ThreadMissing,
    /// A note into a case's thread that is about to be opened.
    ThreadPending,
}

/// The message as its channel gets it.
pub(super) async fn outgoing(
    ctx: &Ctx,
    job: &Job,
    tenant: &Tenant,
    channel: &ChannelId,
    posted: &Posted,
) -> Result<Result<Outgoing, Unaddressed>, Failure> {
    let scope = Scope::One(job.tenant.clone());
    let Posted { message, conversation, contact, author_name } = posted;
    let about = &message.about;
    let own = *channel == conversation.channel;
    let (thread, recipient) = match about.purpose {
        Purpose::Reply | Purpose::Automatic => {
            let address = contact.as_ref().and_then(|it| recipient::of(tenant, it, channel));
            let Some((_, recipient)) = address.cloned() else {
                return Ok(Err(Unaddressed::AddressMissing));
            };
            let thread =
                if own { thread_name(&conversation.thread).to_owned() } else { String::new() };
            (thread, recipient)
        }
        Purpose::Note => {
            let threads = ctx.store.case_threads(&scope, conversation.id).await?;
            let Some((_, thread)) = threads.into_iter().find(|(on, _)| on == channel) else {
                let said = ctx.store.last_messages(&scope, conversation.id, LOOK_BACK).await?;
                let opens = said.iter().any(|other| discuss::opens(other, channel));
                return Ok(Err(if opens {
                    Unaddressed::ThreadPending
                } else {
                    Unaddressed::ThreadMissing
                }));
            };
            (thread, String::new())
        }
        Purpose::Case | Purpose::Disruption => (String::new(), String::new()),
    };
    let earlier = ctx.store.earlier(&scope, conversation.id, message.seq, LOOK_BACK).await?;
    // Whether the customer may have written before all these.
    let more = earlier.len() >= LOOK_BACK as usize;
    let mut references = Vec::new();
    let (mut answers, mut subject) = (about.answers.clone(), about.subject.clone());
    let (mut written_to, mut last_inbound) = (None, None);
    for other in earlier {
        if subject.is_none() && !about.purpose.is_case() {
            subject.clone_from(&other.about.subject);
        }
        if own && written_to.is_none() && other.by_contact {
            written_to.clone_from(&other.about.written_to);
        }
        // Only what came or went by this channel has an id there.
        let here = other.about.via.as_ref().map_or(own, |via| via == channel);
        if here && other.by_contact && last_inbound.is_none() {
            last_inbound = Some(other.at);
        }
        let Some(id) = other.external_id.filter(|_| here) else { continue };
        if answers.is_none() && other.by_contact {
            answers = Some(id.clone());
        }
        if references.len() < REFERENCES {
            references.push(id);
        }
    }
    if own && more {
        last_inbound = last_inbound.or(conversation.last_customer_at);
    }
    let details = if about.details {
        ctx.store.details(&scope, &[message.id]).await?.remove(&message.id)
    } else {
        None
    };
    let author_name = author_name.clone().unwrap_or_else(|| tenant.policy.title.clone());
    let absolute = |part: &Part| match part.clone() {
        Part::Article { slug, title, excerpt, url } => {
            Part::Article { slug, title, excerpt, url: format!("{}{url}", ctx.base_url) }
        }
        other => other,
    };
    let role = |role| match role {
        PartyRole::Cc => "cc",
        PartyRole::ReplyTo => "reply-to",
        PartyRole::To | PartyRole::From => "to",
    };
    let signer = reply_token::signer(ctx).await?;
    Ok(Ok(Outgoing {
        kind: about.purpose.as_str().to_owned(),
        message_id: message.id.to_string(),
        conversation_id: conversation.id.to_string(),
        number: conversation.number,
        seq: message.seq,
        thread,
        participants: about
            .recipients
            .iter()
            .filter(|party| party.address != recipient)
            .map(|party| Participant {
                role: role(party.role).to_owned(),
                address: party.address.clone(),
                name: party.name.clone(),
            })
            // Which of the channel's own addresses the customer knows.
            .chain(written_to.map(|address| Participant {
                role: "own".to_owned(),
                address,
                name: None,
            }))
            .collect(),
        recipient,
        // For colleagues only: they may have to call or write.
        contact: contact.as_ref().filter(|_| about.purpose.is_case()).map(customer),
        author: view::author_name(&message.author).to_owned(),
        author_name,
        subject,
        text: message.text.clone(),
        html: details.and_then(|details| details.html),
        parts: message.parts.iter().map(absolute).collect(),
        files: about
            .files
            .iter()
            .filter(|file| file.held == Held::Here)
            .map(|file| File {
                id: file.id.to_string(),
                name: file.name.clone(),
                media_type: file.media_type.clone(),
                bytes: file.bytes,
                content_id: file.content_id.clone(),
            })
            .collect(),
        template: about.template.as_ref().map(|template| Template {
            name: template.name.clone(),
            language: template.language.clone(),
            parameters: template.parameters.clone(),
        }),
        references,
        answers,
        reply_token: signer.sign(&job.tenant, conversation.id),
        last_inbound_ms: last_inbound.map(|at| at.0),
        url: format!("{}/console?conversation={}", ctx.base_url, conversation.id),
        language: conversation.language.to_string(),
        at_ms: message.at.0,
        now_ms: ctx.now().0,
        attempt: job.attempt,
    }))
}

/// The customer as colleagues on a shared channel see them.
fn customer(contact: &Contact) -> Customer {
    let first = |takes| recipient::first(contact, takes).map(ToOwned::to_owned);
    Customer {
        mail: first(Takes::Mail),
        phone: first(Takes::Phone),
        segment: contact.segment.as_ref().map(ToString::to_string),
        addresses: contact
            .addresses
            .iter()
            .take(ADDRESSES)
            .map(|(channel, address)| Address {
                channel: channel.to_string(),
                address: address.clone(),
            })
            .collect(),
        name: contact.name.clone(),
    }
}
