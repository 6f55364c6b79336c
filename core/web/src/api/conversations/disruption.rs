//! Tell colleagues of a disruption.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use kerros_app::caller::Caller;
use kerros_app::discuss::{Disruption, disruption};
use kerros_domain::id::ConversationId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::said::MessageBody;
use crate::api::input::{At, IdempotencyKey, Sent};
use crate::api::refusals::Changing;
use crate::problem::Problem;
use crate::state::WebState;

/// What is told.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = Disruption)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Plain text for colleagues, 1 to 16384 bytes.
    text: String,
    /// Shared channels of the tenant; left out, all of them.
    #[serde(default)]
    channels: Vec<String>,
}

/// The posts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DisruptionPosts)]
pub struct Posts {
    /// One internal message for each channel.
    pub items: Vec<MessageBody>,
}

/// Post a disruption to the shared channels
#[utoipa::path(
    post,
    path = "/conversations/{conversation}/disruption",
    tag = "conversations",
    operation_id = "post_disruption",
    params(
        ("conversation" = String, Path, description = "The conversation that it is about"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 characters; a repeat is posted once"),
    ),
    request_body = Request,
    responses((status = 201, description = "The posts, on their way", body = Posts), Changing)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    At(conversation): At<ConversationId>,
    IdempotencyKey(idempotency_key): IdempotencyKey,
    Sent(request): Sent<Request>,
) -> Result<(StatusCode, Json<Posts>), Problem> {
    let channels = request.channels.into_iter().map(Into::into).collect();
    let command = Disruption { conversation, channels, text: request.text, idempotency_key };
    let posts = disruption(&state.ctx, &caller, command).await?;
    Ok((StatusCode::CREATED, Json(Posts { items: posts.into_iter().map(Into::into).collect() })))
}
