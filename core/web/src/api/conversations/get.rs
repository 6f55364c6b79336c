//! One conversation.

use axum::Json;
use axum::extract::State;
use kerros_app::caller::Caller;
use kerros_app::ports::store::Scope;
use kerros_app::show::conversation;
use kerros_domain::id::ConversationId;

use super::body::ConversationBody;
use crate::api::input::At;
use crate::api::refusals::Reading;
use crate::problem::Problem;
use crate::state::WebState;

/// One conversation
#[utoipa::path(
    get,
    path = "/conversations/{conversation}",
    tag = "conversations",
    operation_id = "get_conversation",
    params(("conversation" = String, Path, description = "The conversation")),
    responses((status = 200, description = "The conversation", body = ConversationBody), Reading)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    At(id): At<ConversationId>,
) -> Result<Json<ConversationBody>, Problem> {
    let row = conversation(&state.ctx, &caller, id).await?;
    let scope = Scope::One(row.tenant.clone());
    let contact =
        state.ctx.store.contact(&scope, row.contact).await.map_err(kerros_app::Error::from)?;
    let name = contact.and_then(|contact| contact.name);
    Ok(Json(ConversationBody::new(row, name)))
}
