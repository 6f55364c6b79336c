//! Try a dead letter again.

use axum::extract::State;
use axum::http::StatusCode;
use kerros_app::caller::Caller;
use kerros_app::dead_letters;
use kerros_domain::id::JobId;

use crate::api::input::At;
use crate::api::refusals::Changing;
use crate::problem::Problem;
use crate::state::WebState;

/// Try a dead letter again (supervisors)
#[utoipa::path(
    post,
    path = "/dead-letters/{job}/retry",
    tag = "operations",
    operation_id = "retry_dead_letter",
    params(("job" = String, Path, description = "The job")),
    responses((status = 202, description = "It will be tried again at once"), Changing)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    At(job): At<JobId>,
) -> Result<StatusCode, Problem> {
    dead_letters::retry(&state.ctx, &caller, job).await?;
    Ok(StatusCode::ACCEPTED)
}
