//! The person behind a page; strangers are sent to the login page and back.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use kerros_app::caller::Caller;
use kerros_app::error::Error;

use super::caller::identify;
use crate::problem::Problem;
use crate::state::WebState;

/// Where people log in.
pub const LOGIN: &str = "/console/login";

/// A logged-in person who looks at a page.
#[derive(Debug, Clone)]
pub struct PageCaller(pub Caller);

/// What a stranger gets instead of the page.
#[derive(Debug)]
pub enum Stranger {
    /// The login page, and then back to this path.
    LogIn {
        /// Where they wanted to go.
        back: String,
        /// A fragment was asked for: htmx must load the login page as a whole.
        fragment: bool,
    },
    /// It cannot be known who asks.
    Problem(Box<Problem>),
}

impl FromRequestParts<WebState> for PageCaller {
    type Rejection = Stranger;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Stranger> {
        match identify(state, &parts.headers).await {
            Ok(caller) => Ok(Self(caller)),
            Err(Error::Unauthorized) => Err(Stranger::LogIn {
                back: back(&parts.uri, &parts.headers),
                fragment: parts.headers.contains_key("hx-request"),
            }),
            Err(error) => Err(Stranger::Problem(Box::new(error.into()))),
        }
    }
}

/// The page to come back to: for a fragment it is the page that holds it.
fn back(uri: &Uri, headers: &HeaderMap) -> String {
    let page = headers.get("hx-current-url").and_then(|url| url.to_str().ok()?.parse::<Uri>().ok());
    let uri = page.as_ref().unwrap_or(uri);
    uri.path_and_query().map_or_else(|| "/console".into(), |path| path.as_str().to_owned())
}

/// A path on this server to go to after login; anything else becomes the console. `//host` and `/\host` are
/// addresses of other servers to a browser.
#[must_use]
pub fn safe_back(path: &str) -> &str {
    let rest = path.strip_prefix('/');
    let local = rest.is_some_and(|rest| !rest.starts_with(['/', '\\']))
        && !path.chars().any(char::is_control);
    if local { path } else { "/console" }
}

impl IntoResponse for Stranger {
    fn into_response(self) -> Response {
        match self {
            Self::LogIn { back, fragment } => {
                let target = format!("{LOGIN}?back={}", escape(safe_back(&back)));
                if fragment {
                    let target = HeaderValue::from_str(&target)
                        .unwrap_or_else(|_| HeaderValue::from_static(LOGIN));
                    (StatusCode::UNAUTHORIZED, [("hx-redirect", target)]).into_response()
                } else {
                    Redirect::to(&target).into_response()
                }
            }
            Self::Problem(problem) => problem.into_response(),
        }
    }
}

/// Percent-encoding for a query value (RFC 3986: all but unreserved and `/`).
fn escape(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn login_never_leads_to_another_server() {
        for (asked, goes) in [
            ("/console/c/1?x=2", "/console/c/1?x=2"),
            ("//evil.example", "/console"),
            ("/\\evil.example", "/console"),
            ("https://evil.example", "/console"),
            ("/a\nb", "/console"),
            ("", "/console"),
        ] {
            assert_eq!(safe_back(asked), goes, "{asked}");
        }
        assert_eq!(escape("/a?b=c&d"), "/a%3Fb%3Dc%26d");
    }
}
