//! A person puts a conversation back into the queue.

use kerros_domain::command::Command;
use kerros_domain::conversation::Conversation;
use kerros_domain::id::ConversationId;

use crate::caller::Caller;
use crate::change::change;
use crate::ctx::Ctx;
use crate::error::Error;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release {
    /// Which conversation.
    pub conversation: ConversationId,
}

/// Puts the conversation back into its layer's queue.
///
/// # Errors
/// As [`change`].
pub async fn release(ctx: &Ctx, caller: &Caller, cmd: Release) -> Result<Conversation, Error> {
    change(ctx, caller, cmd.conversation, |draft| draft.apply(Command::Release)).await
}
