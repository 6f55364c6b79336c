//! The person behind a request: by bearer token or by session cookie.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use kerros_app::caller::Caller;
use kerros_app::error::Error;
use kerros_app::session::session;

use super::cookie;
use crate::problem::Problem;
use crate::state::WebState;

/// The secret that a request brings; a bearer token goes before a cookie.
#[must_use]
pub fn secret(headers: &HeaderMap, secure: bool) -> Option<&str> {
    match headers.get(header::AUTHORIZATION) {
        Some(value) => bearer(value.to_str().ok()?),
        None => cookie::read(headers, secure),
    }
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The person behind a request's secret.
///
/// # Errors
/// `Unauthorized` without a valid secret, `Unavailable` without a database.
pub async fn identify(state: &WebState, headers: &HeaderMap) -> Result<Caller, Error> {
    let secret = secret(headers, state.secure).ok_or(Error::Unauthorized)?;
    session(&state.ctx, secret).await
}

impl FromRequestParts<WebState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Problem> {
        let caller = identify(state, &parts.headers).await?;
        state.gates.api.take(*caller.id().0.as_bytes(), state.ctx.clock.now())?;
        Ok(caller)
    }
}
