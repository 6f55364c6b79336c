//! Set the customer group.

use axum::Json;
use axum::extract::State;
use kerros_app::caller::Caller;
use kerros_app::set_segment::{SetSegment, set_segment};
use kerros_domain::id::ConversationId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::ConversationBody;
use crate::api::input::{At, Sent};
use crate::api::refusals::Changing;
use crate::problem::Problem;
use crate::state::WebState;

/// Which customer group.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = SetSegment)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The segment; null for none.
    segment: Option<String>,
}

/// Set the segment
#[utoipa::path(
    put,
    path = "/conversations/{conversation}/segment",
    tag = "conversations",
    operation_id = "set_segment",
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
    let row = set_segment(
        &state.ctx,
        &caller,
        SetSegment { conversation, segment: request.segment.map(Into::into) },
    )
    .await?;
    Ok(Json(ConversationBody::new(row, None)))
}
