//! A customer with the widget open. Survives restarts of the service as the widget does: connects again,
//! resumes after the last sequence it has, and sends what was not acknowledged once more with the same id.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use futures::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How long a customer waits for the service before giving up.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(100);

/// A message as the widget gets it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Seen {
    /// Its place in the conversation.
    pub seq: u64,
    /// `contact`, `bot`, `person`, `system`.
    pub author: String,
    /// What it says.
    pub text: String,
}

/// A customer.
pub struct Visitor {
    address: String,
    hello: Value,
    socket: Option<Socket>,
    /// The thread as the service names it.
    pub thread: String,
    /// Messages got so far, by sequence.
    pub seen: BTreeMap<u64, Seen>,
    /// How often the connection was lost.
    pub reconnects: u32,
}

#[derive(Deserialize)]
struct Session {
    secret: String,
    thread: String,
}

impl Visitor {
    /// Gets a session and opens the socket.
    pub async fn connect(
        http: &reqwest::Client,
        url: &str,
        tenant: &str,
        language: &str,
    ) -> anyhow::Result<Self> {
        let start = Instant::now();
        let session = loop {
            let asked = http
                .post(format!("{url}/widget/{tenant}/session"))
                .json(&json!({ "secret": null }))
                .send()
                .await
                .and_then(reqwest::Response::error_for_status);
            let got = match asked {
                Ok(answer) => answer.json::<Session>().await,
                Err(error) => Err(error),
            };
            match got {
                Ok(session) => break session,
                Err(error) if start.elapsed() > PATIENCE => {
                    return Err(error).context("widget session");
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        };
        let mut visitor = Self {
            address: format!("{}/widget/{tenant}/socket", url.replacen("http", "ws", 1)),
            hello: json!({ "type": "hello", "secret": session.secret, "after": 0, "language": language }),
            socket: None,
            thread: session.thread,
            seen: BTreeMap::new(),
            reconnects: 0,
        };
        visitor.open().await?;
        Ok(visitor)
    }

    /// Writes a message and waits until it is durable.
    pub async fn say(&mut self, id: &str, text: &str) -> anyhow::Result<()> {
        let frame = json!({ "type": "message", "id": id, "text": text });
        self.exchange(Some(&frame), |got, _| got["type"] == "ack" && got["id"] == id).await?;
        Ok(())
    }

    /// Waits for so many messages by `author` with this text to be among those seen; the customer's own come
    /// back when they are in the conversation.
    pub async fn hear(&mut self, author: &str, times: usize, text: &str) -> anyhow::Result<()> {
        let heard = |seen: &BTreeMap<u64, Seen>| {
            seen.values().filter(|seen| seen.author == author && seen.text == text).count() >= times
        };
        if heard(&self.seen) {
            return Ok(());
        }
        self.exchange(None, |_, seen| heard(seen))
            .await
            .with_context(|| format!("waiting for {text:?} by {author}"))?;
        Ok(())
    }

    /// The next message frame from anyone but the customer.
    pub async fn next_message(&mut self) -> anyhow::Result<Value> {
        self.exchange(None, |got, _| got["type"] == "message" && got["author"] != "contact").await
    }

    /// Closes the socket.
    pub async fn leave(&mut self) -> anyhow::Result<()> {
        if let Some(mut socket) = self.socket.take() {
            socket.close(None).await?;
        }
        Ok(())
    }

    /// Sends a frame, again after every lost connection, and reads until a frame is wanted.
    async fn exchange(
        &mut self,
        frame: Option<&Value>,
        wanted: impl Fn(&Value, &BTreeMap<u64, Seen>) -> bool,
    ) -> anyhow::Result<Value> {
        let start = Instant::now();
        let mut sent = false;
        loop {
            if start.elapsed() > PATIENCE {
                bail!("no answer for {PATIENCE:?}");
            }
            if self.socket.is_none() {
                self.open().await?;
                sent = false;
                if wanted(&Value::Null, &self.seen) {
                    return Ok(Value::Null);
                }
            }
            if let (Some(frame), false) = (frame, sent) {
                if self.send(frame).await.is_err() {
                    self.lost();
                    continue;
                }
                sent = true;
            }
            let Some(got) =
                tokio::time::timeout(PATIENCE, self.read()).await.context("no answer")??
            else {
                self.lost();
                continue;
            };
            if got["type"] == "error" {
                // Not taken just now; the same id may be sent again.
                if got["code"] == "unavailable" || got["code"] == "limited" {
                    tokio::time::sleep(PAUSE).await;
                    sent = false;
                    continue;
                }
                bail!("the service answered: {}", got["message"]);
            }
            if wanted(&got, &self.seen) {
                return Ok(got);
            }
        }
    }

    fn lost(&mut self) {
        self.socket = None;
        self.reconnects += 1;
    }

    async fn open(&mut self) -> anyhow::Result<()> {
        let start = Instant::now();
        self.hello["after"] = json!(self.seen.keys().last().copied().unwrap_or(0));
        loop {
            let opened = connect_async(&self.address).await;
            match opened {
                Ok((socket, _)) => {
                    self.socket = Some(socket);
                    let hello = self.hello.clone();
                    if self.send(&hello).await.is_ok() {
                        while let Some(frame) = self.read().await? {
                            if frame["type"] == "welcome" {
                                return Ok(());
                            }
                            if frame["type"] == "error" {
                                bail!("the service refused the visitor: {}", frame["message"]);
                            }
                        }
                    }
                    self.socket = None;
                }
                Err(error) if start.elapsed() > PATIENCE => {
                    return Err(error).with_context(|| format!("socket {}", self.address));
                }
                Err(_) => {}
            }
            if start.elapsed() > PATIENCE {
                bail!("no welcome from {} for {PATIENCE:?}", self.address);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn send(&mut self, frame: &Value) -> anyhow::Result<()> {
        let socket = self.socket.as_mut().context("not connected")?;
        Ok(socket.send(Frame::text(frame.to_string())).await?)
    }

    /// The next JSON frame, messages kept; `None` when the connection is lost.
    async fn read(&mut self) -> anyhow::Result<Option<Value>> {
        let Some(socket) = self.socket.as_mut() else { return Ok(None) };
        loop {
            let text = match socket.next().await {
                Some(Ok(Frame::Text(text))) => text,
                Some(Ok(Frame::Close(_)) | Err(_)) | None => return Ok(None),
                Some(Ok(_)) => continue,
            };
            let frame: Value = serde_json::from_str(&text).context("a frame that is not JSON")?;
            if frame["type"] == "message" {
                let seen: Seen =
                    serde_json::from_value(frame.clone()).context("a message frame")?;
                if let Some(known) = self.seen.get(&seen.seq)
                    && *known != seen
                {
                    bail!("two messages with sequence {}: {known:?} and {seen:?}", seen.seq);
                }
                self.seen.insert(seen.seq, seen);
            }
            return Ok(Some(frame));
        }
    }
}
