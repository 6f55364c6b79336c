//! A rendered page as an answer; a page that cannot be rendered is our fault and stands in the log.

use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use serde::Serialize;

use super::render::render;
use crate::i18n::Lang;

/// Renders a template as an answer.
pub fn html<C: Serialize>(lang: Lang, template: &str, context: &C) -> Response {
    match render(lang, template, context) {
        Ok(text) => Html(text).into_response(),
        Err(why) => {
            tracing::error!(%why, "a page was not rendered");
            (StatusCode::INTERNAL_SERVER_ERROR, "internal error").into_response()
        }
    }
}

/// How htmx asks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fragment {
    /// Whether a fragment is asked for. A history restore asks for the whole page.
    pub wanted: bool,
    /// The id of the element that the answer goes to.
    pub target: Option<String>,
    /// The sequence that the open conversation has.
    pub after: Option<u64>,
    /// What its composer offers: `reply`, `note`.
    pub composer: Option<String>,
}

impl Fragment {
    /// From a request's headers.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
        let restore = text("hx-history-restore-request") == Some("true");
        Self {
            wanted: text("hx-request") == Some("true") && !restore,
            target: text("hx-target").map(str::to_owned),
            after: text("x-after").and_then(|v| v.parse().ok()),
            composer: text("x-composer").map(str::to_owned),
        }
    }

    /// Whether the fragment goes to this element.
    #[must_use]
    pub fn is_for(&self, id: &str) -> bool {
        self.wanted && self.target.as_deref() == Some(id)
    }
}
