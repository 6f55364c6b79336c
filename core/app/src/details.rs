//! The big things of messages, for whoever may read their conversation.

use std::collections::BTreeMap;

use kerros_domain::about::Details;
use kerros_domain::id::{ConversationId, MessageId};
use kerros_domain::message::Message;

use crate::caller::Caller;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::ports::store::Scope;
use crate::show;

/// One message with its big things; they are empty if it has none.
///
/// # Errors
/// `NotFound` outside the caller's sight, or if the message is another conversation's.
pub async fn message(
    ctx: &Ctx,
    caller: &Caller,
    id: ConversationId,
    message: MessageId,
) -> Result<(Message, Details), Error> {
    let conversation = show::conversation(ctx, caller, id).await?;
    let scope = Scope::One(conversation.tenant);
    let found = ctx.store.message(&scope, message).await?;
    let found = found.filter(|found| found.conversation == id).ok_or(Error::NotFound)?;
    let mut details = ctx.store.details(&scope, &[message]).await?;
    Ok((found, details.remove(&message).unwrap_or_default()))
}

/// The big things of the last of these messages that have any, at most `most`.
///
/// # Errors
/// `Unavailable` without a database.
pub async fn of_last(
    ctx: &Ctx,
    scope: &Scope,
    messages: &[Message],
    most: usize,
) -> Result<BTreeMap<MessageId, Details>, Error> {
    let with = messages.iter().rev().filter(|message| message.about.details);
    let ids: Vec<MessageId> = with.map(|message| message.id).take(most).collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    Ok(ctx.store.details(scope, &ids).await?)
}
