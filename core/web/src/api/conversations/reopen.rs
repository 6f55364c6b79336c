//! Open a resolved conversation again.

use axum::Json;
use axum::extract::State;
use kerros_app::caller::Caller;
use kerros_app::reopen::{Reopen, reopen};
use kerros_domain::id::ConversationId;

use super::body::ConversationBody;
use crate::api::input::At;
use crate::api::refusals::Changing;
use crate::problem::Problem;
use crate::state::WebState;

/// Open again
#[utoipa::path(
    post,
    path = "/conversations/{conversation}/reopen",
    tag = "conversations",
    operation_id = "reopen",
    params(("conversation" = String, Path, description = "The conversation")),
    responses((status = 200, description = "The conversation as it is now", body = ConversationBody), Changing)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    At(conversation): At<ConversationId>,
) -> Result<Json<ConversationBody>, Problem> {
    let row = reopen(&state.ctx, &caller, Reopen { conversation }).await?;
    Ok(Json(ConversationBody::new(row, None)))
}
