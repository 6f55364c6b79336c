//! What an agent's console hears.

use kerros_app::ports::store::Role;
use kerros_web::Limits;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use crate::client::{Client, Who};
use crate::widget::{Server, serve};
use crate::world::{PATIENCE, world, world_with};

/// An open event stream.
pub struct Console {
    lines: tokio::io::Lines<BufReader<TcpStream>>,
}

impl Console {
    pub async fn open(server: &Server, client: &Client) -> Self {
        let Who::Token(token) = &client.who else { panic!("a token, please") };
        let mut stream = TcpStream::connect(server.at).await.unwrap();
        let request = format!(
            "GET /console/events HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\n\r\n",
            server.at
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut console = Self { lines: BufReader::new(stream).lines() };
        assert_eq!(console.next().await.0, "hello");
        console
    }

    async fn line(&mut self) -> Option<String> {
        tokio::time::timeout(PATIENCE, self.lines.next_line()).await.expect("silence").unwrap()
    }

    /// The next event with its data; `end` when the stream ends.
    pub async fn next(&mut self) -> (String, Value) {
        let mut name = String::new();
        while let Some(line) = self.line().await {
            if let Some(event) = line.strip_prefix("event: ") {
                event.clone_into(&mut name);
            } else if let Some(data) = line.strip_prefix("data: ") {
                return (name, serde_json::from_str(data).unwrap());
            }
        }
        ("end".into(), Value::Null)
    }

    /// Hears until an event of this name.
    pub async fn until_named(&mut self, wanted: &str) -> Value {
        loop {
            let (name, data) = self.next().await;
            assert_ne!(name, "end");
            if name == wanted {
                return data;
            }
        }
    }

    /// How many calls came before the first news of this conversation.
    pub async fn calls_before(&mut self, id: &str) -> usize {
        let mut calls = 0;
        loop {
            let (name, data) = self.next().await;
            assert_ne!(name, "end");
            calls += usize::from(name == "called");
            if name == "conversation" && data["conversation"] == id {
                return calls;
            }
        }
    }

    /// Hears until this conversation is in this state.
    async fn until(&mut self, id: &str, state: &str) -> Value {
        loop {
            let (name, data) = self.next().await;
            assert_ne!(name, "end");
            if name == "conversation" && data["conversation"] == id && data["state"] == state {
                return data;
            }
        }
    }
}

#[tokio::test]
async fn each_hears_of_what_they_may_read() {
    let world = world().await;
    let server = serve(&world).await;
    let agent = world.agent("aurinko").await;
    let expert = world.client("eero", Role::Expert, "aurinko", "experts").await;
    let other = world.agent("vuori").await;
    let mut at_agent = Console::open(&server, &agent).await;
    let mut at_expert = Console::open(&server, &expert).await;
    let mut at_other = Console::open(&server, &other).await;

    let id = world.asks("aurinko", "t1", "a hard one").await.to_string();
    let heard = at_agent.until(&id, "queued").await;
    assert_eq!(
        (heard["tenant"].as_str(), heard["layer"].as_str()),
        (Some("aurinko"), Some("first-line"))
    );
    let briefing = json!({ "fields": { "tried": "all" } });
    agent.post(&format!("/api/v1/conversations/{id}/escalate"), &briefing).await;
    let heard = at_expert.until(&id, "queued").await;
    assert_eq!(heard["layer"], "experts", "the first thing an expert hears of it");
    let back = json!({ "reason": "not ours" });
    expert.post(&format!("/api/v1/conversations/{id}/hand-back"), &back).await;
    let heard = at_expert.next().await.1;
    assert_eq!(heard["layer"], "first-line", "what was theirs once they may still read");

    let own = world.asks("vuori", "t1", "where is my parcel").await.to_string();
    let (_, first) = at_other.next().await;
    assert_eq!(first["conversation"], json!(own), "a neighbour's news never came: {first}");
}

#[tokio::test]
async fn colleagues_see_who_is_at_it() {
    let world = world().await;
    let server = serve(&world).await;
    let anna = world.agent("aurinko").await;
    let olli = world.client("olli", Role::Agent, "aurinko", "first-line").await;
    let id = world.asks("aurinko", "t1", "hello").await.to_string();
    let mut at_anna = Console::open(&server, &anna).await;
    let mut at_olli = Console::open(&server, &olli).await;
    let path = format!("/console/conversations/{id}/focus");
    assert_eq!(anna.post(&path, &json!({ "doing": "writing" })).await.status, 204);
    let (name, focus) = at_olli.next().await;
    assert_eq!(name, "focus");
    assert_eq!((focus["name"].as_str(), focus["doing"].as_str()), (Some("anna"), Some("writing")));
    olli.post(&path, &json!({ "doing": "reading" })).await;
    assert_eq!(at_anna.next().await.1["name"], "olli", "one's own focus is no news");
    let odd = anna.post(&path, &json!({ "doing": "dancing" })).await;
    assert_eq!(odd.status, 400, "{}", odd.brief());
}

#[tokio::test]
async fn the_stream_is_a_sign_of_life_and_ends_with_the_stop() {
    let world = world_with(Limits { consoles_per_person: 1, ..Limits::default() }).await;
    let server = serve(&world).await;
    let agent = world.agent("aurinko").await;
    let before = agent.get("/api/v1/users/me").await.json();
    assert_eq!(before["seen_at_ms"], json!(null));
    let mut console = Console::open(&server, &agent).await;
    while !console.line().await.unwrap().starts_with(':') {}
    let after = agent.get("/api/v1/users/me").await.json();
    assert!(after["seen_at_ms"].is_i64(), "{after}");
    assert_eq!(after["available"], true);
    assert_eq!(agent.get("/console/events").await.status, 429, "one at a time, here");
    assert_eq!(world.anonymous().get("/console/events").await.status, 401);
    world.readiness.drain();
    assert_eq!(console.next().await.0, "end");
    tokio::time::timeout(PATIENCE, server.ended).await.expect("nothing holds the stop up").unwrap();
}

#[tokio::test]
async fn who_falls_behind_is_told_to_load_anew() {
    let world = world().await;
    let server = serve(&world).await;
    let agent = world.agent("aurinko").await;
    let id = world.asks("aurinko", "t1", "hello").await;
    let mut console = Console::open(&server, &agent).await;
    let news = kerros_app::ports::bus::News::Conversation {
        tenant: "aurinko".into(),
        conversation: id,
        channel: "hook".into(),
        thread: "t1".into(),
        seq: 1,
        state: kerros_domain::conversation::State::Queued,
        layer: "first-line".into(),
        assignee: None,
        called_by: None,
    };
    // In one go, so that nobody can listen between: more than the bus holds.
    for _ in 0..10_000 {
        world.ctx.bus.publish(news.clone());
    }
    let (name, _) = console.next().await;
    assert_eq!(name, "reset");
}
