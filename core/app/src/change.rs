//! The road that every change by a person takes: read, check rights, decide, commit, tell.

use std::time::Duration;

use kerros_domain::conversation::Conversation;
use kerros_domain::id::{ConversationId, MessageId};
use kerros_domain::message::Message;

use crate::caller::Caller;
use crate::ctx::Ctx;
use crate::draft::Draft;
use crate::error::Error;
use crate::ports::store::{Changes, Scope, StoreError};
use crate::{announce, notice, targets, trace};

/// How often a job's step is decided again when others wrote meanwhile; then the job is tried later.
pub(crate) const TRIES: usize = 8;

/// How often a person's step is. They lose against a customer who writes in a rush, whose intake needs
/// no read, so they wait a little longer each time instead of being told to try again.
const TRIES_OF_PEOPLE: u64 = 40;

/// What a person needs for a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Right {
    /// To see it: notes.
    Read,
    /// To move it: everything else.
    Act,
}

/// What came of a step.
#[expect(clippy::large_enum_variant, reason = "one at a time, moved once")]
pub(crate) enum Changed {
    /// Done now.
    Now(Box<Draft>),
    /// Done already by an earlier call with the same key.
    Before(Message),
}

/// Changes a conversation in a person's name and returns its new state.
///
/// # Errors
/// `NotFound` outside the caller's sight, `Forbidden` without the right, `Refused` by the engine,
/// `Conflict` after about a second of tries against other writers, `Unavailable` without a database.
pub(crate) async fn change<F>(
    ctx: &Ctx,
    caller: &Caller,
    id: ConversationId,
    decide: F,
) -> Result<Conversation, Error>
where
    F: Fn(&mut Draft) -> Result<(), Error> + Send + Sync,
{
    match change_once(ctx, caller, id, Right::Act, None, decide).await? {
        Changed::Now(draft) => Ok(draft.conversation),
        Changed::Before(_) => Err(Error::Internal),
    }
}

/// As [`change`]; if `message` is stored already, nothing is done and it is returned.
pub(crate) async fn change_once<F>(
    ctx: &Ctx,
    caller: &Caller,
    id: ConversationId,
    right: Right,
    message: Option<MessageId>,
    decide: F,
) -> Result<Changed, Error>
where
    F: Fn(&mut Draft) -> Result<(), Error> + Send + Sync,
{
    change_known(ctx, caller, id, None, right, message, decide).await
}

/// As [`change_once`], first of all on the conversation as the caller has just read it.
pub(crate) async fn change_known<F>(
    ctx: &Ctx,
    caller: &Caller,
    id: ConversationId,
    mut known: Option<Conversation>,
    right: Right,
    message: Option<MessageId>,
    decide: F,
) -> Result<Changed, Error>
where
    F: Fn(&mut Draft) -> Result<(), Error> + Send + Sync,
{
    let scope = caller.scope();
    let trace = trace::current().unwrap_or_else(|| id.to_string());
    for lost in 0..TRIES_OF_PEOPLE {
        if lost > 2 {
            tokio::time::sleep(Duration::from_millis(lost)).await;
        }
        let read = match known.take() {
            Some(known) => Some(known),
            None => ctx.store.conversation(&scope, id).await?,
        };
        let conversation = read.filter(|found| caller.may_read(found)).ok_or(Error::NotFound)?;
        if right == Right::Act && !caller.may_act(&conversation) {
            return Err(Error::Forbidden);
        }
        let tenant = ctx.tenant(&conversation.tenant)?;
        let within = Scope::One(conversation.tenant.clone());
        let mut draft = Draft::of(tenant, conversation, ctx.now(), &trace);
        draft.by = Some(caller.id());
        let (error, again) = match decide(&mut draft) {
            Ok(()) => match finish(ctx, &within, &mut draft, Changes::default()).await {
                Ok(()) => return Ok(Changed::Now(Box::new(draft))),
                Err(error) => {
                    let again = error == StoreError::Conflict;
                    (Error::from(error), again)
                }
            },
            Err(refused) => (refused, false),
        };
        // A repeat is rare, so it is looked for only where something is in the way: its message is there already, which
        // is a conflict to the store, or the conversation has moved on since.
        if let Some(message) = message
            && let Some(earlier) = ctx.store.message(&scope, message).await?
        {
            return Ok(Changed::Before(earlier));
        }
        if !again {
            return Err(error);
        }
    }
    Err(Error::Conflict)
}

/// Adds what follows by itself (promises, notices), commits with `changes`, and tells everybody.
/// Without any entry only `changes` are written, if there are any.
pub(crate) async fn finish(
    ctx: &Ctx,
    scope: &Scope,
    draft: &mut Draft,
    changes: Changes,
) -> Result<(), StoreError> {
    finish_all(ctx, scope, std::slice::from_mut(draft), changes).await
}

/// As [`finish`], for several conversations in one commit.
pub(crate) async fn finish_all(
    ctx: &Ctx,
    scope: &Scope,
    drafts: &mut [Draft],
    mut changes: Changes,
) -> Result<(), StoreError> {
    for draft in drafts.iter_mut().filter(|draft| draft.is_changed()) {
        notice::if_closed(ctx, draft).await?;
        targets::ask_again(ctx, draft).await;
        draft.write_into(&mut changes);
    }
    commit(ctx, scope, changes).await?;
    for draft in drafts.iter().filter(|draft| draft.is_changed()) {
        announce(ctx, draft);
    }
    Ok(())
}

/// Tells everybody what was committed.
pub(crate) fn announce(ctx: &Ctx, draft: &Draft) {
    announce::committed(ctx, draft);
}

/// Commits, and hands new jobs to this node's workers.
pub(crate) async fn commit(
    ctx: &Ctx,
    scope: &Scope,
    mut changes: Changes,
) -> Result<(), StoreError> {
    if changes.is_empty() {
        return Ok(());
    }
    let jobs = ctx.queue.hold(&mut changes.jobs, ctx.now());
    let result = ctx.store.commit(scope, changes).await;
    ctx.queue.written(jobs, &result, ctx.now());
    result
}
