//! Requests out of the house, through the one guarded client.

use async_trait::async_trait;
use kerros_domain::id::TenantId;
use serde::{Deserialize, Serialize};

use super::channel::Participant;
use super::files::{FileMeta, NewFile};
use crate::tenant::Grants;

/// What a plugin asks the host to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// An HTTP request. `{secret:NAME}` in url and headers and in texts of the body is filled in by the
    /// host, only towards hosts bound to that secret. `{secret-mac:NAME}` in a header value is filled in
    /// with the lower-case hex HMAC-SHA256 of the final body under that secret. `{timestamp}` in a header
    /// value is the seconds since 1970 at which the request leaves; `{secret-mac:NAME:timestamp}` is the
    /// MAC of that number, a dot and the final body, so that a receiver can refuse what is old.
    /// `{basic:USER:NAME}` in a header value is the base64 of user, a colon and the secret.
    Http {
        /// `GET`, `POST`, `PUT`, `PATCH`, `DELETE`.
        method: String,
        /// `https` (or `http` where policy allows).
        url: String,
        /// Headers.
        headers: Vec<(String, String)>,
        /// Body.
        #[serde(default, skip_serializing_if = "Body::is_none")]
        body: Body,
        /// That it is performed twice does no harm: an upload, a mark that something was read. Not so: any
        /// other request, even a `GET`, for some gateways send by one.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        repeatable: bool,
    },
    /// A mail, over the channel's own account.
    Mail(Box<Mail>),
}

/// What a request carries. In JSON: nothing, a text, `{"bytes"}`, `{"file"}` or `{"form"}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BodyJson", into = "BodyJson")]
pub enum Body {
    /// Nothing.
    #[default]
    None,
    /// Text; `{secret:NAME}` in it is filled in.
    Text(String),
    /// Bytes, as they are.
    Bytes(Vec<u8>),
    /// A file of the tenant, by its handle, streamed.
    File(String),
    /// `multipart/form-data`; the client sets the boundary and the content type.
    Form(Vec<FormPart>),
}

impl Body {
    /// Whether there is none.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl From<Option<String>> for Body {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::None, Self::Text)
    }
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum BodyJson {
    None,
    Text(String),
    Bytes {
        #[serde(with = "super::octets")]
        bytes: Vec<u8>,
    },
    File {
        file: String,
    },
    Form {
        form: Vec<FormPart>,
    },
}

impl From<BodyJson> for Body {
    fn from(json: BodyJson) -> Self {
        match json {
            BodyJson::None => Self::None,
            BodyJson::Text(text) => Self::Text(text),
            BodyJson::Bytes { bytes } => Self::Bytes(bytes),
            BodyJson::File { file } => Self::File(file),
            BodyJson::Form { form } => Self::Form(form),
        }
    }
}

impl From<Body> for BodyJson {
    fn from(body: Body) -> Self {
        match body {
            Body::None => Self::None,
            Body::Text(text) => Self::Text(text),
            Body::Bytes(bytes) => Self::Bytes { bytes },
            Body::File(file) => Self::File { file },
            Body::Form(form) => Self::Form { form },
        }
    }
}

/// A part of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormPart {
    /// The field's name.
    pub name: String,
    /// The name a file is sent under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// Media type; of a file its own, if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// What it carries.
    #[serde(flatten)]
    pub value: FormValue,
}

/// What a part of a form carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormValue {
    /// Text; `{secret:NAME}` in it is filled in.
    Text(String),
    /// A file of the tenant, by its handle.
    File(String),
}

/// A mail to write, sign and submit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mail {
    /// The sender's address.
    pub sender: String,
    /// The sender's name.
    pub sender_name: String,
    /// `to` and `cc` in the head; all of them and nobody else are recipients.
    pub recipients: Vec<Participant>,
    /// Where answers go, if not to the sender.
    pub reply_to: Option<String>,
    /// Subject.
    pub subject: String,
    /// Without angle brackets.
    pub message_id: String,
    /// Without angle brackets.
    pub in_reply_to: Option<String>,
    /// Without angle brackets, the oldest first.
    pub references: Vec<String>,
    /// Further header fields; those that the host writes itself are refused.
    pub headers: Vec<(String, String)>,
    /// Plain text.
    pub text: String,
    /// HTML beside the text.
    pub html: Option<String>,
    /// Handles of files.
    pub files: Vec<String>,
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
    /// The mail server answered.
    Mail {
        /// SMTP code of the last answer, as 250.
        code: u16,
        /// Enhanced status code as `5.1.1`, else empty.
        #[serde(default)]
        enhanced: String,
        /// Its words.
        #[serde(default)]
        text: String,
        /// Recipients it refused, with its words.
        #[serde(default)]
        refused: Vec<(String, String)>,
    },
    /// No answer: refused by policy, or the network failed.
    Failed {
        /// Whether another try may help (network) or not (policy).
        temporary: bool,
        /// It may have reached the server all the same: only the answer is missing.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        reached: bool,
        /// Why, without secrets.
        reason: String,
    },
}

impl Response {
    /// The request was not made, and another try will not help.
    pub fn refused(reason: impl Into<String>) -> Self {
        Self::Failed { temporary: false, reached: false, reason: reason.into() }
    }

    /// The request did not reach the server; another try may.
    pub fn broken(reason: impl Into<String>) -> Self {
        Self::Failed { temporary: true, reached: false, reason: reason.into() }
    }

    /// Whether the server may have done what was asked although it did not say so: no answer came after the request
    /// had left, or a gateway gave up waiting for the server behind it (RFC 9110, 15.6.5).
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Failed { reached: true, .. } | Self::Http { status: 504, .. })
    }

    /// Whether the request did not do what it should: an error's status, a refusal, or no answer.
    #[must_use]
    pub const fn is_failure(&self) -> bool {
        match self {
            Self::Http { status, .. } => *status >= 400,
            Self::Mail { code, .. } => *code >= 400,
            Self::Failed { .. } => true,
        }
    }
}

/// The one guarded client: allow-list, secrets, private-address and redirect defence, size and time caps.
#[async_trait]
pub trait Outbound: Send + Sync {
    /// Performs one request. Never panics, never returns a secret.
    async fn perform(&self, tenant: &TenantId, grants: &Grants, request: &Request) -> Response;

    /// Performs one HTTP request and keeps the answer's body as a file of the tenant, as it streams in. A media
    /// type that the server names goes before `file.media_type`.
    ///
    /// # Errors
    /// The answer, if its status is not 200 to 299 (a redirect is not followed: its `location` is among the
    /// headers), or why there is none.
    async fn download(
        &self,
        tenant: &TenantId,
        grants: &Grants,
        request: &Request,
        file: NewFile,
    ) -> Result<FileMeta, Response> {
        let _ = (tenant, grants, request, file);
        Err(Response::refused("nothing can be downloaded here"))
    }
}
