//! Headers that tell browsers how little our pages need.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::state::WebState;

/// No inline script or style, nothing from elsewhere, no embedding by others; a mail's HTML is framed by our own
/// pages and has a policy of its own. `connect-src 'self'` holds for the widget's socket on our own pages; in a
/// customer's page that page's policy counts.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; frame-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

/// Middleware around every answer. A handler's own header wins.
pub async fn headers(State(state): State<WebState>, request: Request, next: Next) -> Response {
    // What a customer's page loads from here may be used there; all else is ours alone.
    let shared = request.uri().path().starts_with("/widget");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::REFERRER_POLICY, "same-origin");
    set(
        HeaderName::from_static("cross-origin-resource-policy"),
        if shared { "cross-origin" } else { "same-origin" },
    );
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    );
    set(header::CACHE_CONTROL, "no-store");
    if state.secure {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
    response
}
