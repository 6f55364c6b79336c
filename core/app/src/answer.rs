//! A person answers with more than text: a subject, copies, files, an approved template, or by another
//! channel than the customer wrote on.

use kerros_domain::about::{About, Attachment, Held, Party, PartyRole, Template};
use kerros_domain::command::Command;
use kerros_domain::conversation::{Conversation, State};
use kerros_domain::id::{ChannelId, ConversationId, FileId, MessageId};
use kerros_domain::message::{Author, Message, Visibility};

use crate::caller::Caller;
use crate::change::{Changed, Right, change_known, change_once};
use crate::clean;
use crate::ctx::Ctx;
use crate::draft::NewMessage;
use crate::error::Error;
use crate::fingerprint;
use crate::ports::store::Scope;
use crate::recipient;
use crate::reply::message_of;

/// Messages looked through for whom the customer wrote to.
const LOOK_BACK: u32 = 30;
/// Copies of one answer.
const COPIES: usize = 50;
/// Files of one answer.
const FILES: usize = 50;

/// What is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// Plain text, at most 16 KiB. Beside a template, what the template says, for the record.
    pub text: String,
    /// The subject; `None` takes the conversation's.
    pub subject: Option<String>,
    /// Who gets a copy; `None` is everybody the customer's last message was also sent to.
    pub copies: Option<Vec<Party>>,
    /// Files that were uploaded before.
    pub files: Vec<FileId>,
    /// A message that the provider approved beforehand.
    pub template: Option<Template>,
    /// By another channel of the tenant; the customer needs an address there, or one of its kind elsewhere. `None` is
    /// the conversation's own, or the one that its channel's answers go by.
    pub via: Option<ChannelId>,
    /// The same key again by the same person in the same conversation is the same answer, sent once.
    pub idempotency_key: Option<String>,
}

/// Answers the customer, as [`crate::reply::reply`] does.
///
/// # Errors
/// `Invalid` for a channel, an address or a file that the tenant does not have; else as for a reply.
pub async fn answer(
    ctx: &Ctx,
    caller: &Caller,
    id: ConversationId,
    cmd: Answer,
) -> Result<Message, Error> {
    let text = clean::text(&cmd.text).into_owned();
    let key = cmd.idempotency_key.as_deref();
    if key.is_some_and(|key| key.is_empty() || key.len() > 256) {
        return Err(Error::Invalid("an idempotency key has 1 to 256 bytes".into()));
    }
    let user = caller.id();
    let known = key.map(|key| {
        let parts: [&[u8]; 4] = [b"reply", id.0.as_bytes(), user.0.as_bytes(), key.as_bytes()];
        MessageId(fingerprint::id(&parts))
    });
    let read = ctx.store.conversation(&caller.scope(), id).await?;
    let conversation = read.filter(|found| caller.may_read(found)).ok_or(Error::NotFound)?;
    if !caller.may_act(&conversation) {
        return Err(Error::Forbidden);
    }
    let about = about(ctx, &conversation, cmd).await?;
    let read = Some(conversation);
    let changed = change_known(ctx, caller, id, read, Right::Act, known, |draft| {
        if draft.conversation.state == State::Bot {
            draft.apply(Command::HandOff { to: None })?;
        }
        let now = draft.now;
        let id = known.unwrap_or_else(|| ctx.message_id(now));
        let author = Author::Person { user };
        let mut new = NewMessage::new(id, author, Visibility::Public, text.clone(), now);
        new.about = about.clone();
        draft.say(ctx, new).map(|_| ())
    })
    .await?;
    message_of(changed)
}

