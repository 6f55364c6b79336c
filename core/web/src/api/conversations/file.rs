//! A file of a conversation.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kerros_app::caller::Caller;
use kerros_domain::id::{ConversationId, FileId};

use crate::api::input::At;
use crate::api::refusals::Reading;
use crate::files;
use crate::problem::Problem;
use crate::state::WebState;

/// A file of a conversation.
#[utoipa::path(
    get,
    path = "/conversations/{conversation}/files/{file}",
    tag = "conversations",
    operation_id = "file",
    params(
        ("conversation" = String, Path, description = "The conversation"),
        ("file" = String, Path, description = "A file of one of its messages"),
    ),
    responses((status = 200, description = "Its bytes, as they came", content_type = "application/octet-stream", body = Vec<u8>), Reading)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    At((conversation, file)): At<(ConversationId, FileId)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    files::send(&state, &caller, conversation, file, &headers).await
}
