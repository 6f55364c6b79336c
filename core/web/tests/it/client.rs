//! Somebody who sends requests into the router.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Request, header};
use serde_json::Value;
use tower::ServiceExt as _;

/// As whom.
#[derive(Clone)]
pub enum Who {
    /// A stranger.
    Nobody,
    /// A browser with a session.
    Cookie(String),
    /// A program.
    Token(String),
}

/// Sends requests.
#[derive(Clone)]
pub struct Client {
    app: Router,
    pub who: Who,
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
    /// The status and the problem's name, or the body: small enough for an inline snapshot.
    pub fn brief(&self) -> String {
        let problem = self.json_or_null();
        match problem["type"].as_str() {
            Some(kind) => {
                let kind = kind.trim_start_matches("urn:kerros:problem:");
                let detail =
                    problem["detail"].as_str().map(|d| format!(": {d}")).unwrap_or_default();
                format!("{} {kind}{detail}", self.status)
            }
            None => format!("{} {}", self.status, self.text()),
        }
    }
    fn json_or_null(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Client {
    pub const fn new(app: Router, who: Who) -> Self {
        Self { app, who }
    }

    /// Sends a request as it is, with this client's credentials.
    pub async fn send(&self, mut request: Request<Body>) -> Answer {
        let headers = request.headers_mut();
        match &self.who {
            Who::Nobody => {}
            Who::Cookie(cookie) => {
                headers.insert(header::COOKIE, HeaderValue::from_str(cookie).unwrap());
                headers
                    .entry(header::ORIGIN)
                    .or_insert(HeaderValue::from_static("https://kerros.example"));
            }
            Who::Token(secret) => {
                let value = HeaderValue::from_str(&format!("Bearer {secret}")).unwrap();
                headers.insert(header::AUTHORIZATION, value);
            }
        }
        let (head, body) = self.app.clone().oneshot(request).await.unwrap().into_parts();
        let body = axum::body::to_bytes(body, 16 << 20).await.unwrap().into();
        Answer { status: head.status.as_u16(), headers: head.headers, body }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub async fn json(&self, method: Method, path: &str, body: &Value) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.to_string().into())
            .unwrap();
        self.send(request).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.json(Method::POST, path, body).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.json(Method::PUT, path, body).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Request::delete(path).body(Body::empty()).unwrap()).await
    }
}
