//! Log in.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::body::UserBody;
use crate::api::input::Sent;
use crate::api::refusals::Changing;
use crate::auth::login::log_in;
use crate::auth::peer::Peer;
use crate::problem::Problem;
use crate::state::WebState;

/// Who you are.
#[derive(Deserialize, ToSchema)]
#[schema(as = LogIn)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Your email.
    email: String,
    /// Your password.
    password: String,
}

/// Log in
///
/// The session is a cookie. A program logs in once to make itself a token, or gets one from a person.
#[utoipa::path(
    post,
    path = "/sessions",
    tag = "people",
    operation_id = "log_in",
    security(()),
    request_body = Request,
    responses((status = 201, description = "You, with the session cookie", body = UserBody), Changing)
)]
pub async fn handler(
    State(state): State<WebState>,
    peer: Peer,
    Sent(request): Sent<Request>,
) -> Result<Response, Problem> {
    let session = log_in(&state, peer, &request.email, request.password).await?;
    let cookie = [(header::SET_COOKIE, session.cookie)];
    Ok((StatusCode::CREATED, cookie, Json(UserBody::from(session.user))).into_response())
}
