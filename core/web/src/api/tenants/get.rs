//! One tenant.

use axum::Json;
use axum::extract::State;
use kerros_app::caller::Caller;
use kerros_domain::id::TenantId;

use super::body::TenantBody;
use crate::api::input::At;
use crate::api::refusals::Reading;
use crate::problem::Problem;
use crate::state::WebState;

/// One of your tenants
#[utoipa::path(
    get,
    path = "/tenants/{tenant}",
    tag = "tenants",
    operation_id = "get_tenant",
    params(("tenant" = String, Path, description = "The tenant")),
    responses((status = 200, description = "The tenant", body = TenantBody), Reading)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    At(id): At<TenantId>,
) -> Result<Json<TenantBody>, Problem> {
    caller.member_of(&id)?;
    let tenant = state.ctx.tenant(&id)?;
    Ok(Json(TenantBody::from(&*tenant)))
}
