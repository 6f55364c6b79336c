//! The caller's colleagues.

use axum::Json;
use axum::extract::State;
use kerros_app::caller::Caller;
use kerros_app::colleagues::colleagues;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::body::UserBody;
use crate::api::refusals::Reading;
use crate::problem::Problem;
use crate::state::WebState;

/// People.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserList)]
pub struct List {
    /// By name.
    pub items: Vec<UserBody>,
}

/// You and your colleagues
#[utoipa::path(
    get,
    path = "/users",
    tag = "people",
    operation_id = "list_users",
    responses((status = 200, description = "Everybody in your tenants, with those memberships only", body = List), Reading)
)]
pub async fn handler(State(state): State<WebState>, caller: Caller) -> Result<Json<List>, Problem> {
    let people = colleagues(&state.ctx, &caller).await?;
    Ok(Json(List { items: people.into_iter().map(UserBody::from).collect() }))
}
