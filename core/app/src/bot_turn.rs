//! Stub.
use crate::ctx::Ctx;
use crate::draft::Draft;
use crate::ports::bot::Trigger;
use crate::ports::store::{Job, JobKind};
use crate::work::Failure;
use serde::{Deserialize, Serialize};

/// What a turn's job carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Payload {
    pub conversation: kerros_domain::id::ConversationId,
    pub trigger: Trigger,
    pub seq: u64,
}
pub(crate) fn job(ctx: &Ctx, draft: &Draft, trigger: Trigger) -> Job {
    let payload =
        Payload { conversation: draft.conversation.id, trigger, seq: draft.conversation.seq };
    Job {
        id: ctx.job_id(draft.now),
        tenant: draft.conversation.tenant.clone(),
        kind: JobKind::BotTurn,
        order_key: format!("bot/{}", draft.conversation.id),
        payload: serde_json::to_string(&payload).unwrap_or_default(),
        run_at: draft.now,
        attempt: 1,
        trace: draft.trace.clone(),
        lease: None,
        last_error: None,
    }
}
/// Lets the bot take a turn.
pub async fn run(_ctx: &Ctx, _job: &Job) -> Result<(), Failure> {
    Ok(())
}
