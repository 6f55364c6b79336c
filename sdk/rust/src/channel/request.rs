//! Requests of channels, and what their answers usually mean.

use super::{Failed, Mail, MailResponse, Outcome, Response};
use crate::{encoding, http};

/// What a request carries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    #[default]
    None,
    /// Text. `{secret:NAME}` in it is filled in, so never put a customer's words here unescaped.
    Text(String),
    /// Bytes, as they are.
    Bytes(Vec<u8>),
    /// A file of the message by its id, streamed by the host.
    File(String),
    /// `multipart/form-data`; the host sets the boundary and the content type.
    Form(Vec<FormPart>),
}

impl Body {
    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// A part of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormPart {
    /// The field's name.
    pub name: String,
    /// The name a file is sent under; its own if `None`.
    pub file_name: Option<String>,
    /// Media type; a file's own if `None`.
    pub media_type: Option<String>,
    /// What it carries.
    pub value: FormValue,
}

/// What a part of a form carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormValue {
    /// Text; `{secret:NAME}` in it is filled in.
    Text(String),
    /// A file of the message by its id.
    File(String),
}

impl FormPart {
    /// A field of text.
    pub fn text(name: impl Into<String>, text: impl Into<String>) -> Self {
        let value = FormValue::Text(text.into());
        Self { name: name.into(), file_name: None, media_type: None, value }
    }

    /// A file of the message, under its own name and media type.
    pub fn file(name: impl Into<String>, id: impl Into<String>) -> Self {
        let value = FormValue::File(id.into());
        Self { name: name.into(), file_name: None, media_type: None, value }
    }
}

/// An HTTP request for the host to perform. In url, header values and text `{secret:NAME}` is filled in by the host,
/// only towards hosts bound to that secret. In header values `{secret-mac:NAME}` becomes the lower-case hex HMAC-SHA256
/// of the body, `{timestamp}` the seconds since 1970 at which it leaves, `{secret-mac:NAME:timestamp}` the MAC of
/// that number, a dot and the body, and `{basic:USER:NAME}` the base64 of user, a colon and the secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, `PUT`, `PATCH`, `DELETE`.
    pub method: String,
    /// `https` (or `http` where the platform allows).
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// What it carries.
    pub body: Body,
    /// In a delivery: that it is performed twice does no harm. See [`Request::repeatable`].
    pub repeatable: bool,
}

impl Request {
    /// A request without a body.
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        Self { method: method.into(), url: url.into(), ..Self::default() }
    }

    /// A `GET`.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new("GET", url)
    }

    /// A `POST` of JSON. What looks like a placeholder in the body's texts is sent as it is written and filled
    /// in by nobody: a customer who writes `{secret:token}` must not be answered with one. (To send a secret
    /// in a body, set [`Request::body`] yourself, from text that no customer wrote.)
    pub fn post_json(url: impl Into<String>, body: &impl serde::Serialize) -> Self {
        // No text at all happens only for maps with keys that are no text; the provider says that it is missing.
        let body = http::plain_json(body).map_or(Body::None, Body::Text);
        Self { body, ..Self::new("POST", url) }.header("content-type", "application/json")
    }

    /// A `POST` of a form with files.
    pub fn post_form(url: impl Into<String>, parts: Vec<FormPart>) -> Self {
        Self { body: Body::Form(parts), ..Self::new("POST", url) }
    }

    /// A `POST` of fields as `application/x-www-form-urlencoded`. Every character that could be a placeholder's is
    /// escaped.
    pub fn post_fields(url: impl Into<String>, fields: &[(&str, &str)]) -> Self {
        Self { body: Body::Text(encoding::urlencoded(fields)), ..Self::new("POST", url) }
            .header("content-type", "application/x-www-form-urlencoded")
    }

    /// The same, saying that it does no harm if it is performed twice: an upload that nothing names yet, a mark that
    /// something was read. The host makes every other request of a delivery again only if it surely did not reach the
    /// provider, or if the tenant says that the provider drops repeats; else people are asked.
    #[must_use]
    pub fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The same with the named secret as bearer token.
    #[must_use]
    pub fn bearer(self, secret: &str) -> Self {
        self.header("authorization", format!("Bearer {{secret:{secret}}}"))
    }

    /// The same with basic authentication: a user, and the named secret as password.
    #[must_use]
    pub fn basic(self, user: &str, secret: &str) -> Self {
        self.header("authorization", format!("Basic {{basic:{user}:{secret}}}"))
    }
}

