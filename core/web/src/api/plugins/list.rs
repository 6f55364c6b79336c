//! Which version of which plugin serves each use of the caller's tenants, and how a new one does beside it.

use axum::Json;
use axum::extract::State;
use kerros_app::caller::Caller;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::refusals::Reading;
use crate::problem::Problem;
use crate::state::{UseVersion, WebState};

/// Uses of plugins.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PluginUseList)]
pub struct List {
    /// By tenant and use.
    pub items: Vec<PluginUseBody>,
}

/// One use of a plugin.
#[derive(Debug, Serialize, ToSchema)]
pub struct PluginUseBody {
    /// Whose.
    pub tenant: String,
    /// The use, `kind/name`.
    #[serde(rename = "use")]
    pub used_as: String,
    /// The plugin.
    pub plugin: String,
    /// The version that serves.
    pub version: String,
    /// Its digest.
    pub digest: String,
    /// How a new version does beside it.
    pub shadow: Option<PluginShadowBody>,
}

/// A new version beside the live one.
#[derive(Debug, Serialize, ToSchema)]
pub struct PluginShadowBody {
    /// The new version.
    pub version: String,
    /// Its digest.
    pub digest: String,
    /// Since when, milliseconds since 1970.
    pub since_ms: i64,
    /// Why it does not run at all.
    pub fault: Option<String>,
    /// Calls with the same answer.
    pub same: u64,
    /// Calls with another answer.
    pub different: u64,
    /// Calls of the new version that broke.
    pub failed: u64,
    /// Calls left out under load.
    pub skipped: u64,
    /// The first differences: call, JSON pointer, what the live and the new version said, masked.
    pub differences: Vec<PluginDifferenceBody>,
    /// The first failures.
    pub failures: Vec<String>,
}

/// One difference.
#[derive(Debug, Serialize, ToSchema)]
pub struct PluginDifferenceBody {
    /// Which call.
    pub call: String,
    /// Where in the answer.
    pub at: String,
    /// What the live version said, masked.
    pub live: String,
    /// What the new one said, masked.
    pub new: String,
}

/// List uses of plugins with their versions (supervisors)
#[utoipa::path(
    get,
    path = "/plugins",
    tag = "operations",
    operation_id = "list_plugin_uses",
    responses((status = 200, description = "Every use of a plugin", body = List), Reading)
)]
pub async fn handler(State(state): State<WebState>, caller: Caller) -> Result<Json<List>, Problem> {
    if !caller.is_supervisor() {
        return Err(Problem::forbidden());
    }
    let scope = caller.scope();
    let uses = state.faults.uses().into_iter().filter(|one| scope.holds(&one.tenant));
    Ok(Json(List { items: uses.map(shown).collect() }))
}

fn shown(one: UseVersion) -> PluginUseBody {
    PluginUseBody {
        tenant: one.tenant.to_string(),
        used_as: one.used_as,
        plugin: one.plugin.to_string(),
        version: one.version,
        digest: one.digest,
        shadow: one.shadow.map(|new| PluginShadowBody {
            version: new.version,
            digest: new.digest,
            since_ms: new.since.0,
            fault: new.fault,
            same: new.same,
            different: new.different,
            failed: new.failed,
            skipped: new.skipped,
            failures: new.failures,
            differences: new
                .differences
                .into_iter()
                .map(|[call, at, live, new]| PluginDifferenceBody { call, at, live, new })
                .collect(),
        }),
    }
}
