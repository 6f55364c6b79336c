//! Log out.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kerros_app::logout::logout;

use crate::api::refusals::Changing;
use crate::auth::{caller, cookie};
use crate::problem::Problem;
use crate::state::WebState;

/// Log out: end the session or token that this request came with
#[utoipa::path(
    delete,
    path = "/sessions/current",
    tag = "people",
    operation_id = "log_out",
    responses((status = 204, description = "Ended; an ended one stays ended"), Changing)
)]
pub async fn handler(
    State(state): State<WebState>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(secret) = caller::secret(&headers, state.secure) {
        logout(&state.ctx, secret).await?;
    }
    let forget = [(header::SET_COOKIE, cookie::clear(state.secure))];
    Ok((StatusCode::NO_CONTENT, forget).into_response())
}
