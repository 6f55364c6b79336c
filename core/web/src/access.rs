//! Around every request: a trace id, an access log line, a count and a time.
//!
//! The log has the route's template, never the path or query that was asked: those carry tokens and names.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use kerros_observe::name::Name;
use rand::RngCore;
use tracing::Instrument;

use crate::state::WebState;

/// The id that joins the log lines of a request, the jobs it makes and their deliveries: 32 lower-case hex digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace(pub Arc<str>);

/// Middleware around every route.
pub async fn record(State(state): State<WebState>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let trace = traceparent(request.headers()).unwrap_or_else(fresh);
    let method = method_label(request.method());
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or("unmatched", MatchedPath::as_str);
    request.extensions_mut().insert(Trace(Arc::clone(&trace)));

    let span = tracing::info_span!("request", trace = &*trace, method, route);
    let mut response = next.run(request).instrument(span.clone()).await;

    let seconds = began.elapsed().as_secs_f64();
    let status = response.status();
    if let Ok(value) = HeaderValue::from_str(&trace) {
        response.headers_mut().insert("x-request-id", value);
    }
    state.metrics.add(Name::HttpRequests, &[route, method, status.as_str()], 1.0);
    state.metrics.observe(Name::HttpSeconds, &[route, method], seconds);
    span.in_scope(|| {
        let ms = seconds * 1000.0;
        if status.is_server_error() {
            tracing::warn!(status = status.as_u16(), ms, "answered");
        } else {
            tracing::debug!(status = status.as_u16(), ms, "answered");
        }
    });
    response
}

/// A fresh trace id.
#[must_use]
pub fn fresh() -> Arc<str> {
    let mut bytes = [0_u8; 16];
    rand::rng().fill_bytes(&mut bytes);
    hex(&bytes).into()
}

/// Lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The trace id of a W3C `traceparent` (version 00), if the caller sent a sound one.
fn traceparent(headers: &HeaderMap) -> Option<Arc<str>> {
    let value = headers.get("traceparent")?.to_str().ok()?;
    let mut parts = value.split('-');
    let (version, trace) = (parts.next()?, parts.next()?);
    let sound = version == "00"
        && trace.len() == 32
        && trace.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        && trace.bytes().any(|byte| byte != b'0');
    sound.then(|| trace.into())
}

// Methods are the caller's text: only known ones become labels.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_sound_traceparent_is_taken_on() {
        let trace = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("traceparent", value.parse().unwrap());
            traceparent(&headers)
        };
        let id = "0af7651916cd43dd8448eb211c80319c";
        assert_eq!(trace(&format!("00-{id}-b7ad6b7169203331-01")).as_deref(), Some(id));
        assert_eq!(trace("00-00000000000000000000000000000000-b7ad6b7169203331-01"), None);
        assert_eq!(trace("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01"), None);
        assert_eq!(trace("00-short-x-01"), None);
        assert_eq!(fresh().len(), 32);
        assert_ne!(fresh(), fresh());
    }
}
