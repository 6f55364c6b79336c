//! Every surface, and what stands around all of them.

use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;

use crate::problem::Problem;
use crate::state::WebState;
use crate::{access, api, auth, health, hooks, live, pages, security};

/// A request that is not a live connection ends within this.
const PATIENCE: Duration = Duration::from_secs(30);

/// The whole of what Kerros serves. Serve it with connect info (`into_make_service_with_connect_info`), so that
/// limits see addresses.
pub fn router(state: WebState) -> Router {
    let brief = Router::new()
        .merge(hooks::router())
        .merge(api::router())
        .merge(health::router())
        .merge(pages::router())
        .merge(live::brief_router(&state))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, PATIENCE));
    brief
        .merge(live::router())
        .fallback(|| async { Problem::not_found().into_response() })
        .method_not_allowed_fallback(not_allowed)
        .layer(from_fn_with_state(state.clone(), auth::origin::guard))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(state.clone(), security::headers))
        .layer(from_fn_with_state(state.clone(), access::record))
        .with_state(state)
}

async fn not_allowed() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "This cannot be done here.")
}
