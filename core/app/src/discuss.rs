//! A case is discussed with colleagues on a shared channel: the first post opens a thread with what they
//! need to know, later ones go into it. What they write comes back as internal notes. Handing a case over to
//! the client's own system goes the same way; what comes back is a receipt.

use kerros_domain::about::{About, Purpose};
use kerros_domain::conversation::Conversation;
use kerros_domain::id::{ChannelId, ConversationId, MessageId};
use kerros_domain::message::{Author, DeliveryState, Message, Visibility};

use crate::caller::Caller;
use crate::change::{Changed, Right, change_once};
use crate::clean;
use crate::ctx::Ctx;
use crate::draft::NewMessage;
use crate::error::Error;
use crate::fingerprint;
use crate::ports::store::Scope;
use crate::reply::message_of;
use crate::tenant::ChannelRole;

/// What the first post says at most, in characters, before what the person writes.
const SUMMARY: usize = 3000;
/// Messages of the customer that a summary tells.
const TOLD: usize = 3;
/// Messages looked through for a first post that is on its way.
const LOOK_BACK: u32 = 60;
/// Others who write meanwhile.
const TRIES: u32 = 20;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discuss {
    /// Which conversation.
    pub conversation: ConversationId,
    /// The shared channel.
    pub channel: ChannelId,
    /// What the person asks or says; the first post may do without.
    pub text: String,
    /// The same key again by the same person in the same conversation is the same post.
    pub idempotency_key: Option<String>,
}

/// Posts into the case's thread on a shared channel; opens it with a summary if there is none.
///
/// # Errors
/// `Invalid` for an unknown channel or a note without text; else as for every change.
pub async fn discuss(ctx: &Ctx, caller: &Caller, cmd: Discuss) -> Result<Message, Error> {
    tell(ctx, caller, cmd, ChannelRole::Cases, Right::Read).await
}

/// Hands the case over to the client's own system as a lead or a ticket; what is handed over later goes to the
/// same one. Its receipt becomes the message's own id when it is delivered.
///
/// # Errors
/// As [`discuss`], and `Forbidden` without the right to move the conversation.
pub async fn hand_over(ctx: &Ctx, caller: &Caller, cmd: Discuss) -> Result<Message, Error> {
    tell(ctx, caller, cmd, ChannelRole::Leads, Right::Act).await
}

/// Posts, and reads again if somebody wrote meanwhile: they may have opened the thread, then this is a note.
async fn tell(
    ctx: &Ctx,
    caller: &Caller,
    cmd: Discuss,
    role: ChannelRole,
    right: Right,
) -> Result<Message, Error> {
    for _ in 0..TRIES {
        match tell_as_read(ctx, caller, cmd.clone(), role, right).await {
            Err(Error::Conflict) => {}
            done => return done,
        }
    }
    Err(Error::Conflict)
}

async fn tell_as_read(
    ctx: &Ctx,
    caller: &Caller,
    cmd: Discuss,
    role: ChannelRole,
    right: Right,
) -> Result<Message, Error> {
    let text = clean::text(&cmd.text).into_owned();
    let conversation = readable(ctx, caller, cmd.conversation).await?;
    let tenant = ctx.tenant(&conversation.tenant)?;
    if !tenant.channels_for(role).any(|known| *known == cmd.channel) {
        return Err(Error::Invalid(format!("{} is no such channel of this tenant", cmd.channel)));
    }
    let opened = is_opened(ctx, &conversation, &cmd.channel).await?;
    let (purpose, text) = if opened {
        (Purpose::Note, text)
    } else {
        (Purpose::Case, summary(ctx, &conversation, &text).await?)
    };
    let posts = vec![(cmd.channel, purpose, text)];
    let key = cmd.idempotency_key.as_deref();
    message_of(post(ctx, caller, &conversation, right, key, posts).await?)
}

/// Whether the case has a thread on the channel, or gets one: its first post is on its way, and what is said later
/// waits behind it.
async fn is_opened(
    ctx: &Ctx,
    conversation: &Conversation,
    channel: &ChannelId,
) -> Result<bool, Error> {
    let scope = Scope::One(conversation.tenant.clone());
    let threads = ctx.store.case_threads(&scope, conversation.id).await?;
    if threads.iter().any(|(on, _)| on == channel) {
        return Ok(true);
    }
    let said = ctx.store.last_messages(&scope, conversation.id, LOOK_BACK).await?;
    Ok(said.iter().any(|message| opens(message, channel)))
}

/// Whether the message opens the case's thread on the channel as soon as it is posted.
pub(crate) fn opens(message: &Message, channel: &ChannelId) -> bool {
    message.about.purpose == Purpose::Case
        && message.about.via.as_ref() == Some(channel)
        && message.delivery == Some(DeliveryState::Pending)
}

/// What is told to all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disruption {
    /// The conversation that it is about.
    pub conversation: ConversationId,
    /// The shared channels; empty is all of the tenant's.
    pub channels: Vec<ChannelId>,
    /// What is the matter.
    pub text: String,
    /// The same key again by the same person in the same conversation is the same post.
    pub idempotency_key: Option<String>,
}

