//! A person changes how urgent a conversation is.

use kerros_domain::command::Command;
use kerros_domain::conversation::{Conversation, Priority};
use kerros_domain::id::ConversationId;

use crate::caller::Caller;
use crate::change::change;
use crate::ctx::Ctx;
use crate::error::Error;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetPriority {
    /// Which conversation.
    pub conversation: ConversationId,
    /// How urgent.
    pub priority: Priority,
}

/// Sets the priority; the SLA targets are asked for anew.
///
/// # Errors
/// As [`change`].
pub async fn set_priority(
    ctx: &Ctx,
    caller: &Caller,
    cmd: SetPriority,
) -> Result<Conversation, Error> {
    change(ctx, caller, cmd.conversation, |draft| {
        draft.apply(Command::SetPriority { priority: cmd.priority })
    })
    .await
}
