//! Who is reading or writing where: the warning before two people answer the same one.

use kerros_domain::id::ConversationId;

use crate::caller::Caller;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::ports::bus::News;
use crate::show;

/// What the caller does there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// Has it open.
    Reading,
    /// Writes an answer.
    Writing,
    /// Went away.
    Left,
}

impl Doing {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Writing => "writing",
            Self::Left => "left",
        }
    }
}

/// Tells colleagues; nothing is kept.
///
/// # Errors
/// `NotFound` outside the caller's sight.
pub async fn focus(
    ctx: &Ctx,
    caller: &Caller,
    id: ConversationId,
    doing: Doing,
) -> Result<(), Error> {
    let conversation = show::conversation(ctx, caller, id).await?;
    ctx.bus.publish(News::Focus {
        tenant: conversation.tenant,
        conversation: id,
        user: caller.id(),
        doing: doing.as_str().to_owned(),
    });
    Ok(())
}
