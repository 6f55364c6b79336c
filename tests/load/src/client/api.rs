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
        // A session is a cookie; a program makes itself a token with it once.
        let session = http
            .post(format!("{url}/api/v1/sessions"))
            .json(&json!({ "email": email, "password": password }))
            .send()
            .await?;
        if !session.status().is_success() {
            bail!("{email} cannot log in: {}", session.text().await?);
        }
        let cookie = session.headers().get(SET_COOKIE).context("a session without a cookie")?;
        let cookie = cookie.to_str()?.split(';').next().unwrap_or_default().to_owned();
        let made: Value = http
            .post(format!("{url}/api/v1/tokens"))
            .header(COOKIE, cookie)
            .header(ORIGIN, url)
            .json(&json!({ "name": "kerros-load", "days": 1 }))
            .send()
            .await?
            .error_for_status()
            .context("make a token")?
            .json()
            .await?;
        let token = made["secret"].as_str().context("a token without its secret")?.to_owned();
        Ok(Self { http: http.clone(), url: url.to_owned(), token })
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
            let address = format!("{}/api/v1/{path}", self.url);
            let mut request = self.http.request(method.clone(), address).bearer_auth(&self.token);
            if let Some(key) = key {
                request = request.header("idempotency-key", key);
            }
            if let Some(body) = body {
                request = request.json(body);
            }
            let trouble = match request.send().await {
                // Not now: draining, database gone, or asked too often.
                Ok(answer)
                    if matches!(
                        answer.status(),
                        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS
                    ) =>
                {
                    answer.status().to_string()
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
