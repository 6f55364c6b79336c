//! What a contact has asked so far.

use axum::Json;
use axum::extract::State;
use kerros_app::caller::Caller;
use kerros_app::contact::contact;
use kerros_app::list::{ListQuery, list};
use kerros_app::ports::store::Order;
use kerros_domain::conversation::State as Stage;
use kerros_domain::id::ContactId;

use crate::api::conversations::body::ConversationBody;
use crate::api::conversations::list::Page;
use crate::api::input::At;
use crate::api::refusals::Reading;
use crate::problem::Problem;
use crate::state::WebState;

/// A contact's newest conversations
#[utoipa::path(
    get,
    path = "/contacts/{contact}/conversations",
    tag = "contacts",
    operation_id = "contact_conversations",
    params(("contact" = String, Path, description = "The contact")),
    responses((status = 200, description = "The newest 200 in any state, newest first", body = Page), Reading)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    At(id): At<ContactId>,
) -> Result<Json<Page>, Problem> {
    let found = contact(&state.ctx, &caller, id).await?;
    let query = ListQuery {
        states: Stage::ALL.to_vec(),
        tenant: Some(found.tenant),
        contact: Some(id),
        order: Order::Newest,
        limit: 200,
        ..ListQuery::default()
    };
    let rows = list(&state.ctx, &caller, query).await?;
    let items = rows
        .into_iter()
        .map(|row| ConversationBody::new(row.conversation, row.contact_name))
        .collect();
    Ok(Json(Page { items, next: None }))
}
