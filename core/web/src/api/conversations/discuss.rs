//! Discuss a case with colleagues on a shared channel.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use kerros_app::caller::Caller;
use kerros_app::discuss::{Discuss, discuss};
use kerros_domain::id::ConversationId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::said::MessageBody;
use crate::api::input::{At, IdempotencyKey, Sent};
use crate::api::refusals::Changing;
use crate::problem::Problem;
use crate::state::WebState;

/// What is posted.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = Discuss)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The shared channel, one of the tenant's `case_channels`.
    channel: String,
    /// Plain text for colleagues. The first post opens the case's thread with a summary, and may do without.
    #[serde(default)]
    text: String,
}

/// Discuss with colleagues
///
/// What they write in the thread comes back as internal notes; a mention of Kerros there calls whoever has the
/// conversation.
#[utoipa::path(
    post,
    path = "/conversations/{conversation}/discuss",
    tag = "conversations",
    operation_id = "discuss",
    params(
        ("conversation" = String, Path, description = "The conversation"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 characters; a repeat is posted once"),
    ),
    request_body = Request,
    responses((status = 201, description = "The post as an internal message, on its way", body = MessageBody), Changing)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    At(conversation): At<ConversationId>,
    IdempotencyKey(idempotency_key): IdempotencyKey,
    Sent(request): Sent<Request>,
) -> Result<(StatusCode, Json<MessageBody>), Problem> {
    let channel = request.channel.into();
    let command = Discuss { conversation, channel, text: request.text, idempotency_key };
    let message = discuss(&state.ctx, &caller, command).await?;
    Ok((StatusCode::CREATED, Json(message.into())))
}
