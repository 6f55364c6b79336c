//! How a refusal looks: RFC 9457 problem JSON with stable types.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kerros_domain::command::Refusal;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::limit::Limited;

/// A problem as it is sent. The `type` never changes its meaning; programs may rely on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// HTTP status.
    pub status: StatusCode,
    /// The last part of the type, `urn:kerros:problem:{kind}`.
    pub kind: &'static str,
    /// What this type says, the same in every case.
    pub title: &'static str,
    /// What is wrong in this case. Never internals.
    pub detail: Option<String>,
    /// Further members.
    pub more: Map<String, Value>,
    /// Seconds to wait before another try.
    pub retry_after_s: Option<u64>,
}

/// The body, for the OpenAPI document.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProblemBody {
    /// `urn:kerros:problem:` and a stable name.
    #[schema(example = "urn:kerros:problem:not-found")]
    pub r#type: String,
    /// What this type says.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What is wrong in this case.
    pub detail: Option<String>,
    /// For a refusal by the rules of service: which rule, and its facts.
    pub refusal: Option<Value>,
}

impl Problem {
    /// A problem of a type.
    #[must_use]
    pub fn new(status: StatusCode, kind: &'static str, title: &'static str) -> Self {
        Self { status, kind, title, detail: None, more: Map::new(), retry_after_s: None }
    }

    /// With what is wrong in this case.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Not there, or not for you: the two are never told apart.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is no such thing.")
    }

    /// The request itself is wrong.
    #[must_use]
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid-request", "The request is not valid.")
            .detail(detail)
    }

    /// Who are you?
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "not-authenticated", "Log in or send a bearer token.")
    }

    /// Known, but not allowed.
    #[must_use]
    pub fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "You may not do this.")
    }

    /// A request that a foreign page seems to have made with a person's cookie.
    #[must_use]
    pub fn foreign_origin() -> Self {
        Self::new(StatusCode::FORBIDDEN, "foreign-origin", "The request came from another site.")
    }

    /// The body is larger than allowed.
    #[must_use]
    pub fn too_large(limit: usize) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The body is too large.")
            .detail(format!("at most {limit} bytes"))
    }

    /// The body is of a kind that is not taken.
    #[must_use]
    pub fn unsupported(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported-media-type",
            "This kind of body is not taken.",
        )
        .detail(detail)
    }

    /// Too often.
    #[must_use]
    pub fn limited(limited: Limited) -> Self {
        let mut problem =
            Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", "Too many requests.");
        problem.retry_after_s = Some(limited.retry_after_s);
        problem
    }

    /// Cannot be done now; nothing was stored.
    #[must_use]
    pub fn unavailable() -> Self {
        let mut problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Not possible now; nothing was stored.",
        );
        problem.retry_after_s = Some(1);
        problem
    }

    /// Somebody else changed it meanwhile.
    #[must_use]
    pub fn conflict() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "conflict",
            "Somebody else changed it meanwhile; read it again.",
        )
    }

    /// The rules of service say no.
    #[must_use]
    pub fn refused(refusal: &Refusal) -> Self {
        let mut problem = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "refused",
            "The rules of service refuse this.",
        )
        .detail(refusal.to_string());
        if let Ok(value) = serde_json::to_value(refusal) {
            problem.more.insert("refusal".into(), value);
        }
        problem
    }

    /// Our fault; what it was stands in the log only.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong here.")
    }
}

impl From<Limited> for Problem {
    fn from(limited: Limited) -> Self {
        Self::limited(limited)
    }
}

impl From<kerros_app::error::Error> for Problem {
    fn from(error: kerros_app::error::Error) -> Self {
        use kerros_app::error::Error;
        match error {
            Error::NotFound => Self::not_found(),
            Error::Refused(refusal) => Self::refused(&refusal),
            Error::Unauthorized => Self::unauthenticated(),
            Error::Forbidden => Self::forbidden(),
            Error::Conflict => Self::conflict(),
            Error::Invalid(what) => Self::invalid(what),
            Error::Unavailable => Self::unavailable(),
            Error::Internal => Self::internal(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = self.more;
        body.insert("type".into(), format!("urn:kerros:problem:{}", self.kind).into());
        body.insert("title".into(), self.title.into());
        body.insert("status".into(), self.status.as_u16().into());
        if let Some(detail) = self.detail {
            body.insert("detail".into(), detail.into());
        }
        let mut response = (self.status, Json(Value::Object(body))).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