async fn about(ctx: &Ctx, conversation: &Conversation, cmd: Answer) -> Result<About, Error> {
    let scope = Scope::One(conversation.tenant.clone());
    let tenant = ctx.tenant(&conversation.tenant)?;
    let via = cmd.via.filter(|via| *via != conversation.channel);
    if let Some(via) = &via {
        if !tenant.channels.contains_key(via) {
            return Err(Error::Invalid(format!("there is no channel {via}")));
        }
        let contact = ctx.store.contact(&scope, conversation.contact).await?;
        if contact.is_none_or(|contact| recipient::of(&tenant, &contact, via).is_none()) {
            return Err(Error::Invalid(format!("the customer has no address on {via}")));
        }
    }
    // Where answers of this channel go anyway: a choice of it is none.
    let usual = tenant.channels.get(&conversation.channel);
    let usual = usual.and_then(|used| used.sending.answers_via.as_ref());
    let recipients = match cmd.copies {
        Some(copies) => checked(copies)?,
        None if via.is_none() || via.as_ref() == usual => copies(ctx, conversation).await?,
        None => Vec::new(),
    };
    let mut files = Vec::new();
    for id in cmd.files.iter().take(FILES) {
        let opened = ctx.files.open(&conversation.tenant, &id.to_string()).await;
        let Ok((meta, _)) = opened else {
            return Err(Error::Invalid(format!("there is no file {id}")));
        };
        files.push(Attachment {
            id: *id,
            name: meta.name,
            media_type: meta.media_type,
            bytes: meta.bytes,
            inline: false,
            content_id: None,
            held: Held::Here,
        });
    }
    let subject = cmd.subject.map(|subject| clean::line(&subject, 500));
    Ok(About {
        subject: subject.filter(|subject| !subject.is_empty()),
        recipients,
        files,
        via,
        template: cmd.template,
        ..About::default()
    })
}

fn checked(copies: Vec<Party>) -> Result<Vec<Party>, Error> {
    if copies.len() > COPIES {
        return Err(Error::Invalid(format!("at most {COPIES} copies")));
    }
    copies
        .into_iter()
        .map(|party| {
            let address = party.address.trim().to_lowercase();
            let fits = (3..=320).contains(&address.len())
                && address.contains('@')
                && !address.contains(|c: char| c.is_control() || c.is_whitespace());
            if !fits {
                return Err(Error::Invalid("a copy goes to a mail address".into()));
            }
            let role = if party.role == PartyRole::To { PartyRole::To } else { PartyRole::Cc };
            Ok(Party { role, address, name: party.name.map(|name| clean::line(&name, 120)) })
        })
        .collect()
}

/// Everybody the customer's side put into their last message, without its contact; also who they want the answer to go
/// to. For a reply box.
///
/// # Errors
/// `Unavailable` without a database.
pub async fn copies(ctx: &Ctx, conversation: &Conversation) -> Result<Vec<Party>, Error> {
    let scope = Scope::One(conversation.tenant.clone());
    let said = ctx.store.earlier(&scope, conversation.id, u64::MAX, LOOK_BACK).await?;
    let last = said.into_iter().find(|message| message.by_contact);
    let Some(last) = last else { return Ok(Vec::new()) };
    let mut all: Vec<Party> = last.about.recipients;
    all.extend(last.about.sender.map(|sender| Party { role: PartyRole::Cc, ..sender }));
    for party in &mut all {
        party.role = PartyRole::Cc;
    }
    all.sort_by(|a, b| a.address.cmp(&b.address));
    all.dedup_by(|a, b| a.address == b.address);
    Ok(all)
}

/// Sends a message again that did not arrive. Whoever asks for one that may have gone out all the same
/// takes the second one on.
///
/// # Errors
/// `NotFound` without such a message; `Conflict` if it is not one that failed.
pub async fn resend(
    ctx: &Ctx,
    caller: &Caller,
    id: ConversationId,
    message: MessageId,
) -> Result<Conversation, Error> {
    use kerros_domain::message::DeliveryState;

    use crate::ports::store::MessageUpdate;

    let scope = caller.scope();
    let known = ctx.store.message(&scope, message).await?;
    let known = known.filter(|known| known.conversation == id).ok_or(Error::NotFound)?;
    if known.delivery != Some(DeliveryState::Failed) {
        return Err(Error::Conflict);
    }
    let via = known.about.via.clone();
    let changed = change_once(ctx, caller, id, Right::Act, None, |draft| {
        let state = DeliveryState::Pending;
        draft.apply(Command::SetDelivery { message, state, reason: None })?;
        draft.updates.push(MessageUpdate {
            tenant: draft.conversation.tenant.clone(),
            id: message,
            delivery: state,
            external_id: None,
            failure: None,
        });
        let job = crate::deliver::job(ctx, draft, message, via.as_ref());
        draft.jobs.push(job);
        Ok(())
    })
    .await?;
    // The dead letter has a new life: nobody shall wake the old one.
    let letters = ctx.store.dead_letters(&scope, 500).await?;
    for letter in letters.into_iter().filter(|letter| letter.message == Some(message)) {
        ctx.store.drop_dead(&scope, letter.job).await?;
    }
    match changed {
        Changed::Now(draft) => Ok(draft.conversation),
        Changed::Before(_) => Err(Error::Internal),
    }
}
