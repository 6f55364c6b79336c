//! Calls that customers asked for: who calls takes the conversation, then says how the call ended.

use kerros_domain::call::CallOutcome;
use kerros_domain::command::Command;
use kerros_domain::conversation::Conversation;
use kerros_domain::id::{ConversationId, MessageId};
use kerros_domain::message::{Author, Visibility};

use crate::caller::Caller;
use crate::change::{Changed, Right, change_once};
use crate::clean;
use crate::ctx::Ctx;
use crate::draft::NewMessage;
use crate::error::Error;

/// Takes the call: the conversation is the caller's from now on.
///
/// # Errors
/// As for every change.
pub async fn take(ctx: &Ctx, caller: &Caller, id: ConversationId) -> Result<Conversation, Error> {
    crate::assign::assign(ctx, caller, crate::assign::Assign { conversation: id, user: None }).await
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// Which conversation.
    pub conversation: ConversationId,
    /// How the call ended.
    pub outcome: CallOutcome,
    /// What was said, for colleagues; may be empty.
    pub note: String,
}

/// Says how a call ended. What nobody answered is planned again by the tenant's schedule, inside the
/// layer's opening hours; after the last try it stays with the caller.
///
/// # Errors
/// `Refused(NoCall)` if there is no call to make; else as for every change.
pub async fn end(ctx: &Ctx, caller: &Caller, cmd: End) -> Result<Conversation, Error> {
    let note = clean::text(&cmd.note).into_owned();
    let user = caller.id();
    let changed = change_once(ctx, caller, cmd.conversation, Right::Act, None, |draft| {
        let plan = draft.tenant.manners.calls.clone();
        if !note.is_empty() {
            let now = draft.now;
            let id: MessageId = ctx.message_id(now);
            let author = Author::Person { user };
            let text = note.clone();
            draft.say(ctx, NewMessage::new(id, author, Visibility::Internal, text, now))?;
        }
        draft.apply(Command::EndCall { outcome: cmd.outcome, plan })
    })
    .await?;
    match changed {
        Changed::Now(draft) => Ok(draft.conversation),
        Changed::Before(_) => Err(Error::Internal),
    }
}
