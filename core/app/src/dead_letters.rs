//! Work that was given up: look at it, try it again, put it away.

use futures::{StreamExt as _, TryStreamExt as _};
use kerros_domain::conversation::Conversation;
use kerros_domain::id::{ChannelId, JobId};

use crate::caller::Caller;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::ports::store::{DeadLetter, Scope};

/// Letters that are looked into at the same time.
const AT_ONCE: usize = 16;

/// A dead letter with what it was about.
#[derive(Debug, Clone)]
pub struct Told {
    /// The letter.
    pub letter: DeadLetter,
    /// The conversation, if it was a delivery.
    pub conversation: Option<Conversation>,
    /// The customer's name, if it is known.
    pub contact_name: Option<String>,
    /// The channel that it came or was to go by.
    pub channel: Option<ChannelId>,
    /// The message may have gone out all the same.
    pub maybe_sent: bool,
}

/// The dead letters of the caller's tenants, newest first, at most `limit` (1 to 500). Supervisors only.
///
/// # Errors
/// `Forbidden` for others.
pub async fn list(ctx: &Ctx, caller: &Caller, limit: u32) -> Result<Vec<DeadLetter>, Error> {
    supervisor(caller)?;
    Ok(ctx.store.dead_letters(&caller.scope(), limit.clamp(1, 500)).await?)
}

/// As [`list`], with what each was about.
///
/// # Errors
/// As [`list`].
pub async fn told(ctx: &Ctx, caller: &Caller, limit: u32) -> Result<Vec<Told>, Error> {
    let letters = list(ctx, caller, limit).await?;
    let told = letters.into_iter().map(|letter| look_into(ctx, letter));
    futures::stream::iter(told).buffered(AT_ONCE).try_collect().await
}

async fn look_into(ctx: &Ctx, letter: DeadLetter) -> Result<Told, Error> {
    let scope = Scope::One(letter.tenant.clone());
    let message = match letter.message {
        Some(id) => ctx.store.message(&scope, id).await?,
        None => None,
    };
    let conversation = match &message {
        Some(message) => ctx.store.conversation(&scope, message.conversation).await?,
        None => None,
    };
    let contact = match &conversation {
        Some(conversation) => ctx.store.contact(&scope, conversation.contact).await?,
        None => None,
    };
    let own = || conversation.as_ref().map(|conversation| conversation.channel.clone());
    let via = message.as_ref().and_then(|message| message.about.via.clone());
    Ok(Told {
        channel: letter.channel.clone().or(via).or_else(own),
        maybe_sent: message.and_then(|message| message.failure).is_some_and(|why| why.maybe_sent),
        contact_name: contact.and_then(|contact| contact.name),
        conversation,
        letter,
    })
}

/// Makes a dead letter runnable again.
///
/// # Errors
/// `NotFound` if there is none of that id in the caller's tenants; `Forbidden` for others than
/// supervisors.
pub async fn retry(ctx: &Ctx, caller: &Caller, id: JobId) -> Result<(), Error> {
    supervisor(caller)?;
    let found = ctx.store.retry_dead(&caller.scope(), id, ctx.now()).await?;
    ctx.queue.wake();
    if found { Ok(()) } else { Err(Error::NotFound) }
}

/// Puts a dead letter away: nobody tries it again. A message that it was about stays not delivered.
///
/// # Errors
/// As [`retry`].
pub async fn dismiss(ctx: &Ctx, caller: &Caller, id: JobId) -> Result<(), Error> {
    supervisor(caller)?;
    let found = ctx.store.drop_dead(&caller.scope(), id).await?;
    if found { Ok(()) } else { Err(Error::NotFound) }
}

fn supervisor(caller: &Caller) -> Result<(), Error> {
    if caller.is_supervisor() { Ok(()) } else { Err(Error::Forbidden) }
}
