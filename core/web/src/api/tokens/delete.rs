//! End a token.

use axum::extract::State;
use axum::http::StatusCode;
use kerros_app::caller::Caller;
use kerros_app::create_token::end_token;
use kerros_domain::id::TokenId;

use crate::api::input::At;
use crate::api::refusals::Changing;
use crate::problem::Problem;
use crate::state::WebState;

/// End one of your tokens
#[utoipa::path(
    delete,
    path = "/tokens/{token}",
    tag = "people",
    operation_id = "delete_token",
    params(("token" = String, Path, description = "The token's id")),
    responses((status = 204, description = "It works no more"), Changing)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    At(token): At<TokenId>,
) -> Result<StatusCode, Problem> {
    end_token(&state.ctx, &caller, token).await?;
    Ok(StatusCode::NO_CONTENT)
}
