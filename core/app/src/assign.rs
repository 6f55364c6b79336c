//! A person takes a conversation, or gives it to a colleague.

use kerros_domain::command::Command;
use kerros_domain::conversation::{Conversation, State};
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

/// Gives the conversation to a person. What a bot has is first handed off to the next layer of people.
///
/// # Errors
/// `Invalid` if that person does not serve this tenant; else as [`change`].
pub async fn assign(ctx: &Ctx, caller: &Caller, cmd: Assign) -> Result<Conversation, Error> {
    let user = cmd.user.unwrap_or(caller.id());
    let colleague = match user == caller.id() {
        true => None,
        false => {
            let found = ctx.store.user(user).await?.filter(|other| other.active);
            let other = found.ok_or_else(nobody)?;
            Some(Caller { user: other })
        }
    };
    change(ctx, caller, cmd.conversation, |draft| {
        if draft.conversation.state == State::Bot {
            draft.apply(Command::HandOff { to: None })?;
        }
        if let Some(colleague) = &colleague {
            // Who serves other tenants only is not told apart from who does not exist.
            let place = colleague.membership(&draft.conversation.tenant).ok_or_else(nobody)?;
            if !(colleague.is_supervisor() || place.layers.contains(&draft.conversation.layer)) {
                return Err(Error::Invalid("this colleague does not work in that layer".into()));
            }
        }
        draft.apply(Command::Assign { user })
    })
    .await
}

fn nobody() -> Error {
    Error::Invalid("no such colleague".into())
}
