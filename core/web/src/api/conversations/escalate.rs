//! Pass a conversation on to a later layer with a briefing.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use kerros_app::caller::Caller;
use kerros_app::escalate::{Escalate, escalate};
use kerros_domain::id::ConversationId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::ConversationBody;
use crate::api::input::{At, Sent};
use crate::api::refusals::Changing;
use crate::problem::Problem;
use crate::state::WebState;

/// Where to, and what they need to know.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = Escalate)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The layer; left out, it is the next one.
    to: Option<String>,
    /// The briefing: field key to text. The layer's required fields must be there.
    #[serde(default)]
    fields: BTreeMap<String, String>,
}

/// Escalate with a briefing
#[utoipa::path(
    post,
    path = "/conversations/{conversation}/escalate",
    tag = "conversations",
    operation_id = "escalate",
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
    let to = request.to.map(Into::into);
    let row = escalate(&state.ctx, &caller, Escalate { conversation, to, fields: request.fields })
        .await?;
    Ok(Json(ConversationBody::new(row, None)))
}
