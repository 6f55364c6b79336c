//! A person takes a conversation, or gives it to a colleague.

use kerros_domain::command::Command;
use kerros_domain::conversation::Conversation;
use kerros_domain::id::{ConversationId, UserId};

use crate::caller::Caller;
use crate::change::change;
use crate::ctx::Ctx;
use crate::error::Error;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assign {
    /// Which conversation.
    pub conversation: ConversationId,
    /// To whom; `None` is the caller.
    pub user: Option<UserId>,
}

/// Gives the conversation to a person.
///
/// # Errors
/// `Invalid` if that person does not serve this tenant; else as [`change`].
pub async fn assign(ctx: &Ctx, caller: &Caller, cmd: Assign) -> Result<Conversation, Error> {
    let user = cmd.user.unwrap_or(caller.id());
    let colleague = match user == caller.id() {
        true => None,
        false => {
            let found = ctx.store.user(user).await?.filter(|other| other.active);
            let other = found.ok_or_else(|| Error::Invalid("no such colleague".into()))?;
            Some(Caller { user: other })
        }
    };
    change(ctx, caller, cmd.conversation, |draft| {
        if let Some(colleague) = &colleague {
            let place = colleague.membership(&draft.conversation.tenant);
            let serves = place.is_some_and(|place| {
                colleague.is_supervisor() || place.layers.contains(&draft.conversation.layer)
            });
            if !serves {
                return Err(Error::Invalid("this colleague does not work in that layer".into()));
            }
        }
        draft.apply(Command::Assign { user })
    })
    .await
}
