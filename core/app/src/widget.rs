//! What a visitor's widget reads: the public messages of its own thread.

use kerros_domain::conversation::{Conversation, State};
use kerros_domain::id::{ChannelId, TenantId};
use kerros_domain::message::{Author, Message, Visibility};

use crate::ctx::Ctx;
use crate::error::Error;
use crate::ports::store::Scope;

/// How many messages at most come at once.
const MESSAGES: u32 = 200;

/// A thread's newest conversation as its customer may see it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The conversation; `None` before the first frame and after it is closed.
    pub conversation: Option<Conversation>,
    /// Public messages after the sequence asked for, oldest first.
    pub messages: Vec<Message>,
    /// The name of the person who has it.
    pub assignee: Option<String>,
}

/// Public messages of the thread's newest conversation that is not closed, after a sequence.
///
/// # Errors
/// `NotFound` for an unknown tenant or channel.
pub async fn history(
    ctx: &Ctx,
    tenant: &TenantId,
    channel: &ChannelId,
    thread: &str,
    after_seq: u64,
) -> Result<Vec<Message>, Error> {
    Ok(seen(ctx, tenant, channel, thread, after_seq).await?.messages)
}

/// As [`history`], with the conversation's state.
///
/// # Errors
/// As [`history`].
pub async fn seen(
    ctx: &Ctx,
    tenant: &TenantId,
    channel: &ChannelId,
    thread: &str,
    after_seq: u64,
) -> Result<Seen, Error> {
    let config = ctx.tenant(tenant)?;
    if !config.channels.contains_key(channel) {
        return Err(Error::NotFound);
    }
    let known = ctx.store.known(tenant, channel, thread, thread).await?;
    let Some(conversation) = known.conversation else {
        return Ok(Seen { conversation: None, messages: Vec::new(), assignee: None });
    };
    let scope = Scope::One(tenant.clone());
    let mut messages = Vec::new();
    let mut after = after_seq;
    // Notes between public messages must not make a short page look like the last one.
    while messages.len() < MESSAGES as usize && after < conversation.seq {
        let page = ctx.store.messages(&scope, conversation.id, after, MESSAGES).await?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        let full = page.len() >= MESSAGES as usize;
        messages.extend(page.into_iter().filter(|m| m.visibility == Visibility::Public));
        if !full {
            break;
        }
    }
    let assignee = match conversation.assignee {
        Some(user) if conversation.state != State::Closed => {
            ctx.store.user(user).await?.map(|person| person.name)
        }
        _ => None,
    };
    Ok(Seen { conversation: Some(conversation), messages, assignee })
}

/// The name a customer sees for an author: the person's, else the tenant's.
///
/// # Errors
/// `NotFound` for an unknown tenant.
pub async fn author_name(ctx: &Ctx, tenant: &TenantId, author: &Author) -> Result<String, Error> {
    if let Author::Person { user } = author
        && let Some(person) = ctx.store.user(*user).await?
    {
        return Ok(person.name);
    }
    Ok(ctx.tenant(tenant)?.policy.title.clone())
}
