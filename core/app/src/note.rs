//! A person writes a note that the customer never sees.

use kerros_domain::id::{ConversationId, MessageId};
use kerros_domain::message::{Author, Message, Visibility};

use crate::caller::Caller;
use crate::change::{Right, change_once};
use crate::clean;
use crate::ctx::Ctx;
use crate::draft::NewMessage;
use crate::error::Error;
use crate::fingerprint;
use crate::reply::message_of;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Plain text, at most 16 KiB.
    pub text: String,
    /// As for a reply.
    pub idempotency_key: Option<String>,
}

/// Writes a note. Whoever may read a conversation may.
///
/// # Errors
/// `Refused(TextSize)` without text or with too much; else as for every change.
pub async fn note(ctx: &Ctx, caller: &Caller, cmd: Note) -> Result<Message, Error> {
    let text = clean::text(&cmd.text).into_owned();
    let key = cmd.idempotency_key.as_deref();
    if key.is_some_and(|key| key.is_empty() || key.len() > 256) {
        return Err(Error::Invalid("an idempotency key has 1 to 256 bytes".into()));
    }
    let known = key.map(|key| {
        let (conversation, person) = (cmd.conversation.0, caller.id().0);
        let parts: [&[u8]; 4] =
            [b"note", conversation.as_bytes(), person.as_bytes(), key.as_bytes()];
        MessageId(fingerprint::id(&parts))
    });
    let user = caller.id();
    let changed = change_once(ctx, caller, cmd.conversation, Right::Read, known, |draft| {
        let now = draft.now;
        let note = NewMessage {
            id: known.unwrap_or_else(|| ctx.message_id(now)),
            author: Author::Person { user },
            visibility: Visibility::Internal,
            text: text.clone(),
            parts: Vec::new(),
            external_id: None,
            at: now,
            about: Default::default(),
            details: Default::default(),
        };
        draft.say(ctx, note).map(|_| ())
    })
    .await?;
    message_of(changed)
}
