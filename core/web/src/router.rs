//! Every surface, and what stands around all of them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use kerros_app::trace::within;
use tower_http::compression::CompressionLayer;
use tracing::Instrument as _;

use crate::access::Trace;
use crate::problem::Problem;
use crate::state::WebState;
use crate::{access, api, auth, health, hooks, live, pages, security};

/// A request that is not a live connection is answered within this.
const PATIENCE: Duration = Duration::from_secs(30);

/// A file may come over a slow line.
const PATIENCE_WITH_FILES: Duration = Duration::from_secs(600);

/// The whole of what Kerros serves. Serve it with connect info (`into_make_service_with_connect_info`), so that
/// limits see addresses.
pub fn router(state: WebState) -> Router {
    let brief = Router::new()
        .merge(hooks::router())
        .merge(api::router())
        .merge(health::router())
        .merge(pages::router())
        .merge(live::brief_router(&state))
        .layer(from_fn(to_its_end));
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

/// What was begun is finished, even if the asker hangs up or is told that it takes too long: a use case that
/// is dropped in the middle of its commit would leave others waiting for what it holds. A panic is a 500.
async fn to_its_end(request: Request, next: Next) -> Response {
    let uploads = request.method() == Method::POST && request.uri().path().ends_with("/files");
    let patience = if uploads { PATIENCE_WITH_FILES } else { PATIENCE };
    // The task has the request's trace, which the use cases hand on to their jobs.
    let trace = request.extensions().get::<Trace>();
    let trace = trace.map_or_else(access::fresh, |trace| Arc::clone(&trace.0));
    let work = tokio::spawn(within(trace, next.run(request)).in_current_span());
    match tokio::time::timeout(patience, work).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => {
            tracing::error!(%error, "a request broke");
            Problem::internal().into_response()
        }
        Err(_) => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too-slow",
            "This took too long; it may or may not have been done.",
        )
        .into_response(),
    }
}
