//! Say how a call ended.

use axum::Json;
use axum::extract::State;
use kerros_app::call::{End, end};
use kerros_app::caller::Caller;
use kerros_domain::id::ConversationId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::ConversationBody;
use crate::api::input::{At, Sent};
use crate::api::names::CallOutcome;
use crate::api::refusals::Changing;
use crate::problem::Problem;
use crate::state::WebState;

/// How it ended.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = EndCall)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// How the call ended.
    outcome: CallOutcome,
    /// What was said, as a note for colleagues; may be left out.
    #[serde(default)]
    note: String,
}

/// Say how a call ended
///
/// A call that nobody answered is planned again by the tenant's schedule, inside the opening hours.
#[utoipa::path(
    post,
    path = "/conversations/{conversation}/call/end",
    tag = "conversations",
    operation_id = "end_call",
    params(("conversation" = String, Path, description = "The conversation")),
    request_body = Request,
    responses((status = 200, description = "The conversation as it is now", body = ConversationBody), Changing)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    At(conversation): At<ConversationId>,
    Sent(request): Sent<Request>,
) -> Result<Json<ConversationBody>, Problem> {
    let command = End { conversation, outcome: request.outcome.into(), note: request.note };
    let row = end(&state.ctx, &caller, command).await?;
    Ok(Json(ConversationBody::new(row, None)))
}
