//! A person answers the customer.

use kerros_domain::command::Command;
use kerros_domain::conversation::State;
use kerros_domain::id::{ConversationId, MessageId};
use kerros_domain::message::{Author, Message, Visibility};

use crate::caller::Caller;
use crate::change::{Changed, Right, change_once};
use crate::clean;
use crate::ctx::Ctx;
use crate::draft::NewMessage;
use crate::error::Error;
use crate::fingerprint;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Plain text, at most 16 KiB.
    pub text: String,
    /// The same key again by the same person in the same conversation is the same answer, sent once.
    pub idempotency_key: Option<String>,
}

/// Answers the customer. Who answers what stands in a queue has it from then on; what a bot has is
/// first handed off to the next layer of people.
///
/// # Errors
/// `Refused(TextSize)` without text or with too much; else as for every change.
pub async fn reply(ctx: &Ctx, caller: &Caller, cmd: Reply) -> Result<Message, Error> {
    let text = clean::text(&cmd.text).into_owned();
    let key = cmd.idempotency_key.as_deref();
    if key.is_some_and(|key| key.is_empty() || key.len() > 256) {
        return Err(Error::Invalid("an idempotency key has 1 to 256 bytes".into()));
    }
    let known = key.map(|key| {
        let (conversation, person) = (cmd.conversation.0, caller.id().0);
        let parts: [&[u8]; 4] =
            [b"reply", conversation.as_bytes(), person.as_bytes(), key.as_bytes()];
        MessageId(fingerprint::id(&parts))
    });
    let user = caller.id();
    let changed = change_once(ctx, caller, cmd.conversation, Right::Act, known, |draft| {
        if draft.conversation.state == State::Bot {
            draft.apply(Command::HandOff { to: None })?;
        }
        let now = draft.now;
        let id = known.unwrap_or_else(|| ctx.message_id(now));
        let answer = NewMessage {
            id,
            author: Author::Person { user },
            visibility: Visibility::Public,
            text: text.clone(),
            parts: Vec::new(),
            external_id: None,
            at: now,
            about: Default::default(),
            details: Default::default(),
        };
        draft.say(ctx, answer).map(|_| ())
    })
    .await?;
    message_of(changed)
}

/// The message that a step added.
pub(crate) fn message_of(changed: Changed) -> Result<Message, Error> {
    match changed {
        Changed::Before(message) => Ok(message),
        Changed::Now(draft) => draft
            .messages
            .into_iter()
            .find(|message| matches!(message.author, Author::Person { .. }))
            .ok_or(Error::Internal),
    }
}
