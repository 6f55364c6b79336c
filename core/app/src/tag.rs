//! A person puts a tag on a conversation, or takes one off.

use kerros_domain::command::Command;
use kerros_domain::conversation::Conversation;
use kerros_domain::id::ConversationId;

use crate::caller::Caller;
use crate::change::change;
use crate::ctx::Ctx;
use crate::error::Error;

/// Which tag, on which conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Which conversation.
    pub conversation: ConversationId,
    /// The tag.
    pub tag: kerros_domain::id::Tag,
}

/// Puts the tag on; nothing changes if it is on already.
///
/// # Errors
/// `Refused(UnknownTag)` outside the tenant's set; `Invalid` for an odd name; else as [`change`].
pub async fn add(ctx: &Ctx, caller: &Caller, cmd: Tag) -> Result<Conversation, Error> {
    let name = cmd.tag.as_str();
    if name.trim().is_empty() || name.len() > 64 || name.chars().any(char::is_control) {
        return Err(Error::Invalid("a tag has 1 to 64 bytes of text".into()));
    }
    change(ctx, caller, cmd.conversation, |draft| {
        draft.apply(Command::AddTag { tag: cmd.tag.clone(), confidence: None })
    })
    .await
}

/// Takes the tag off; nothing changes if it is not on.
///
/// # Errors
/// As [`change`].
pub async fn remove(ctx: &Ctx, caller: &Caller, cmd: Tag) -> Result<Conversation, Error> {
    change(ctx, caller, cmd.conversation, |draft| {
        draft.apply(Command::RemoveTag { tag: cmd.tag.clone() })
    })
    .await
}
