//! A person passes a conversation on to a later layer, with a briefing.

use std::collections::BTreeMap;

use kerros_domain::command::Command;
use kerros_domain::conversation::Conversation;
use kerros_domain::id::{ConversationId, LayerId};

use crate::caller::Caller;
use crate::change::change;
use crate::clean;
use crate::ctx::Ctx;
use crate::error::Error;

/// No briefing field is longer, in bytes.
const FIELD_BYTES: usize = 8 * 1024;
/// No briefing has more fields.
const FIELDS: usize = 32;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escalate {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Where to; `None` is the next layer.
    pub to: Option<LayerId>,
    /// The briefing: field key to plain text.
    pub fields: BTreeMap<String, String>,
}

/// Passes the conversation on.
///
/// # Errors
/// `Refused(BriefingIncomplete)` names the fields that are missing; `Invalid` for an oversized
/// briefing; else as [`change`].
pub async fn escalate(ctx: &Ctx, caller: &Caller, cmd: Escalate) -> Result<Conversation, Error> {
    if cmd.fields.len() > FIELDS {
        return Err(Error::Invalid(format!("a briefing has at most {FIELDS} fields")));
    }
    let mut fields = BTreeMap::new();
    for (key, text) in cmd.fields {
        if text.len() > FIELD_BYTES || key.len() > 64 {
            return Err(Error::Invalid(format!(
                "a briefing field has at most {FIELD_BYTES} bytes"
            )));
        }
        fields.insert(key, clean::text(&text).into_owned());
    }
    change(ctx, caller, cmd.conversation, |draft| {
        draft.apply(Command::Escalate { to: cmd.to.clone(), fields: fields.clone() })
    })
    .await
}
