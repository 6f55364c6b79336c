//! A person sets a conversation's customer group.

use kerros_domain::command::Command;
use kerros_domain::conversation::Conversation;
use kerros_domain::id::{ConversationId, SegmentId};

use crate::caller::Caller;
use crate::change::change;
use crate::ctx::Ctx;
use crate::error::Error;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetSegment {
    /// Which conversation.
    pub conversation: ConversationId,
    /// The group; `None` is unknown.
    pub segment: Option<SegmentId>,
}

/// Sets the customer group; the SLA targets are asked for anew.
///
/// # Errors
/// `Refused(Unknown)` for a group the tenant does not have; else as [`change`].
pub async fn set_segment(
    ctx: &Ctx,
    caller: &Caller,
    cmd: SetSegment,
) -> Result<Conversation, Error> {
    change(ctx, caller, cmd.conversation, |draft| {
        draft.apply(Command::SetSegment { segment: cmd.segment.clone() })
    })
    .await
}
