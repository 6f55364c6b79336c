//! The last fault of each plugin use of the caller's tenants.

use axum::Json;
use axum::extract::State;
use kerros_app::caller::Caller;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::refusals::Reading;
use crate::problem::Problem;
use crate::state::WebState;

/// Faults.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PluginFaultList)]
pub struct List {
    /// Newest first.
    pub items: Vec<PluginFaultBody>,
}

/// The last fault of one use of a plugin, since this node's start.
#[derive(Debug, Serialize, ToSchema)]
pub struct PluginFaultBody {
    /// Whose.
    pub tenant: String,
    /// The plugin.
    pub plugin: String,
    /// The use's name in the tenant's config.
    pub name: String,
    /// `fault` or `timeout`.
    pub fault: String,
    /// What, in the host's words.
    pub message: String,
    /// When.
    pub at_ms: i64,
    /// Faults of this use so far.
    pub count: u64,
}

/// List plugin faults (supervisors)
#[utoipa::path(
    get,
    path = "/plugins/faults",
    tag = "operations",
    operation_id = "list_plugin_faults",
    responses((status = 200, description = "The last fault of each use", body = List), Reading)
)]
pub async fn handler(State(state): State<WebState>, caller: Caller) -> Result<Json<List>, Problem> {
    if !caller.is_supervisor() {
        return Err(Problem::forbidden());
    }
    let scope = caller.scope();
    let faults = state.faults.all().into_iter().filter(|fault| scope.holds(&fault.tenant));
    let items = faults
        .map(|fault| PluginFaultBody {
            tenant: fault.tenant.to_string(),
            plugin: fault.plugin.to_string(),
            name: fault.name,
            fault: fault.fault.to_owned(),
            message: fault.message,
            at_ms: fault.at.0,
            count: fault.count,
        })
        .collect();
    Ok(Json(List { items }))
}
