//! Give an escalated conversation back to the layer it came from.

use axum::Json;
use axum::extract::State;
use kerros_app::caller::Caller;
use kerros_app::hand_back::{HandBack, hand_back};
use kerros_domain::id::ConversationId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::ConversationBody;
use crate::api::input::{At, Sent};
use crate::api::refusals::Changing;
use crate::problem::Problem;
use crate::state::WebState;

/// Why it goes back.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = HandBack)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// What the first line reads.
    reason: String,
    /// Whether facts were missing in the briefing.
    #[serde(default)]
    missing_facts: bool,
}

/// Hand back
#[utoipa::path(
    post,
    path = "/conversations/{conversation}/hand-back",
    tag = "conversations",
    operation_id = "hand_back",
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
    let row = hand_back(
        &state.ctx,
        &caller,
        HandBack { conversation, reason: request.reason, missing_facts: request.missing_facts },
    )
    .await?;
    Ok(Json(ConversationBody::new(row, None)))
}
