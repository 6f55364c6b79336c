//! Whether the caller takes work.

use axum::extract::State;
use axum::http::StatusCode;
use kerros_app::caller::Caller;
use kerros_app::presence::presence;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::input::Sent;
use crate::api::refusals::Changing;
use crate::problem::Problem;
use crate::state::WebState;

/// Whether you take work.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = Presence)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Whether the router may give you work.
    available: bool,
}

/// Say that you are there, and whether you take work
///
/// Without a sign of life for some minutes the router gives you nothing: repeat it every half minute.
#[utoipa::path(
    put,
    path = "/users/me/presence",
    tag = "people",
    operation_id = "set_presence",
    request_body = Request,
    responses((status = 204, description = "Noted"), Changing)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    Sent(request): Sent<Request>,
) -> Result<StatusCode, Problem> {
    presence(&state.ctx, &caller, request.available).await?;
    Ok(StatusCode::NO_CONTENT)
}
