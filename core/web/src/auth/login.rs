//! Logging in with email and password, for the API and the login page alike: throttled, then checked.

use axum::http::HeaderValue;
use kerros_app::error::Error;
use kerros_app::login::login_for;
use kerros_app::ports::store::User;

use super::peer::Peer;
use super::{cookie, password};
use crate::problem::Problem;
use crate::state::WebState;

/// A login that succeeded.
#[derive(Debug)]
pub struct LoggedIn {
    /// Who.
    pub user: User,
    /// The session's secret; goes nowhere but into the cookie.
    pub secret: String,
    /// The `Set-Cookie` header.
    pub cookie: HeaderValue,
}

/// Logs in. Tries are counted per address and per email before the password is looked at, so that neither
/// one account nor many can be guessed at speed; only failures count in the end.
///
/// # Errors
/// 401 for a wrong email or password alike, 429 with the seconds to wait, 503 without a database.
pub async fn log_in(
    state: &WebState,
    Peer(address): Peer,
    email: &str,
    secret: String,
) -> Result<LoggedIn, Problem> {
    let misfit =
        || Problem::unauthenticated().detail("This email and password do not fit together.");
    // No email is longer (RFC 5321), and what is counted by must not be large.
    if email.len() > 320 {
        return Err(misfit());
    }
    let now = state.ctx.clock.now();
    let keys = [format!("address {address}"), format!("email {}", email.trim().to_lowercase())];
    for key in &keys {
        state.gates.logins.take(key.clone(), now)?;
    }
    let lasts_s = i64::from(state.sessions.hours) * 3600;
    let fits = move |phc: &str| password::verify(&secret, phc);
    let (user, session) =
        login_for(&state.ctx, email, lasts_s * 1000, fits).await.map_err(|error| match error {
            Error::Unauthorized => misfit(),
            other => other.into(),
        })?;
    // The address only gets this try back: else an own account would buy guesses at others.
    state.gates.logins.give_back(&keys[0]);
    state.gates.logins.forgive(&keys[1]);
    let cookie = cookie::set(&session, lasts_s, state.secure).ok_or_else(Problem::internal)?;
    Ok(LoggedIn { user, secret: session, cookie })
}
