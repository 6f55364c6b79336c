//! A person says that a conversation is solved.

use kerros_domain::command::Command;
use kerros_domain::conversation::{Conversation, Solved};
use kerros_domain::id::ConversationId;

use crate::caller::Caller;
use crate::change::change;
use crate::ctx::Ctx;
use crate::error::Error;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolve {
    /// Which conversation.
    pub conversation: ConversationId,
}

/// Resolves the conversation; the layer that holds it gets the credit.
///
/// # Errors
/// `Refused(TagNeeded)` where the tenant wants a tag first; else as [`change`].
pub async fn resolve(ctx: &Ctx, caller: &Caller, cmd: Resolve) -> Result<Conversation, Error> {
    change(ctx, caller, cmd.conversation, |draft| {
        draft.apply(Command::Resolve { solved: Solved::ByPerson })
    })
    .await
}
