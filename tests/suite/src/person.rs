//! An agent, expert or supervisor at the JSON API.

use reqwest::header::{COOKIE, ORIGIN, SET_COOKIE};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// Somebody with a bearer token.
#[derive(Clone)]
pub struct Person {
    http: reqwest::Client,
    url: String,
    token: String,
    /// The person's own id.
    pub id: String,
}

impl Person {
    /// Logs in as a browser does, and makes a token as a program does.
    ///
    /// # Panics
    /// When it does not work.
    pub async fn log_in(http: &reqwest::Client, url: &str, email: &str, password: &str) -> Self {
        let api = format!("{url}/api/v1");
        let body = json!({ "email": email, "password": password });
        let answer = http.post(format!("{api}/sessions")).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED, "log in as {email}");
        let cookie = answer.headers()[SET_COOKIE].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let me: Value = answer.json().await.unwrap();
        let made = http
            .post(format!("{api}/tokens"))
            .header(COOKIE, cookie)
            .header(ORIGIN, url)
            .json(&json!({ "name": "suite", "days": 1 }))
            .send()
            .await
            .unwrap();
        assert_eq!(made.status(), StatusCode::CREATED, "a token for {email}");
        let made: Value = made.json().await.unwrap();
        Self {
            http: http.clone(),
            url: url.to_owned(),
            token: made["secret"].as_str().unwrap().to_owned(),
            id: me["id"].as_str().unwrap().to_owned(),
        }
    }

    /// The same person at another node, or at the same after a restart.
    #[must_use]
    pub fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    /// A request in this person's name, for who needs more than its body.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token)
    }

    /// Asks and gets status and body, whatever they are; `Err` if nobody answers.
    ///
    /// # Errors
    /// When the connection fails.
    pub async fn try_ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        key: Option<&str>,
    ) -> reqwest::Result<(StatusCode, Value)> {
        let mut request = self.request(method, &format!("/api/v1/{path}"));
        if let Some(body) = body {
            request = request.json(body);
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() };
        Ok((status, body))
    }

    /// As [`Self::try_ask`], of a server that is there.
    ///
    /// # Panics
    /// When nobody answers.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> (StatusCode, Value) {
        self.try_ask(method, path, body, None).await.unwrap()
    }

    async fn good(&self, method: Method, path: &str, body: Option<&Value>) -> Value {
        let (status, answer) = self.ask(method.clone(), path, body).await;
        assert!(status.is_success(), "{method} {path}: {status} {answer}");
        answer
    }

    /// Reads.
    pub async fn get(&self, path: &str) -> Value {
        self.good(Method::GET, path, None).await
    }

    /// Does.
    pub async fn post(&self, path: &str, body: &Value) -> Value {
        self.good(Method::POST, path, Some(body)).await
    }

    /// Sets.
    pub async fn put(&self, path: &str, body: Option<&Value>) -> Value {
        self.good(Method::PUT, path, body).await
    }

    /// What is answered to something that is not to be: status, and the problem.
    pub async fn refused(&self, path: &str, body: &Value) -> (u16, Value) {
        let (status, problem) = self.ask(Method::POST, path, Some(body)).await;
        (status.as_u16(), problem)
    }

    /// Answers a customer.
    pub async fn reply(&self, conversation: &str, text: &str) -> Value {
        self.post(&format!("conversations/{conversation}/messages"), &json!({ "text": text })).await
    }

    /// Keeps a file for an answer; its id.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn upload(&self, conversation: &str, name: &str, kind: &str, bytes: &[u8]) -> String {
        let path = format!("/api/v1/conversations/{conversation}/files?name={name}");
        let request = self.request(Method::POST, &path).header("content-type", kind);
        let answer = request.body(bytes.to_vec()).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED, "{name}");
        let kept: Value = answer.json().await.unwrap();
        kept["id"].as_str().unwrap().to_owned()
    }

    /// Does an action to a conversation.
    pub async fn act(&self, conversation: &str, action: &str, body: &Value) -> Value {
        self.post(&format!("conversations/{conversation}/{action}"), body).await
    }

    /// One conversation.
    pub async fn conversation(&self, id: &str) -> Value {
        self.get(&format!("conversations/{id}")).await
    }

    /// Every item of a paged list.
    pub async fn all(&self, path: &str, limit: u32) -> Vec<Value> {
        let (mut items, mut next) = (Vec::new(), String::new());
        loop {
            let join = if path.contains('?') { '&' } else { '?' };
            let page = self.get(&format!("{path}{join}limit={limit}{next}")).await;
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            next = match &page["next"] {
                Value::Null => return items,
                Value::String(cursor) => format!("&after={cursor}"),
                cursor => format!("&after={cursor}"),
            };
        }
    }

    /// Every conversation of a tenant, closed ones too, oldest first.
    pub async fn conversations(&self, tenant: &str) -> Vec<Value> {
        let states = "bot,out_of_hours,queued,assigned,pending,resolved,closed";
        let path = format!("conversations?tenant={tenant}&state={states}&order=newest");
        let mut all = self.all(&path, 200).await;
        all.reverse();
        all
    }

    /// Every message of a conversation.
    pub async fn messages(&self, conversation: &str) -> Vec<Value> {
        self.all(&format!("conversations/{conversation}/messages"), 500).await
    }

    /// Every entry of a conversation's timeline.
    pub async fn timeline(&self, conversation: &str) -> Vec<Value> {
        self.all(&format!("conversations/{conversation}/timeline"), 500).await
    }

    /// Opens the console's stream of events.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn events(&self) -> Events {
        let answer = self.request(Method::GET, "/console/events").send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        Events { answer, text: String::new() }
    }
}

/// A stream of server-sent events.
pub struct Events {
    answer: reqwest::Response,
    text: String,
}

impl Events {
    /// Waits for an event of a name with data that is wanted.
    ///
    /// # Panics
    /// When the stream ends or time is over.
    pub async fn wait(&mut self, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let heard = async {
            loop {
                while let Some((event, rest)) = self.text.split_once("\n\n") {
                    let field = |name: &str| {
                        let mut lines = event.lines();
                        lines.find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()))
                    };
                    let found = field("event:").filter(|event| event == name).and(field("data:"));
                    let found = found.map(|data| serde_json::from_str::<Value>(&data).unwrap());
                    self.text = rest.to_owned();
                    if let Some(data) = found.filter(&wanted) {
                        return data;
                    }
                }
                let bytes = self.answer.chunk().await.unwrap().expect("the stream goes on");
                self.text.push_str(std::str::from_utf8(&bytes).unwrap());
            }
        };
        let heard = tokio::time::timeout(crate::wait::PATIENCE, heard).await;
        heard.unwrap_or_else(|_| panic!("no event {name}"))
    }
}
