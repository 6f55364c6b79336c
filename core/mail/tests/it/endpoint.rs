//! A provider's token endpoint: remembers what it was asked, answers as it is told.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use kerros_app::ports::outbound::{Body, Outbound, Request, Response};
use kerros_app::tenant::Grants;
use kerros_domain::id::TenantId;
use parking_lot::Mutex;
use serde_json::json;
use tokio::sync::Semaphore;

/// The endpoint. Without an answer it says that it is down.
pub struct Endpoint {
    forms: Mutex<Vec<String>>,
    answers: Mutex<VecDeque<Response>>,
    /// Questions that stand at its door.
    pub waiting: AtomicUsize,
    /// Lets questions in; open unless a test closes it.
    pub door: Semaphore,
}

impl Default for Endpoint {
    fn default() -> Self {
        Self {
            forms: Mutex::default(),
            answers: Mutex::default(),
            waiting: AtomicUsize::new(0),
            door: Semaphore::new(Semaphore::MAX_PERMITS),
        }
    }
}

impl Endpoint {
    /// Answers the next question with a token.
    pub fn gives(&self, token: &str, seconds: i64, refresh: Option<&str>) {
        let mut answer =
            json!({ "token_type": "Bearer", "access_token": token, "expires_in": seconds });
        if let Some(refresh) = refresh {
            answer["refresh_token"] = refresh.into();
        }
        self.says(200, &answer);
    }

    /// Answers the next question with this.
    pub fn says(&self, status: u16, body: &serde_json::Value) {
        let body = body.to_string();
        self.answers.lock().push_back(Response::Http { status, headers: Vec::new(), body });
    }

    /// What it was asked, one form a question.
    pub fn forms(&self) -> Vec<String> {
        self.forms.lock().clone()
    }
}

#[async_trait]
impl Outbound for Endpoint {
    async fn perform(&self, _: &TenantId, _: &Grants, request: &Request) -> Response {
        let Request::Http { url, body: Body::Text(form), .. } = request else {
            panic!("no question for a token: {request:?}");
        };
        assert_eq!(url, "https://id.example/token");
        self.waiting.fetch_add(1, Ordering::SeqCst);
        self.door.acquire().await.unwrap().forget();
        self.forms.lock().push(form.clone());
        let next = self.answers.lock().pop_front();
        next.unwrap_or_else(|| Response::Http {
            status: 503,
            headers: Vec::new(),
            body: "down for maintenance".into(),
        })
    }
}
