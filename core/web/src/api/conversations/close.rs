//! Close a conversation for good.

use axum::Json;
use axum::extract::State;
use kerros_app::caller::Caller;
use kerros_app::close::{Close, close};
use kerros_domain::id::ConversationId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::ConversationBody;
use crate::api::input::{At, Sent};
use crate::api::names::CloseReason;
use crate::api::refusals::Changing;
use crate::problem::Problem;
use crate::state::WebState;

/// Why.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = Close)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Why it is over.
    reason: CloseReason,
}

/// Close for good
#[utoipa::path(
    post,
    path = "/conversations/{conversation}/close",
    tag = "conversations",
    operation_id = "close",
    params(("conversation" = String, Path, description = "The conversation")),
    request_body = Request,
    responses((status = 200, description = "The conversation as it is now", body = ConversationBody), Changing)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    At(conversation): At<ConversationId>,
    Sent(request): Sent<Request>,
) -> Result<Json<ConversationBody>, Problem> {
    let row =
        close(&state.ctx, &caller, Close { conversation, reason: request.reason.into() }).await?;
    Ok(Json(ConversationBody::new(row, None)))
}
