//! Cross-site request forgery: what changes something and comes with a person's cookie must come from a page
//! of our own.
//!
//! Browsers send `Origin` with every POST and `Sec-Fetch-Site` with every request; a page cannot forge
//! either. So no token has to travel through forms. `SameSite=Lax` is the second fence. Programs use bearer
//! tokens, which no browser adds by itself, and are not concerned.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::cookie;
use crate::problem::Problem;
use crate::state::WebState;

/// Middleware before everything that a cookie can reach.
pub async fn guard(State(state): State<WebState>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    // Hooks and the widget know no cookie; the widget checks origins against the tenant's own list.
    let path = request.uri().path();
    let cookieless = path.starts_with("/hooks/") || path.starts_with("/widget/");
    if !safe && !cookieless && is_foreign(request.headers(), &state.ctx.base_url, state.secure) {
        return Problem::foreign_origin().into_response();
    }
    next.run(request).await
}

fn is_foreign(headers: &HeaderMap, base_url: &str, secure: bool) -> bool {
    if let Some(origin) = headers.get(header::ORIGIN) {
        return !origin.to_str().is_ok_and(|origin| is_own(origin, headers, base_url));
    }
    if let Some(site) = headers.get("sec-fetch-site") {
        return !matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    // Neither header: no browser of today. Fine for a program, which has no cookie.
    cookie::read(headers, secure).is_some()
}

/// Whether an origin is ours: the base URL's, or the host that was asked.
#[must_use]
pub fn is_own(origin: &str, headers: &HeaderMap, base_url: &str) -> bool {
    if origin.eq_ignore_ascii_case(base_url.trim_end_matches('/')) {
        return true;
    }
    if base_url.starts_with("https://") && !origin.starts_with("https://") {
        return false;
    }
    let authority = origin.parse::<Uri>().ok().and_then(|uri| uri.authority().cloned());
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    authority
        .zip(host)
        .is_some_and(|(authority, host)| authority.as_str().eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Case = (&'static str, &'static [(&'static str, &'static str)], bool);

    #[test]
    fn who_is_foreign() {
        let cases: &[Case] = &[
            (
                "our page",
                &[("origin", "https://kerros.example"), ("cookie", "kerros_session=x")],
                false,
            ),
            (
                "the host asked",
                &[("origin", "https://10.0.0.1:8080"), ("host", "10.0.0.1:8080")],
                false,
            ),
            (
                "our host without https",
                &[("origin", "http://kerros.example"), ("host", "kerros.example")],
                true,
            ),
            (
                "another page",
                &[("origin", "https://evil.example"), ("host", "kerros.example")],
                true,
            ),
            (
                "another port",
                &[("origin", "http://kerros.example:81"), ("host", "kerros.example")],
                true,
            ),
            ("a sandboxed page", &[("origin", "null"), ("host", "kerros.example")], true),
            (
                "fetch metadata, own",
                &[("sec-fetch-site", "same-origin"), ("cookie", "kerros_session=x")],
                false,
            ),
            ("fetch metadata, sister host", &[("sec-fetch-site", "same-site")], true),
            ("a program", &[("authorization", "Bearer x")], false),
            ("a cookie from nowhere", &[("cookie", "kerros_session=x")], true),
        ];
        for (name, pairs, foreign) in cases {
            let mut headers = HeaderMap::new();
            for (key, value) in *pairs {
                headers.insert(*key, value.parse().unwrap());
            }
            assert_eq!(is_foreign(&headers, "https://kerros.example", false), *foreign, "{name}");
        }
    }
}
