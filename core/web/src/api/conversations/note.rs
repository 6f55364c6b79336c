//! Write a note that the customer never sees.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use kerros_app::caller::Caller;
use kerros_app::note::{Note, note};
use kerros_domain::id::ConversationId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::said::MessageBody;
use crate::api::input::{At, IdempotencyKey, Sent};
use crate::api::refusals::Changing;
use crate::problem::Problem;
use crate::state::WebState;

/// What is said.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = Note)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Plain text that colleagues read, 1 to 16384 bytes.
    text: String,
}

/// Write a note that the customer never sees.
#[utoipa::path(
    post,
    path = "/conversations/{conversation}/notes",
    tag = "conversations",
    operation_id = "note",
    params(
        ("conversation" = String, Path, description = "The conversation"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 characters; a repeat is written once"),
    ),
    request_body = Request,
    responses((status = 201, description = "The note", body = MessageBody), Changing)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    At(conversation): At<ConversationId>,
    IdempotencyKey(idempotency_key): IdempotencyKey,
    Sent(request): Sent<Request>,
) -> Result<(StatusCode, Json<MessageBody>), Problem> {
    let command = Note { conversation, text: request.text, idempotency_key };
    let message = note(&state.ctx, &caller, command).await?;
    Ok((StatusCode::CREATED, Json(message.into())))
}
