//! An expert gives a conversation back to the layer it was escalated from, with a reason: to the person who had
//! it, or into the queue if that one is not there.

use kerros_domain::command::Command;
use kerros_domain::conversation::Conversation;
use kerros_domain::id::{ConversationId, UserId};
use kerros_domain::routing::Presence;

use crate::caller::Caller;
use crate::change::change;
use crate::clean;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::work::router::presence;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandBack {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Why; at most 4 KiB.
    pub reason: String,
    /// Whether the briefing lacked facts: counts as a bounce-back.
    pub missing_facts: bool,
}

/// Gives the conversation back.
///
/// # Errors
/// `Refused(ReasonNeeded)` without a reason; else as [`change`].
pub async fn hand_back(ctx: &Ctx, caller: &Caller, cmd: HandBack) -> Result<Conversation, Error> {
    if cmd.reason.len() > 4096 {
        return Err(Error::Invalid("a reason has at most 4096 bytes".into()));
    }
    let reason = clean::text(&cmd.reason).into_owned();
    let away = away(ctx, caller, cmd.conversation).await?;
    change(ctx, caller, cmd.conversation, |draft| {
        let origin = draft.conversation.origins.last().and_then(|origin| origin.assignee);
        draft.apply(Command::HandBack {
            reason: reason.clone(),
            missing_facts: cmd.missing_facts,
            former_away: origin.is_some() && origin == away,
        })
    })
    .await
}

/// The person it would go back to, if they are not there: gone from the team or the layer, or their console
/// gave no sign of life for a while. Of who never had one open nothing is known; they may work over the API.
async fn away(
    ctx: &Ctx,
    caller: &Caller,
    conversation: ConversationId,
) -> Result<Option<UserId>, Error> {
    let read = ctx.store.conversation(&caller.scope(), conversation).await?;
    let Some(conversation) = read.filter(|found| caller.may_read(found)) else { return Ok(None) };
    let Some(origin) = conversation.origins.last() else { return Ok(None) };
    let Some(id) = origin.assignee else { return Ok(None) };
    let here = ctx.store.user(id).await?.is_some_and(|user| {
        let seen = user.seen_at.is_none() || presence(&user, ctx.now()) != Presence::Offline;
        let former = Caller { user };
        let place = former.membership(&conversation.tenant);
        let serves = place
            .is_some_and(|place| former.is_supervisor() || place.layers.contains(&origin.layer));
        former.user.active && seen && serves
    });
    Ok((!here).then_some(id))
}
