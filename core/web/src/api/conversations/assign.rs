//! Take a conversation, or give it to a colleague.

use axum::Json;
use axum::extract::State;
use kerros_app::assign::{Assign, assign};
use kerros_app::caller::Caller;
use kerros_domain::id::{ConversationId, UserId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::ConversationBody;
use crate::api::input::{At, Sent};
use crate::api::refusals::Changing;
use crate::problem::Problem;
use crate::state::WebState;

/// Who gets it.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = Assign)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The colleague; left out, it is you.
    #[schema(value_type = Option<String>)]
    user: Option<UserId>,
}

/// Take, or give to a colleague
#[utoipa::path(
    post,
    path = "/conversations/{conversation}/assign",
    tag = "conversations",
    operation_id = "assign",
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
    let row = assign(&state.ctx, &caller, Assign { conversation, user: request.user }).await?;
    Ok(Json(ConversationBody::new(row, None)))
}
