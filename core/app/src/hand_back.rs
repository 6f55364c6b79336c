//! An expert gives a conversation back to the layer it was escalated from, with a reason.

use kerros_domain::command::Command;
use kerros_domain::conversation::Conversation;
use kerros_domain::id::ConversationId;

use crate::caller::Caller;
use crate::change::change;
use crate::clean;
use crate::ctx::Ctx;
use crate::error::Error;

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
    change(ctx, caller, cmd.conversation, |draft| {
        draft.apply(Command::HandBack { reason: reason.clone(), missing_facts: cmd.missing_facts })
    })
    .await
}
