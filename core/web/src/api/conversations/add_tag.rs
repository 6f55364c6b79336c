//! Put a tag on a conversation.

use axum::Json;
use axum::extract::State;
use kerros_app::caller::Caller;
use kerros_app::tag::{Tag, add};
use kerros_domain::id::ConversationId;

use super::body::ConversationBody;
use crate::api::input::At;
use crate::api::refusals::Changing;
use crate::problem::Problem;
use crate::state::WebState;

/// Put a tag on
#[utoipa::path(
    put,
    path = "/conversations/{conversation}/tags/{tag}",
    tag = "conversations",
    operation_id = "add_tag",
    params(
        ("conversation" = String, Path, description = "The conversation"),
        ("tag" = String, Path, description = "The tag")
    ),
    responses((status = 200, description = "The conversation as it is now", body = ConversationBody), Changing)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    At((conversation, tag)): At<(ConversationId, String)>,
) -> Result<Json<ConversationBody>, Problem> {
    let row = add(&state.ctx, &caller, Tag { conversation, tag: tag.into() }).await?;
    Ok(Json(ConversationBody::new(row, None)))
}
