//! A case is discussed with colleagues on a shared channel: the first post opens a thread with what they
//! need to know, later ones go into it. What they write comes back as internal notes.

use kerros_domain::about::{About, Purpose};
use kerros_domain::conversation::Conversation;
use kerros_domain::id::{ChannelId, ConversationId};
use kerros_domain::message::{Author, Message, Visibility};

use crate::caller::Caller;
use crate::change::{Right, change_once};
use crate::clean;
use crate::ctx::Ctx;
use crate::draft::NewMessage;
use crate::error::Error;
use crate::ports::store::Scope;
use crate::reply::message_of;

/// What the first post says at most, in characters, before what the person writes.
const SUMMARY: usize = 3000;
/// Messages of the customer that a summary tells.
const TOLD: usize = 3;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discuss {
    /// Which conversation.
    pub conversation: ConversationId,
    /// The shared channel.
    pub channel: ChannelId,
    /// What the person asks or says; the first post may do without.
    pub text: String,
}

/// Posts into the case's thread on a shared channel; opens it with a summary if there is none.
///
/// # Errors
/// `Invalid` for an unknown channel or a note without text; else as for every change.
pub async fn discuss(ctx: &Ctx, caller: &Caller, cmd: Discuss) -> Result<Message, Error> {
    let text = clean::text(&cmd.text).into_owned();
    let conversation = readable(ctx, caller, cmd.conversation, &cmd.channel).await?;
    let scope = Scope::One(conversation.tenant.clone());
    let threads = ctx.store.case_threads(&scope, conversation.id).await?;
    let opened = threads.iter().any(|(channel, _)| *channel == cmd.channel);
    let (purpose, text) = if opened {
        (Purpose::Note, text)
    } else {
        (Purpose::Case, summary(ctx, &conversation, &text).await?)
    };
    post(ctx, caller, &conversation, cmd.channel, purpose, text).await
}

/// Tells colleagues on a shared channel of a disruption that this conversation is about.
///
/// # Errors
/// As [`discuss`].
pub async fn disruption(ctx: &Ctx, caller: &Caller, cmd: Discuss) -> Result<Message, Error> {
    let text = clean::text(&cmd.text).into_owned();
    let conversation = readable(ctx, caller, cmd.conversation, &cmd.channel).await?;
    post(ctx, caller, &conversation, cmd.channel, Purpose::Disruption, text).await
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

async fn readable(
    ctx: &Ctx,
    caller: &Caller,
    id: ConversationId,
    channel: &ChannelId,
) -> Result<Conversation, Error> {
    let read = ctx.store.conversation(&caller.scope(), id).await?;
    let conversation = read.filter(|found| caller.may_read(found)).ok_or(Error::NotFound)?;
    let tenant = ctx.tenant(&conversation.tenant)?;
    if *channel == conversation.channel || !tenant.channels.contains_key(channel) {
        return Err(Error::Invalid(format!("{channel} is no shared channel of this tenant")));
    }
    Ok(conversation)
}

async fn post(
    ctx: &Ctx,
    caller: &Caller,
    conversation: &Conversation,
    channel: ChannelId,
    purpose: Purpose,
    text: String,
) -> Result<Message, Error> {
    let user = caller.id();
    let changed = change_once(ctx, caller, conversation.id, Right::Read, None, |draft| {
        let now = draft.now;
        let author = Author::Person { user };
        let id = ctx.message_id(now);
        let mut new = NewMessage::new(id, author, Visibility::Internal, text.clone(), now);
        new.about = About { purpose, via: Some(channel.clone()), ..About::default() };
        draft.say(ctx, new).map(|_| ())
    })
    .await?;
    message_of(changed)
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