/// What the host does for a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// An HTTP request.
    Http(Request),
    /// A mail.
    Mail(Mail),
}

impl From<Request> for Action {
    fn from(request: Request) -> Self {
        Self::Http(request)
    }
}

impl From<Mail> for Action {
    fn from(mail: Mail) -> Self {
        Self::Mail(mail)
    }
}

/// What came of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The server answered.
    Http(Response),
    /// The mail server answered.
    Mail(MailResponse),
    /// Nobody answered.
    Failed(Failed),
}

impl Answer {
    /// The HTTP response, if it is one.
    pub fn http(&self) -> Option<&Response> {
        match self {
            Self::Http(response) => Some(response),
            Self::Mail(_) | Self::Failed(_) => None,
        }
    }

    /// The HTTP response, if its status is 200 to 299.
    pub fn success(&self) -> Option<&Response> {
        self.http().filter(|response| response.is_success())
    }

    /// What an answer usually means: 2xx is sent, with the id that `id` finds in it; 408, 425, 429 and 5xx are tried
    /// again, at `retry-after` if the server says so, and 429 slows the whole channel down; the rest is rejected. No
    /// answer is tried again if that may help.
    pub fn outcome(&self, id: impl FnOnce(&Response) -> Option<String>) -> Outcome {
        match self {
            Self::Http(response) if response.is_success() => Outcome::sent(id(response)),
            Self::Http(response) => {
                let reason = format!("the provider answered {}", response.status);
                match response.status {
                    408 | 425 | 429 | 500..=599 => Outcome::RetryAfter {
                        after_ms: response.retry_after_ms(),
                        whole_channel: response.status == 429,
                        reason,
                    },
                    _ => Outcome::rejected(reason),
                }
            }
            Self::Mail(mail) => {
                let reason = format!("{} {}", mail.code, mail.text);
                match mail.code {
                    200..=399 => Outcome::sent(None),
                    400..=499 => Outcome::retry(reason),
                    _ => Outcome::rejected(reason),
                }
            }
            Self::Failed(Failed { temporary: true, reason, .. }) => Outcome::retry(reason.as_str()),
            Self::Failed(Failed { temporary: false, reason, .. }) => {
                Outcome::rejected(reason.as_str())
            }
        }
    }
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        Self::Http(response)
    }
}

impl From<Failed> for Answer {
    fn from(failed: Failed) -> Self {
        Self::Failed(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, retry_after: Option<&str>) -> Answer {
        Answer::Http(Response {
            status,
            body: r#"{"id":"7"}"#.into(),
            headers: retry_after.map(|s| ("retry-after".into(), s.into())).into_iter().collect(),
        })
    }

    #[test]
    fn answers_have_their_usual_meaning() {
        let id = |r: &Response| r.json::<serde_json::Value>()?["id"].as_str().map(str::to_owned);
        assert_eq!(answer(201, None).outcome(id), Outcome::sent(Some("7".into())));
        assert_eq!(
            answer(429, Some("30")).outcome(id),
            Outcome::slow_down(Some(30_000), "the provider answered 429")
        );
        for status in [408, 425, 500, 503] {
            let outcome = answer(status, None).outcome(id);
            assert_eq!(outcome, Outcome::retry(format!("the provider answered {status}")));
        }
        for status in [301, 400, 403, 404, 410] {
            assert!(matches!(answer(status, None).outcome(id), Outcome::Rejected { .. }));
        }
        let failed = |temporary| {
            Answer::Failed(Failed { temporary, reason: "x".into(), ..Failed::default() })
        };
        assert_eq!(failed(true).outcome(id), Outcome::retry("x"));
        assert_eq!(failed(false).outcome(id), Outcome::rejected("x"));
        let mail = |code| Answer::Mail(MailResponse { code, ..MailResponse::default() });
        assert_eq!(mail(250).outcome(id), Outcome::sent(None));
        assert!(matches!(mail(451).outcome(id), Outcome::RetryAfter { .. }));
        assert!(matches!(mail(550).outcome(id), Outcome::Rejected { .. }));
    }

    #[test]
    fn fields_escape_what_could_be_a_placeholder() {
        let request =
            Request::post_fields("https://e.com", &[("to", "+358 40"), ("body", "{secret:x}&ä")]);
        assert_eq!(
            request.body,
            Body::Text("to=%2B358%2040&body=%7Bsecret%3Ax%7D%26%C3%A4".into())
        );
    }
}
