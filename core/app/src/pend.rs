//! A person waits for the customer.

use kerros_domain::command::Command;
use kerros_domain::conversation::Conversation;
use kerros_domain::id::ConversationId;

use crate::caller::Caller;
use crate::change::change;
use crate::ctx::Ctx;
use crate::error::Error;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pend {
    /// Which conversation.
    pub conversation: ConversationId,
}

/// Marks the conversation as waiting for the customer; clocks that say so pause.
///
/// # Errors
/// As [`change`].
pub async fn pend(ctx: &Ctx, caller: &Caller, cmd: Pend) -> Result<Conversation, Error> {
    change(ctx, caller, cmd.conversation, |draft| draft.apply(Command::Pend)).await
}
