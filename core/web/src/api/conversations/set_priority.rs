//! Change how urgent a conversation is.

use axum::Json;
use axum::extract::State;
use kerros_app::caller::Caller;
use kerros_app::set_priority::{SetPriority, set_priority};
use kerros_domain::id::ConversationId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::ConversationBody;
use crate::api::input::{At, Sent};
use crate::api::names::Priority;
use crate::api::refusals::Changing;
use crate::problem::Problem;
use crate::state::WebState;

/// How urgent.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = SetPriority)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The new priority.
    priority: Priority,
}

/// Set the priority
#[utoipa::path(
    put,
    path = "/conversations/{conversation}/priority",
    tag = "conversations",
    operation_id = "set_priority",
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
    let row = set_priority(
        &state.ctx,
        &caller,
        SetPriority { conversation, priority: request.priority.into() },
    )
    .await?;
    Ok(Json(ConversationBody::new(row, None)))
}
