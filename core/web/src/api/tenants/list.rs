//! The tenants the caller is a member of.

use axum::Json;
use axum::extract::State;
use kerros_app::caller::Caller;
use serde::Serialize;
use utoipa::ToSchema;

use super::body::TenantBody;
use crate::api::refusals::Reading;
use crate::problem::Problem;
use crate::state::WebState;

/// Tenants.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TenantList)]
pub struct List {
    /// By id.
    pub items: Vec<TenantBody>,
}

/// Your tenants
#[utoipa::path(
    get,
    path = "/tenants",
    tag = "tenants",
    operation_id = "list_tenants",
    responses((status = 200, description = "The tenants you are a member of", body = List), Reading)
)]
pub async fn handler(State(state): State<WebState>, caller: Caller) -> Result<Json<List>, Problem> {
    let own = |place: &kerros_app::ports::store::Membership| state.ctx.tenants.get(&place.tenant);
    let mut items: Vec<TenantBody> = caller
        .user
        .memberships
        .iter()
        .filter_map(own)
        .map(|tenant| TenantBody::from(&*tenant))
        .collect();
    items.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(Json(List { items }))
}
