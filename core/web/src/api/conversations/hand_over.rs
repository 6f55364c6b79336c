//! Hand a case over to the client's own system.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use kerros_app::caller::Caller;
use kerros_app::discuss::{Discuss, hand_over};
use kerros_domain::id::ConversationId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::said::MessageBody;
use crate::api::input::{At, IdempotencyKey, Sent};
use crate::api::refusals::Changing;
use crate::problem::Problem;
use crate::state::WebState;

/// What is handed over.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = HandOver)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The channel to the system, one of the tenant's `lead_channels`.
    channel: String,
    /// Plain text. The first time a summary is added, and may stand alone.
    #[serde(default)]
    text: String,
}

/// Hand over as a lead or ticket
///
/// The system's receipt becomes the message's `external_id` when it is delivered. What is handed over later goes to the
/// same lead.
#[utoipa::path(
    post,
    path = "/conversations/{conversation}/hand-over",
    tag = "conversations",
    operation_id = "hand_over",
    params(
        ("conversation" = String, Path, description = "The conversation"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 characters; a repeat is handed over once"),
    ),
    request_body = Request,
    responses((status = 201, description = "The hand-over as an internal message, on its way", body = MessageBody), Changing)
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
    let message = hand_over(&state.ctx, &caller, command).await?;
    Ok((StatusCode::CREATED, Json(message.into())))
}
