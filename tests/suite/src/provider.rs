//! A provider of a channel, on loopback: keeps what it is sent and answers as the test says.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::wait::until;

/// A request that came.
#[derive(Debug, Clone)]
pub struct Got {
    /// `/bot123/sendMessage`.
    pub path: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// When.
    pub at: Instant,
}

impl Got {
    /// The body as JSON.
    ///
    /// # Panics
    /// When it is not.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Says {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
    after: Duration,
}

impl Says {
    /// With a status and JSON.
    pub fn new(status: u16, body: &Value) -> Self {
        Self { status, headers: Vec::new(), body: body.to_string(), after: Duration::ZERO }
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Not at once.
    #[must_use]
    pub fn slowly(mut self, after: Duration) -> Self {
        self.after = after;
        self
    }
}

#[derive(Default)]
struct Book {
    got: Vec<Got>,
    next: VecDeque<Says>,
    always: Option<Says>,
}

/// A provider.
#[derive(Clone)]
pub struct Provider {
    /// `127.0.0.1:45678`.
    pub address: String,
    book: Arc<Mutex<Book>>,
}

impl Provider {
    /// Opens. It answers 200 with an empty object, or as [`Self::then`] and [`Self::always`] say.
    ///
    /// # Panics
    /// When it cannot listen.
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let book = Arc::new(Mutex::new(Book::default()));
        let app = Router::new().fallback(take).with_state(Arc::clone(&book));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, book }
    }

    /// Answers the next request that no earlier call of this is for.
    pub fn then(&self, says: Says) {
        self.book.lock().next.push_back(says);
    }

    /// Answers every request that [`Self::then`] does not.
    pub fn always(&self, says: Says) {
        self.book.lock().always = Some(says);
    }

    /// What came so far.
    pub fn got(&self) -> Vec<Got> {
        self.book.lock().got.clone()
    }

    /// Waits for so many requests.
    pub async fn wait(&self, count: usize) -> Vec<Got> {
        until(&format!("{count} requests at the provider"), async || {
            Some(self.got()).filter(|got| got.len() >= count)
        })
        .await
    }
}

async fn take(State(book): State<Arc<Mutex<Book>>>, request: Request) -> Response {
    let at = Instant::now();
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, 16 << 20).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let says = {
        let mut book = book.lock();
        let path = parts.uri.path().to_owned();
        book.got.push(Got { path, headers: parts.headers, body, at });
        book.next.pop_front().or_else(|| book.always.clone())
    };
    let says = says.unwrap_or_else(|| Says::new(200, &serde_json::json!({})));
    tokio::time::sleep(says.after).await;
    let status = StatusCode::from_u16(says.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = (status, [("content-type", "application/json")], says.body).into_response();
    for (name, value) in says.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}
