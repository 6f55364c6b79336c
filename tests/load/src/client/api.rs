//! An agent's program: the JSON API with a bearer token. A call that finds nobody (a restart) is made again.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use reqwest::header::{COOKIE, ORIGIN, SET_COOKIE};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// How long a call is tried again before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(100);

/// An agent.
#[derive(Debug, Clone)]
pub struct Agent {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Agent {
    /// Logs in.
    pub async fn log_in(
        http: &reqwest::Client,
        url: &str,
        email: &str,
        password: &str,
    ) -> anyhow::Result<Self> {
        let mut agent = Self { http: http.clone(), url: url.to_owned(), token: String::new() };
        let body = json!({ "email": email, "password": password });
        let session =
            agent.call(Method::POST, "sessions", Some(&body), None).await.context("log in")?;
        agent.token = session["token"].as_str().context("no token in the session")?.to_owned();
        Ok(agent)
    }

    /// The newest conversations of a tenant, as the API lists them.
    pub async fn newest(&self, tenant: &str, limit: u32) -> anyhow::Result<Vec<Value>> {
        let path = format!("conversations?tenant={tenant}&order=newest&limit={limit}");
        let page = self.call(Method::GET, &path, None, None).await?;
        Ok(page["items"].as_array().cloned().unwrap_or_default())
    }

    /// Answers; the same key again is the same answer.
    pub async fn reply(&self, conversation: &str, key: &str, text: &str) -> anyhow::Result<Value> {
        let path = format!("conversations/{conversation}/messages");
        let body = json!({ "text": text });
        self.call(Method::POST, &path, Some(&body), Some(key)).await
    }

    /// Does an action that may have been done already (a restart between the deed and its answer).
    pub async fn act(
        &self,
        conversation: &str,
        action: &str,
        body: &Value,
    ) -> anyhow::Result<Value> {
        let path = format!("conversations/{conversation}/{action}");
        self.call(Method::POST, &path, Some(body), None).await
    }

    /// Puts a tag on; it may be there already.
    pub async fn tag(&self, conversation: &str, tag: &str) -> anyhow::Result<Value> {
        let path = format!("conversations/{conversation}/tags/{tag}");
        self.call(Method::PUT, &path, None, None).await
    }

    /// Reads a path under `/api/v1/`.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.call(Method::GET, path, None, None).await
    }

    /// Every item of a paged list.
    pub async fn all(&self, path: &str) -> anyhow::Result<Vec<Value>> {
        let (mut items, mut next) = (Vec::new(), String::new());
        loop {
            let join = if path.contains('?') { '&' } else { '?' };
            let page = self.get(&format!("{path}{join}limit=200{next}")).await?;
            items.extend(page["items"].as_array().cloned().unwrap_or_default());
            match &page["next"] {
                Value::Null => return Ok(items),
                Value::String(cursor) => next = format!("&after={cursor}"),
                cursor => next = format!("&after={cursor}"),
            }
        }
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        key: Option<&str>,
    ) -> anyhow::Result<Value> {
        let start = Instant::now();
        loop {
            let mut request =
                self.http.request(method.clone(), format!("{}/api/v1/{path}", self.url));
            if !self.token.is_empty() {
                request = request.bearer_auth(&self.token);
            }
            if let Some(key) = key {
                request = request.header("idempotency-key", key);
            }
            if let Some(body) = body {
                request = request.json(body);
            }
            let trouble = match request.send().await {
                Ok(answer) if answer.status() == StatusCode::SERVICE_UNAVAILABLE => {
                    "503".to_owned()
                }
                Ok(answer) => {
                    let status = answer.status();
                    // A connection that breaks inside the body is a restart too.
                    match answer.text().await {
                        Ok(text) if status.is_success() => {
                            let text = if text.is_empty() { "null" } else { &text };
                            return serde_json::from_str(text)
                                .context("an answer that is not JSON");
                        }
                        Ok(text) => bail!("{method} {path}: {status}: {text}"),
                        Err(error) => error.to_string(),
                    }
                }
                Err(error) => error.to_string(),
            };
            if start.elapsed() > PATIENCE {
                bail!("{method} {path}: {trouble}, for {PATIENCE:?}");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
