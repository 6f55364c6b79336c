//! What happened to a conversation, entry by entry.

use kerros_domain::event::Entry;
use kerros_domain::id::ConversationId;
use kerros_domain::message::Message;

use crate::caller::Caller;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::ports::store::Scope;
use crate::show;

/// Journal entries after a sequence, oldest first, at most `limit` (1 to 500).
///
/// # Errors
/// `NotFound` outside the caller's sight.
pub async fn timeline(
    ctx: &Ctx,
    caller: &Caller,
    id: ConversationId,
    after_seq: u64,
    limit: u32,
) -> Result<Vec<Entry>, Error> {
    let conversation = show::conversation(ctx, caller, id).await?;
    let scope = Scope::One(conversation.tenant);
    Ok(ctx.store.entries(&scope, id, after_seq, limit.clamp(1, 500)).await?)
}

/// Messages after a sequence, notes included, oldest first, at most `limit` (1 to 500).
///
/// # Errors
/// `NotFound` outside the caller's sight.
pub async fn messages(
    ctx: &Ctx,
    caller: &Caller,
    id: ConversationId,
    after_seq: u64,
    limit: u32,
) -> Result<Vec<Message>, Error> {
    let conversation = show::conversation(ctx, caller, id).await?;
    let scope = Scope::One(conversation.tenant);
    Ok(ctx.store.messages(&scope, id, after_seq, limit.clamp(1, 500)).await?)
}
