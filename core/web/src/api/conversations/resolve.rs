//! Say that a conversation is solved.

use axum::Json;
use axum::extract::State;
use kerros_app::caller::Caller;
use kerros_app::resolve::{Resolve, resolve};
use kerros_domain::id::ConversationId;

use super::body::ConversationBody;
use crate::api::input::At;
use crate::api::refusals::Changing;
use crate::problem::Problem;
use crate::state::WebState;

/// Resolve
#[utoipa::path(
    post,
    path = "/conversations/{conversation}/resolve",
    tag = "conversations",
    operation_id = "resolve",
    params(("conversation" = String, Path, description = "The conversation")),
    responses((status = 200, description = "The conversation as it is now", body = ConversationBody), Changing)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    At(conversation): At<ConversationId>,
) -> Result<Json<ConversationBody>, Problem> {
    let row = resolve(&state.ctx, &caller, Resolve { conversation }).await?;
    Ok(Json(ConversationBody::new(row, None)))
}
