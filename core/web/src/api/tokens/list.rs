//! The caller's tokens.

use axum::Json;
use axum::extract::State;
use kerros_app::caller::Caller;
use kerros_app::create_token::tokens;
use serde::Serialize;
use utoipa::ToSchema;

use super::body::TokenBody;
use crate::api::refusals::Reading;
use crate::problem::Problem;
use crate::state::WebState;

/// Tokens.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TokenList)]
pub struct List {
    /// The tokens.
    pub items: Vec<TokenBody>,
}

/// List your tokens
#[utoipa::path(
    get,
    path = "/tokens",
    tag = "people",
    operation_id = "list_tokens",
    responses((status = 200, description = "Your tokens, without their secrets", body = List), Reading)
)]
pub async fn handler(State(state): State<WebState>, caller: Caller) -> Result<Json<List>, Problem> {
    let tokens = tokens(&state.ctx, &caller).await?;
    Ok(Json(List { items: tokens.into_iter().map(TokenBody::from).collect() }))
}
