//! Take a call that a customer asked for.

use axum::Json;
use axum::extract::State;
use kerros_app::call::take;
use kerros_app::caller::Caller;
use kerros_domain::id::ConversationId;

use super::body::ConversationBody;
use crate::api::input::At;
use crate::api::refusals::Changing;
use crate::problem::Problem;
use crate::state::WebState;

/// Take a call
#[utoipa::path(
    post,
    path = "/conversations/{conversation}/call/take",
    tag = "conversations",
    operation_id = "take_call",
    params(("conversation" = String, Path, description = "The conversation")),
    responses((status = 200, description = "The conversation, now yours", body = ConversationBody), Changing)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    At(conversation): At<ConversationId>,
) -> Result<Json<ConversationBody>, Problem> {
    let row = take(&state.ctx, &caller, conversation).await?;
    Ok(Json(ConversationBody::new(row, None)))
}
