//! A person opens a resolved conversation again.

use kerros_domain::command::Command;
use kerros_domain::conversation::Conversation;
use kerros_domain::id::ConversationId;

use crate::caller::Caller;
use crate::change::change;
use crate::ctx::Ctx;
use crate::error::Error;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reopen {
    /// Which conversation.
    pub conversation: ConversationId,
}

/// Opens a resolved conversation again.
///
/// # Errors
/// As [`change`].
pub async fn reopen(ctx: &Ctx, caller: &Caller, cmd: Reopen) -> Result<Conversation, Error> {
    change(ctx, caller, cmd.conversation, |draft| draft.apply(Command::Reopen)).await
}
