//! Make a token.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use kerros_app::caller::Caller;
use kerros_app::create_token::{CreateToken, create_token};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::TokenBody;
use crate::api::input::Sent;
use crate::api::refusals::Changing;
use crate::problem::Problem;
use crate::state::WebState;

/// What token.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CreateToken)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// A name for people, 1 to 80 characters.
    name: String,
    /// How many days it lives, 1 to 365.
    #[schema(minimum = 1, maximum = 365)]
    days: u32,
}

/// A token with its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewToken)]
pub struct Made {
    /// The token.
    pub token: TokenBody,
    /// Send it as `Authorization: Bearer ...`. It is shown this once.
    pub secret: String,
}

/// Make a token
#[utoipa::path(
    post,
    path = "/tokens",
    tag = "people",
    operation_id = "create_token",
    request_body = Request,
    responses((status = 201, description = "The token with its secret", body = Made), Changing)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    Sent(request): Sent<Request>,
) -> Result<(StatusCode, Json<Made>), Problem> {
    let command = CreateToken { name: request.name, days: request.days };
    let (token, secret) = create_token(&state.ctx, &caller, command).await?;
    Ok((StatusCode::CREATED, Json(Made { token: token.into(), secret })))
}
