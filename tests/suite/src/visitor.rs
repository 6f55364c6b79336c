//! A customer with the widget open.

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::wait::PATIENCE;

/// A customer.
pub struct Visitor {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Proves whose thread it is.
    pub secret: String,
    /// The thread as the service names it.
    pub thread: String,
    /// Every frame so far.
    pub heard: Vec<Value>,
}

impl Visitor {
    /// Opens the widget for the first time.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn open(http: &reqwest::Client, url: &str, tenant: &str, language: &str) -> Self {
        let session = format!("{url}/widget/{tenant}/session");
        let answer = http.post(session).json(&json!({ "secret": null })).send().await.unwrap();
        assert!(answer.status().is_success(), "a session: {}", answer.status());
        let session: Value = answer.json().await.unwrap();
        let text = |name: &str| session[name].as_str().unwrap().to_owned();
        Self::resume(url, tenant, language, &text("secret"), &text("thread"), 0).await
    }

    /// Opens it again after the last message seen.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn resume(
        url: &str,
        tenant: &str,
        language: &str,
        secret: &str,
        thread: &str,
        after: u64,
    ) -> Self {
        let address = format!("{}/widget/{tenant}/socket", url.replacen("http", "ws", 1));
        let (socket, _) = connect_async(address).await.unwrap();
        let mut visitor = Self {
            socket,
            secret: secret.to_owned(),
            thread: thread.to_owned(),
            heard: Vec::new(),
        };
        let hello =
            json!({ "type": "hello", "secret": secret, "after": after, "language": language });
        visitor.send(&hello).await;
        let welcome = visitor.wait("welcome", |frame| frame["type"] == "welcome").await;
        assert_eq!(welcome["thread"], thread);
        visitor
    }

    /// Sends a frame.
    pub async fn send(&mut self, frame: &Value) {
        self.socket.send(Frame::text(frame.to_string())).await.unwrap();
    }

    /// Writes, and waits until it is stored for good.
    pub async fn say(&mut self, id: &str, text: &str) {
        self.send(&json!({ "type": "message", "id": id, "text": text })).await;
        self.acked(id).await;
    }

    /// Asks for a person.
    pub async fn ask_for_person(&mut self, id: &str) {
        self.send(&json!({ "type": "person", "id": id })).await;
        self.acked(id).await;
    }

    async fn acked(&mut self, id: &str) {
        self.wait(&format!("ack of {id}"), |frame| frame["type"] == "ack" && frame["id"] == id)
            .await;
    }

    /// Waits for a frame that is wanted, among those heard already too.
    ///
    /// # Panics
    /// When the socket ends or time is over.
    pub async fn wait(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(found) = self.heard.iter().find(|frame| wanted(frame)) {
            return found.clone();
        }
        loop {
            let Ok(frame) = timeout(PATIENCE, self.next()).await else {
                panic!("the visitor waits in vain for {what}; heard {:#?}", self.heard);
            };
            let frame = frame.unwrap_or_else(|| panic!("the socket ended before {what}"));
            if wanted(&frame) {
                return frame;
            }
        }
    }

    /// Waits for a message of an author that contains a text.
    pub async fn hears(&mut self, author: &str, text: &str) -> Value {
        self.wait(&format!("{text:?} by {author}"), |frame| {
            frame["type"] == "message"
                && frame["author"] == author
                && frame["text"].as_str().is_some_and(|said| said.contains(text))
        })
        .await
    }

    /// Waits for the conversation to be in a state.
    pub async fn stands(&mut self, state: &str) -> Value {
        self.wait(state, |frame| frame["type"] == "state" && frame["state"] == state).await
    }

    /// Whether the socket still answers.
    pub async fn ping(&mut self) {
        let before = self.heard.iter().filter(|frame| frame["type"] == "pong").count();
        self.send(&json!({ "type": "ping" })).await;
        while self.heard.iter().filter(|frame| frame["type"] == "pong").count() == before {
            let frame = timeout(PATIENCE, self.next()).await.expect("a pong");
            assert!(frame.is_some(), "the socket has ended");
        }
    }

    /// The next frame; `None` at the end.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            match self.socket.next().await {
                Some(Ok(Frame::Text(text))) => {
                    let frame: Value = serde_json::from_str(&text).unwrap();
                    self.heard.push(frame.clone());
                    return Some(frame);
                }
                Some(Ok(Frame::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    /// Closes the widget.
    pub async fn leave(mut self) {
        let _ = self.socket.close(None).await;
    }
}
