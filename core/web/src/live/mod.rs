//! What stays open: the widget's socket and its HTTP fallback, and the console's event stream.
//!
//! All of it resumes by sequence from the store; the bus only says when to look. Start in [`socket`] for a
//! customer's road, in [`events`] for an agent's, in [`hub`] for how news finds them.

pub mod config;
pub mod crowd;
pub mod events;
pub mod fallback;
pub mod file;
pub mod focus;
pub mod frame;
pub mod hub;
pub mod origin;
pub mod session;
pub mod socket;
pub mod visitor;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use crate::state::WebState;

/// What answers and ends.
pub fn brief_router(state: &WebState) -> Router<WebState> {
    let widget = Router::new()
        .route("/widget/{tenant}/session", post(session::handler).options(origin::preflight))
        .route("/widget/{tenant}/config.json", get(config::handler).options(origin::preflight))
        .route("/widget/{tenant}/frames", post(fallback::send).options(origin::preflight))
        .route("/widget/{tenant}/messages", get(fallback::read).options(origin::preflight))
        .route("/widget/{tenant}/files/{file}", get(file::handler).options(origin::preflight))
        .layer(from_fn_with_state(state.clone(), origin::share));
    let console =
        Router::new().route("/console/conversations/{conversation}/focus", post(focus::handler));
    widget.merge(console).layer(DefaultBodyLimit::disable())
}

/// What stays open.
pub fn router() -> Router<WebState> {
    Router::new()
        .route("/widget/{tenant}/socket", get(socket::handler))
        .route("/console/events", get(events::handler))
}
