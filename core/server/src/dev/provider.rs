//! A provider that is none: it takes every request down and answers what somebody told it to.

use std::collections::VecDeque;

use async_trait::async_trait;
use kerros_app::ports::outbound::{Outbound, Request, Response};
use kerros_app::tenant::Grants;
use kerros_domain::id::TenantId;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

/// Most requests remembered.
const MOST: usize = 50;

/// What it answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Headers, names in lower case.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The body; `{n}` in it is the request's number.
    #[serde(default)]
    pub body: String,
}

impl Default for Answer {
    fn default() -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self { status: 200, headers, body: r#"{"ok":true,"id":"dev-{n}"}"#.to_owned() }
    }
}

/// A request and its answer. Secrets are still their names: nothing is filled in here.
#[derive(Debug, Clone, Serialize)]
pub struct Asked {
    /// Its number, from 1.
    pub number: u64,
    /// The request.
    pub request: Request,
    /// The answer.
    pub response: Response,
}

/// The provider.
#[derive(Debug, Default)]
pub struct Provider(Mutex<Desk>);

#[derive(Debug, Default)]
struct Desk {
    answer: Answer,
    count: u64,
    asked: VecDeque<Asked>,
}

impl Provider {
    /// What it answers now.
    pub fn answer(&self) -> Answer {
        self.0.lock().answer.clone()
    }

    /// Tells it what to answer.
    pub fn say(&self, answer: Answer) {
        self.0.lock().answer = answer;
    }

    /// What it was asked, the newest first.
    pub fn asked(&self) -> Vec<Asked> {
        self.0.lock().asked.iter().rev().cloned().collect()
    }
}

#[async_trait]
impl Outbound for Provider {
    async fn perform(&self, _: &TenantId, _: &Grants, request: &Request) -> Response {
        let mut desk = self.0.lock();
        desk.count += 1;
        let number = desk.count;
        let Answer { status, headers, body } = desk.answer.clone();
        let body = body.replace("{n}", &number.to_string());
        let response = match request {
            Request::Http { .. } => Response::Http { status, headers, body },
            Request::Mail(_) => Response::Mail {
                code: match status {
                    ..400 => 250,
                    429 | 500.. => 451,
                    _ => 550,
                },
                enhanced: String::new(),
                text: body,
                refused: Vec::new(),
            },
        };
        if desk.asked.len() == MOST {
            desk.asked.pop_front();
        }
        let (request, answered) = (request.clone(), response.clone());
        desk.asked.push_back(Asked { number, request, response: answered });
        response
    }
}
