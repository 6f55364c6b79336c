//! Put a dead letter away.

use axum::extract::State;
use axum::http::StatusCode;
use kerros_app::caller::Caller;
use kerros_app::dead_letters;
use kerros_domain::id::JobId;

use crate::api::input::At;
use crate::api::refusals::Changing;
use crate::problem::Problem;
use crate::state::WebState;

/// Put a dead letter away (supervisors)
///
/// Nobody tries it again; a message that it was about stays not delivered.
#[utoipa::path(
    post,
    path = "/dead-letters/{job}/dismiss",
    tag = "operations",
    operation_id = "dismiss_dead_letter",
    params(("job" = String, Path, description = "The job")),
    responses((status = 204, description = "It is gone"), Changing)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    At(job): At<JobId>,
) -> Result<StatusCode, Problem> {
    dead_letters::dismiss(&state.ctx, &caller, job).await?;
    Ok(StatusCode::NO_CONTENT)
}
