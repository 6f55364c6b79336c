//! Requests that the host performs, and what comes back.

/// An HTTP request. `{secret:NAME}` in url, header values and body is filled in by the host, only towards
/// hosts bound to that secret. In header values `{secret-mac:NAME}` becomes the lower-case hex HMAC-SHA256
/// of the body, `{timestamp}` the seconds since 1970 at which it leaves, and `{secret-mac:NAME:timestamp}` the MAC of
/// that number, a dot and the body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, `PUT`, `PATCH`, `DELETE`.
    pub method: String,
    /// `https` (or `http` where the platform allows).
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// Text.
    pub body: Option<String>,
}

impl Request {
    /// A `POST` of JSON. What looks like a placeholder in the body's texts is sent as it is written and filled
    /// in by nobody: a customer who writes `{secret:token}` must not be answered with one. (To send a secret
    /// in a body, set [`Request::body`] yourself, from text that no customer wrote.)
    pub fn post_json(url: impl Into<String>, body: &impl serde::Serialize) -> Self {
        Self {
            method: "POST".into(),
            url: url.into(),
            headers: vec![("content-type".into(), "application/json".into())],
            body: plain_json(body),
        }
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

/// JSON in which nothing is a placeholder. Fails only for maps with keys that are no text; then the provider says that
/// the body is missing.
pub(crate) fn plain_json(body: &impl serde::Serialize) -> Option<String> {
    // In JSON a brace before a letter lies inside a text.
    serde_json::to_string(body).ok().map(|json| json.replace("{secret", "\\u007bsecret"))
}

/// What a server answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    /// Status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Text, at most 1 MiB.
    pub body: String,
}

impl Response {
    /// Whether the status is 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The first header of this lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// How long the server asks to wait, in milliseconds, if it says so in seconds.
    pub fn retry_after_ms(&self) -> Option<u64> {
        let seconds = self.header("retry-after")?.trim().parse::<u64>().ok()?;
        Some(seconds.saturating_mul(1000))
    }

    /// The body as JSON.
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(&self.body).ok()
    }
}

/// No answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failed {
    /// Whether another try may help (network) or not (policy).
    pub temporary: bool,
    /// In a delivery: it may have reached the server all the same, only the answer is missing.
    pub reached: bool,
    /// Why.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_in_a_customers_words_is_not_filled_in() {
        let said = serde_json::json!({ "text": "my {secret:token} and {secret-mac:key}", "a": {} });
        let request = Request::post_json("https://example.com", &said);
        let body = request.body.unwrap();
        assert!(!body.contains("{secret"), "{body}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&body).unwrap(), said);
    }
}
