//! Stub.
use crate::ctx::Ctx;
use crate::draft::Draft;
use crate::ports::store::{Job, JobKind};
use crate::work::Failure;
use kerros_domain::id::{ConversationId, MessageId};
use serde::{Deserialize, Serialize};

/// What a delivery's job carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Payload {
    pub conversation: ConversationId,
    pub message: MessageId,
    pub since_ms: i64,
}
pub(crate) fn job(ctx: &Ctx, draft: &Draft, message: MessageId) -> Job {
    let payload = Payload { conversation: draft.conversation.id, message, since_ms: draft.now.0 };
    Job {
        id: ctx.job_id(draft.now),
        tenant: draft.conversation.tenant.clone(),
        kind: JobKind::Deliver,
        order_key: format!("out/{}", draft.conversation.id),
        payload: serde_json::to_string(&payload).unwrap_or_default(),
        run_at: draft.now,
        attempt: 1,
        trace: draft.trace.clone(),
        lease: None,
        last_error: None,
    }
}
/// Sends a message.
pub async fn run(_ctx: &Ctx, _job: &Job) -> Result<(), Failure> {
    Ok(())
}
