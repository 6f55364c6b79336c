//! The mail that a message came as.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kerros_app::caller::Caller;
use kerros_domain::id::{ConversationId, MessageId};

use crate::api::input::At;
use crate::api::refusals::Reading;
use crate::files;
use crate::problem::Problem;
use crate::state::WebState;

/// The mail that a message came as, whole. 404 if it came as no mail.
#[utoipa::path(
    get,
    path = "/conversations/{conversation}/messages/{message}/original",
    tag = "conversations",
    operation_id = "original",
    params(
        ("conversation" = String, Path, description = "The conversation"),
        ("message" = String, Path, description = "A message of it"),
    ),
    responses((status = 200, description = "The mail, as it came", content_type = "message/rfc822", body = Vec<u8>), Reading)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    At((conversation, message)): At<(ConversationId, MessageId)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    files::send_original(&state, &caller, conversation, message, &headers).await
}
