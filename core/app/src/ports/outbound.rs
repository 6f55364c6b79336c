//! Requests out of the house, through the one guarded client.

use async_trait::async_trait;
use kerros_domain::id::TenantId;
use serde::{Deserialize, Serialize};

use crate::tenant::Grants;

/// What a plugin asks the host to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// An HTTP request. `{secret:NAME}` in url and headers and body is filled in by the host, only
    /// towards hosts bound to that secret. `{secret-mac:NAME}` in a header value is filled in with the
    /// lower-case hex HMAC-SHA256 of the final body under that secret. `{timestamp}` in a header value is
    /// the seconds since 1970 at which the request leaves; `{secret-mac:NAME:timestamp}` is the MAC of
    /// that number, a dot and the final body, so that a receiver can refuse what is old.
    Http {
        /// `GET`, `POST`, `PUT`, `PATCH`, `DELETE`.
        method: String,
        /// `https` (or `http` where policy allows).
        url: String,
        /// Headers.
        headers: Vec<(String, String)>,
        /// Body, text.
        body: Option<String>,
    },
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "response", rename_all = "snake_case")]
pub enum Response {
    /// The server answered.
    Http {
        /// Status.
        status: u16,
        /// Headers, names in lower case.
        headers: Vec<(String, String)>,
        /// Body as text (lossy), at most 1 MiB.
        body: String,
    },
    /// No answer: refused by policy, or the network failed.
    Failed {
        /// Whether another try may help (network) or not (policy).
        temporary: bool,
        /// Why, without secrets.
        reason: String,
    },
}

/// The one guarded client: allow-list, secrets, private-address and redirect defence, size and time caps.
#[async_trait]
pub trait Outbound: Send + Sync {
    /// Performs one HTTP request. Never panics, never returns a secret.
    async fn perform(&self, tenant: &TenantId, grants: &Grants, request: &Request) -> Response;
}
