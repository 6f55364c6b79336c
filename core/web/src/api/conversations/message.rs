//! One message with everything that came with it.

use axum::Json;
use axum::extract::State;
use kerros_app::caller::Caller;
use kerros_app::details;
use kerros_domain::id::{ConversationId, MessageId};

use super::said::WholeMessageBody;
use crate::api::input::At;
use crate::api::refusals::Reading;
use crate::problem::Problem;
use crate::state::WebState;

/// One message with everything that came with it.
#[utoipa::path(
    get,
    path = "/conversations/{conversation}/messages/{message}",
    tag = "conversations",
    operation_id = "message",
    params(
        ("conversation" = String, Path, description = "The conversation"),
        ("message" = String, Path, description = "The message"),
    ),
    responses((status = 200, description = "The message", body = WholeMessageBody), Reading)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    At((conversation, message)): At<(ConversationId, MessageId)>,
) -> Result<Json<WholeMessageBody>, Problem> {
    let (message, details) = details::message(&state.ctx, &caller, conversation, message).await?;
    Ok(Json(WholeMessageBody::new(message, details)))
}
