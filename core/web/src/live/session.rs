//! `POST /widget/{tenant}/session`: a visitor's secret, new or kept.

use axum::Json;
use axum::extract::State;
use kerros_domain::id::TenantId;
use serde::{Deserialize, Serialize};

use super::visitor::{fresh_secret, thread_of, widget_of};
use crate::api::input::{At, Sent};
use crate::auth::peer::Peer;
use crate::problem::Problem;
use crate::state::WebState;

/// What the browser has kept.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    secret: Option<String>,
}

/// What the browser is to keep.
#[derive(Serialize)]
pub struct Session {
    secret: String,
    thread: String,
}

/// Gives a new visitor a secret and tells a known one their thread. Nothing is stored: the secret names the
/// thread. A kept secret that is none is replaced.
pub async fn handler(
    State(state): State<WebState>,
    Peer(address): Peer,
    At(tenant): At<TenantId>,
    Sent(request): Sent<Request>,
) -> Result<Json<Session>, Problem> {
    widget_of(&state, &tenant)?;
    state.gates.visits.take(address, state.ctx.clock.now())?;
    let kept = request.secret.and_then(|secret| Some((thread_of(&secret)?, secret)));
    let (thread, secret) = match kept {
        Some(known) => known,
        None => {
            let secret = fresh_secret();
            (thread_of(&secret).ok_or_else(Problem::internal)?, secret)
        }
    };
    Ok(Json(Session { secret, thread }))
}