/// Tells colleagues on the shared channels of a disruption that this conversation is about, all in one step.
///
/// # Errors
/// As [`discuss`]; `Invalid` also if the tenant has no shared channel.
pub async fn disruption(
    ctx: &Ctx,
    caller: &Caller,
    cmd: Disruption,
) -> Result<Vec<Message>, Error> {
    let text = clean::text(&cmd.text).into_owned();
    let conversation = readable(ctx, caller, cmd.conversation).await?;
    let tenant = ctx.tenant(&conversation.tenant)?;
    let known: Vec<&ChannelId> = tenant.channels_for(ChannelRole::Cases).collect();
    if let Some(strange) = cmd.channels.iter().find(|channel| !known.contains(channel)) {
        return Err(Error::Invalid(format!("{strange} is no shared channel of this tenant")));
    }
    let chosen =
        known.into_iter().filter(|known| cmd.channels.is_empty() || cmd.channels.contains(known));
    let posts: Vec<_> =
        chosen.map(|channel| (channel.clone(), Purpose::Disruption, text.clone())).collect();
    if posts.is_empty() {
        return Err(Error::Invalid("this tenant has no shared channel".into()));
    }
    let key = cmd.idempotency_key.as_deref();
    match post(ctx, caller, &conversation, Right::Read, key, posts).await? {
        Changed::Now(draft) => Ok(draft.messages),
        Changed::Before(message) => Ok(vec![message]),
    }
}

/// The call for the person was seen.
///
/// # Errors
/// As for every change.
pub async fn attend(ctx: &Ctx, caller: &Caller, id: ConversationId) -> Result<Conversation, Error> {
    crate::change::change(ctx, caller, id, |draft| {
        draft.apply(kerros_domain::command::Command::Attend)
    })
    .await
}

async fn readable(ctx: &Ctx, caller: &Caller, id: ConversationId) -> Result<Conversation, Error> {
    let read = ctx.store.conversation(&caller.scope(), id).await?;
    read.filter(|found| caller.may_read(found)).ok_or(Error::NotFound)
}

async fn post(
    ctx: &Ctx,
    caller: &Caller,
    conversation: &Conversation,
    right: Right,
    key: Option<&str>,
    posts: Vec<(ChannelId, Purpose, String)>,
) -> Result<Changed, Error> {
    let user = caller.id();
    if key.is_some_and(|key| key.is_empty() || key.len() > 256) {
        return Err(Error::Invalid("an idempotency key has 1 to 256 bytes".into()));
    }
    let known = |channel: &ChannelId| {
        let (conversation, channel) = (conversation.id.0, channel.as_str().as_bytes());
        key.map(|key| {
            MessageId(fingerprint::id(&[
                b"post",
                conversation.as_bytes(),
                user.0.as_bytes(),
                channel,
                key.as_bytes(),
            ]))
        })
    };
    // All of them are written in one commit, so the first stands for the rest.
    let first = posts.first().and_then(|(channel, ..)| known(channel));
    change_once(ctx, caller, conversation.id, right, first, |draft| {
        // That no thread is open was read with the conversation as it was then.
        let opens = posts.iter().any(|(_, purpose, _)| *purpose == Purpose::Case);
        if opens && draft.conversation.seq != conversation.seq {
            return Err(Error::Conflict);
        }
        let now = draft.now;
        for (channel, purpose, text) in &posts {
            let id = known(channel).unwrap_or_else(|| ctx.message_id(now));
            let author = Author::Person { user };
            let mut new = NewMessage::new(id, author, Visibility::Internal, text.clone(), now);
            new.about = About { purpose: *purpose, via: Some(channel.clone()), ..About::default() };
            draft.say(ctx, new)?;
        }
        Ok(())
    })
    .await
}

/// What colleagues need to know: the briefing if there is one, else what the customer said last.
async fn summary(ctx: &Ctx, conversation: &Conversation, asked: &str) -> Result<String, Error> {
    let mut lines = Vec::new();
    if !asked.is_empty() {
        lines.push(asked.to_owned());
        lines.push(String::new());
    }
    let mut told = Vec::new();
    match &conversation.briefing {
        Some(briefing) => {
            let fields = briefing.fields.iter().filter(|(_, text)| !text.trim().is_empty());
            told.extend(fields.map(|(key, text)| format!("{key}: {}", text.trim())));
        }
        None => {
            let scope = Scope::One(conversation.tenant.clone());
            let said = ctx.store.last_messages(&scope, conversation.id, 60).await?;
            let theirs = said.into_iter().filter(|message| message.author == Author::Contact);
            let theirs: Vec<String> = theirs.map(|message| message.text).collect();
            let skip = theirs.len().saturating_sub(TOLD);
            told.extend(theirs.into_iter().skip(skip).map(|text| format!("> {text}")));
        }
    }
    let told: String = told.join("\n").chars().take(SUMMARY).collect();
    lines.push(if told.is_empty() { conversation.preview.clone() } else { told });
    let text = lines.join("\n").trim().to_owned();
    Ok(text[..text.floor_char_boundary(clean::TEXT_BYTES)].to_owned())
}
