//! A person ends a conversation for good: spam, a duplicate, given up.

use kerros_domain::command::Command;
use kerros_domain::conversation::{CloseReason, Conversation};
use kerros_domain::id::ConversationId;

use crate::caller::Caller;
use crate::change::change;
use crate::ctx::Ctx;
use crate::error::Error;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Close {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Why. `Settled` is for time alone.
    pub reason: CloseReason,
}

/// Closes the conversation; it never opens again.
///
/// # Errors
/// `Invalid` for `Settled`; else as [`change`].
pub async fn close(ctx: &Ctx, caller: &Caller, cmd: Close) -> Result<Conversation, Error> {
    if cmd.reason == CloseReason::Settled {
        return Err(Error::Invalid("a conversation settles by itself".into()));
    }
    change(ctx, caller, cmd.conversation, |draft| {
        draft.apply(Command::Close { reason: cmd.reason })
    })
    .await
}
