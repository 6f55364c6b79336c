//! The call of a colleague was seen.

use axum::Json;
use axum::extract::State;
use kerros_app::caller::Caller;
use kerros_app::discuss::attend;
use kerros_domain::id::ConversationId;

use super::body::ConversationBody;
use crate::api::input::At;
use crate::api::refusals::Changing;
use crate::problem::Problem;
use crate::state::WebState;

/// Say that a colleague's call was seen
#[utoipa::path(
    post,
    path = "/conversations/{conversation}/attend",
    tag = "conversations",
    operation_id = "attend",
    params(("conversation" = String, Path, description = "The conversation")),
    responses((status = 200, description = "The conversation as it is now; nothing happens if nobody calls", body = ConversationBody), Changing)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    At(conversation): At<ConversationId>,
) -> Result<Json<ConversationBody>, Problem> {
    let row = attend(&state.ctx, &caller, conversation).await?;
    Ok(Json(ConversationBody::new(row, None)))
}
