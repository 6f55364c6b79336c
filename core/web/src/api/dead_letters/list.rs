//! The dead letters of the caller's tenants.

use axum::Json;
use axum::extract::State;
use kerros_app::caller::Caller;
use kerros_app::dead_letters;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::names::JobKind;
use crate::api::refusals::Reading;
use crate::problem::Problem;
use crate::state::WebState;

/// Dead letters.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeadLetterList)]
pub struct List {
    /// Newest first, at most 500.
    pub items: Vec<DeadLetterBody>,
}

/// Work that was given up.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeadLetterBody {
    /// The job; retry it by this.
    pub job: String,
    /// Whose.
    pub tenant: String,
    /// What it did.
    pub kind: JobKind,
    /// Attempts made.
    pub attempts: u32,
    /// Why it was given up.
    pub error: String,
    /// Since when.
    pub at_ms: i64,
}

/// List dead letters (supervisors)
#[utoipa::path(
    get,
    path = "/dead-letters",
    tag = "operations",
    operation_id = "list_dead_letters",
    responses((status = 200, description = "The dead letters of your tenants", body = List), Reading)
)]
pub async fn handler(State(state): State<WebState>, caller: Caller) -> Result<Json<List>, Problem> {
    let letters = dead_letters::list(&state.ctx, &caller, 500).await?;
    let items = letters
        .into_iter()
        .map(|letter| DeadLetterBody {
            job: letter.job.to_string(),
            tenant: letter.tenant.to_string(),
            kind: letter.kind.into(),
            attempts: letter.attempts,
            error: letter.error,
            at_ms: letter.at.0,
        })
        .collect();
    Ok(Json(List { items }))
}
