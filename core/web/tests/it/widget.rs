//! A visitor's widget: sessions, frames, what is lost with a connection (nothing), and who may not come in.

use std::net::SocketAddr;

use axum::body::Body;
use axum::http::Request;
use futures::{SinkExt as _, StreamExt as _};
use kerros_app::ports::store::Role;
use kerros_web::Limits;
use kerros_web::limit::Rate;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::events::Console;
use crate::world::{PATIENCE, World, world, world_with};

/// A server on loopback, for what needs a connection.
pub struct Server {
    pub at: SocketAddr,
    pub ended: tokio::task::JoinHandle<()>,
}

pub async fn serve(world: &World) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let (app, state) = (world.app.clone(), world.state.clone());
    let ended = tokio::spawn(kerros_web::serve::serve(listener, app, state, PATIENCE));
    Server { at, ended }
}

struct Widget {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Widget {
    async fn connect(server: &Server, tenant: &str) -> Result<Self, Error> {
        Self::connect_from(server, tenant, None).await
    }

    async fn connect_from(
        server: &Server,
        tenant: &str,
        origin: Option<&str>,
    ) -> Result<Self, Error> {
        let url = format!("ws://{}/widget/{tenant}/socket", server.at);
        let mut request = url.into_client_request().unwrap();
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }
        let (socket, _) = connect_async(request).await?;
        Ok(Self { socket })
    }

    async fn open(server: &Server, hello: &Value) -> (Self, Value) {
        let mut widget = Self::connect(server, "aurinko").await.unwrap();
        widget.say(hello).await;
        let welcome = widget.hear().await;
        assert_eq!(welcome["type"], "welcome", "{welcome}");
        (widget, welcome)
    }

    async fn say(&mut self, frame: &Value) {
        self.socket.send(Message::Text(frame.to_string().into())).await.unwrap();
    }

    /// The next frame; a closed socket is `{"closed": code}`.
    async fn hear(&mut self) -> Value {
        loop {
            let frame = tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("silence");
            match frame {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Close(Some(close)))) => {
                    return json!({ "closed": u16::from(close.code) });
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return json!({ "closed": null }),
            }
        }
    }

    /// Hears until a frame of this type comes, and returns it.
    async fn until(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.hear().await;
            if frame["type"] == kind {
                return frame;
            }
            assert!(frame.get("closed").is_none(), "closed while waiting for {kind}: {frame}");
        }
    }
}

fn secret(digit: char) -> String {
    digit.to_string().repeat(64)
}

#[tokio::test]
async fn a_session_is_a_secret_that_only_the_browser_has() {
    let world = world().await;
    let visitor = world.anonymous();
    let new = visitor.post("/widget/aurinko/session", &json!({ "secret": null })).await;
    assert_eq!(new.status, 200, "{}", new.brief());
    let new = new.json();
    let kept = visitor.post("/widget/aurinko/session", &new_secret(&new)).await.json();
    assert_eq!(kept, new, "a kept secret stays, with its thread");
    let odd = visitor.post("/widget/aurinko/session", &json!({ "secret": "guess" })).await.json();
    assert_ne!(odd["secret"], "guess");
    for tenant in ["nobody", "aurinko%2F"] {
        let answer = visitor.post(&format!("/widget/{tenant}/session"), &json!({})).await;
        assert_eq!(answer.brief(), "404 not-found");
    }
}

fn new_secret(session: &Value) -> Value {
    json!({ "secret": session["secret"] })
}

#[tokio::test]
async fn the_look_comes_in_the_visitors_language() {
    let world = world().await;
    let look = async |language: &str| {
        world
            .anonymous()
            .get(&format!("/widget/aurinko/config.json?language={language}"))
            .await
            .text()
    };
    insta::assert_snapshot!(look("en").await, @r##"{"title":"Ask us","greeting":"Hei!","accent":"#005577","language":"en","languages":["fi","en"],"time_zone":"Europe/Helsinki","help":"/help/aurinko/en","call":{"open":true,"hours":[[1795356000000,1795960800000]]}}"##);
    insta::assert_snapshot!(look("de").await, @r##"{"title":"aurinko oy","greeting":"Hei!","accent":"#005577","language":"fi","languages":["fi","en"],"time_zone":"Europe/Helsinki","help":"/help/aurinko/fi","call":{"open":true,"hours":[[1795356000000,1795960800000]]}}"##);
}

#[tokio::test]
async fn a_talk_survives_a_lost_connection() {
    let world = world().await;
    let server = serve(&world).await;
    let agent = world.agent("aurinko").await;
    let hello = json!({ "type": "hello", "secret": secret('a'), "after": 0, "language": "fi" });
    let (mut widget, welcome) = Widget::open(&server, &hello).await;
    assert_eq!(welcome["conversation"], json!(null));
    let thread = welcome["thread"].as_str().unwrap().to_owned();

    widget.say(&json!({ "type": "message", "id": "m1", "text": "Hei" })).await;
    let own = widget.until("message").await;
    assert_eq!((own["author"].as_str(), own["client_id"].as_str()), (Some("contact"), Some("m1")));
    let state = widget.until("state").await;
    assert_eq!(state["state"], "queued");
    let id = state["conversation"].as_str().unwrap().to_owned();

    let path = format!("/api/v1/conversations/{id}/messages");
    agent.post(&path, &json!({ "text": "Hei, Anna here" })).await;
    let answer = widget.until("message").await;
    assert_eq!(
        (answer["text"].as_str(), answer["name"].as_str()),
        (Some("Hei, Anna here"), Some("anna"))
    );
    let assigned = widget.until("state").await;
    assert_eq!(
        (assigned["state"].as_str(), assigned["assignee"].as_str()),
        (Some("assigned"), Some("anna"))
    );
    let seen = answer["seq"].as_u64().unwrap();
    drop(widget);

    agent
        .post(&format!("/api/v1/conversations/{id}/notes"), &json!({ "text": "odd person" }))
        .await;
    agent.post(&path, &json!({ "text": "Are you there?" })).await;
    let hello = json!({
        "type": "hello", "secret": secret('a'), "after": seen, "conversation": id, "language": "fi",
    });
    let (mut widget, welcome) = Widget::open(&server, &hello).await;
    assert_eq!(welcome["conversation"], json!(id));
    assert_eq!(welcome["thread"], json!(thread));
    let missed = widget.hear().await;
    assert_eq!(
        missed["text"], "Are you there?",
        "what was missed, once, and never a note: {missed}"
    );
    assert_eq!(widget.hear().await["type"], "state");
    widget.say(&json!({ "type": "ping" })).await;
    assert_eq!(widget.hear().await, json!({ "type": "pong" }), "and nothing more");
    let short = json!({ "type": "hello", "secret": secret('a'), "after": seen });
    let (mut again, _) = Widget::open(&server, &short).await;
    assert_eq!(
        again.hear().await["text"],
        "Are you there?",
        "who names no conversation means this one"
    );
}

#[tokio::test]
async fn a_frame_sent_twice_is_taken_once_and_acknowledged_twice() {
    let world = world().await;
    let server = serve(&world).await;
    let hello = json!({ "type": "hello", "secret": secret('b') });
    let frame = json!({ "type": "message", "id": "m1", "text": "once" });
    let (mut widget, _) = Widget::open(&server, &hello).await;
    widget.say(&frame).await;
    widget.until("ack").await;
    let (mut again, _) = Widget::open(&server, &hello).await;
    again.say(&frame).await;
    again.say(&json!({ "type": "message", "id": "m2", "text": "twice" })).await;
    let (mut acks, mut texts) = (Vec::new(), Vec::new());
    while acks.len() < 2 || texts.last() != Some(&json!("twice")) {
        let frame = again.hear().await;
        match frame["type"].as_str().unwrap() {
            "ack" => acks.push(frame["id"].clone()),
            "message" => texts.push(frame["text"].clone()),
            _ => {}
        }
    }
    assert_eq!(acks, ["m1", "m2"]);
    assert_eq!(texts, ["once", "twice"]);
}

#[tokio::test]
async fn messages_of_one_visitor_keep_their_order() {
    let world = world_with(Limits { visitor: Rate::new(6000, 100), ..Limits::default() }).await;
    let server = serve(&world).await;
    let (mut widget, _) =
        Widget::open(&server, &json!({ "type": "hello", "secret": secret('c') })).await;
    for n in 0..40 {
        widget
            .say(&json!({ "type": "message", "id": format!("m{n}"), "text": n.to_string() }))
            .await;
    }
    let mut seqs = Vec::new();
    for n in 0..40 {
        let message = widget.until("message").await;
        assert_eq!(message["text"], json!(n.to_string()));
        seqs.push(message["seq"].as_u64().unwrap());
    }
    assert!(seqs.is_sorted(), "{seqs:?}");
}

#[tokio::test]
async fn a_new_conversation_is_told_from_its_beginning() {
    let world = world().await;
    let server = serve(&world).await;
    let agent = world.agent("aurinko").await;
    let hello = json!({ "type": "hello", "secret": secret('d') });
    let (mut widget, _) = Widget::open(&server, &hello).await;
    widget.say(&json!({ "type": "message", "id": "m1", "text": "first matter" })).await;
    let first = widget.until("state").await["conversation"].as_str().unwrap().to_owned();
    for text in ["a", "b", "c"] {
        let path = format!("/api/v1/conversations/{first}/messages");
        agent.post(&path, &json!({ "text": text })).await;
        widget.until("message").await;
    }
    let closed = agent
        .post(&format!("/api/v1/conversations/{first}/close"), &json!({ "reason": "unsolved" }))
        .await;
    assert_eq!(closed.status, 200, "{}", closed.brief());
    loop {
        let state = widget.until("state").await;
        if state["state"] == "closed" {
            break;
        }
    }
    widget.say(&json!({ "type": "message", "id": "m2", "text": "second matter" })).await;
    let message = widget.until("message").await;
    assert_eq!(message["text"], "second matter");
    assert_ne!(message["conversation"], json!(first));
    // Its sequence starts anew, below what the widget had of the first: it must come all the same.
    let hello = json!({
        "type": "hello", "secret": secret('d'), "after": 1000, "conversation": first,
    });
    let (mut again, _) = Widget::open(&server, &hello).await;
    assert_eq!(again.until("message").await["text"], "second matter");
}

#[tokio::test]
async fn a_person_who_writes_is_announced() {
    let world = world().await;
    let server = serve(&world).await;
    let agent = world.agent("aurinko").await;
    let (mut widget, _) =
        Widget::open(&server, &json!({ "type": "hello", "secret": secret('e') })).await;
    widget.say(&json!({ "type": "message", "id": "m1", "text": "hello" })).await;
    let id = widget.until("state").await["conversation"].as_str().unwrap().to_owned();
    let focus = format!("/console/conversations/{id}/focus");
    assert_eq!(agent.post(&focus, &json!({ "doing": "reading" })).await.status, 204);
    assert_eq!(agent.post(&focus, &json!({ "doing": "writing" })).await.status, 204);
    assert_eq!(widget.until("typing").await["name"], "anna");
    let stranger = world.agent("vuori").await;
    assert_eq!(
        stranger.post(&focus, &json!({ "doing": "writing" })).await.brief(),
        "404 not-found"
    );
}

#[tokio::test]
async fn a_customer_who_writes_is_announced_now_and_then_to_who_may_read() {
    let world = world().await;
    let server = serve(&world).await;
    let (mut widget, _) =
        Widget::open(&server, &json!({ "type": "hello", "secret": secret('e') })).await;
    // Before there is a conversation there is nobody to tell.
    widget.say(&json!({ "type": "typing" })).await;
    widget.say(&json!({ "type": "message", "id": "m1", "text": "hello" })).await;
    let id = widget.until("state").await["conversation"].as_str().unwrap().to_owned();
    let mut at_agent = Console::open(&server, &world.agent("aurinko").await).await;
    let mut at_stranger = Console::open(&server, &world.agent("vuori").await).await;
    for _ in 0..3 {
        widget.say(&json!({ "type": "typing" })).await;
    }
    let mut typing = 0;
    for id_of_message in ["m2", "m3"] {
        let text = "are you there?";
        widget.say(&json!({ "type": "message", "id": id_of_message, "text": text })).await;
        let seq = loop {
            let message = widget.until("message").await;
            if message["client_id"] == id_of_message {
                break message["seq"].as_u64().unwrap();
            }
        };
        // News of a moment come together, the conversation's own first.
        let mut told = false;
        while !told || typing == 0 {
            let (name, data) = at_agent.next().await;
            assert_eq!(data["conversation"], json!(id), "{name}");
            typing += usize::from(name == "typing");
            told |= name == "conversation" && data["seq"].as_u64() >= Some(seq);
        }
    }
    assert_eq!(typing, 1, "three in a moment are told once");
    let own = world.asks("vuori", "t1", "where is my parcel").await.to_string();
    assert_eq!(at_stranger.next().await.1["conversation"], json!(own), "never the neighbour's");
}

#[tokio::test]
async fn odd_frames_get_plain_words() {
    let limits = Limits { visitor: Rate::new(60, 2), ..Limits::default() };
    let world = world_with(limits).await;
    let server = serve(&world).await;
    let (mut widget, _) =
        Widget::open(&server, &json!({ "type": "hello", "secret": secret('f') })).await;
    widget.say(&json!({ "type": "dance" })).await;
    let error = widget.hear().await;
    assert_eq!(error["code"], "malformed", "{error}");
    widget.say(&json!({ "type": "hello", "secret": secret('f') })).await;
    assert_eq!(widget.hear().await["message"], "hello was said already");
    widget.say(&json!({ "type": "message", "id": "m1", "text": "x".repeat(17_000) })).await;
    let error = widget.hear().await;
    assert_eq!((error["id"].as_str(), error["code"].as_str()), (Some("m1"), Some("malformed")));
    widget.say(&json!({ "type": "start", "id": "s" })).await;
    widget.until("ack").await;
    widget.say(&json!({ "type": "message", "id": "m2", "text": "too soon" })).await;
    let error = widget.until("error").await;
    assert_eq!(
        (error["code"].as_str(), error["retry_after_s"].as_u64()),
        (Some("limited"), Some(1))
    );
    world.database_gone(true);
    world.clock.forward(1000);
    widget.say(&json!({ "type": "message", "id": "m3", "text": "now" })).await;
    let error = widget.until("error").await;
    assert_eq!((error["id"].as_str(), error["code"].as_str()), (Some("m3"), Some("unavailable")));
    world.database_gone(false);
    world.clock.forward(1000);
    widget.say(&json!({ "type": "message", "id": "m3", "text": "now" })).await;
    assert_eq!(widget.until("ack").await["id"], "m3", "the same frame again is fine");
    widget.say(&json!({ "type": "message", "id": "m4", "text": "x".repeat(40_000) })).await;
    assert_eq!(widget.hear_close().await, json!({ "closed": null }), "beyond the frame's cap");
}

impl Widget {
    async fn hear_close(&mut self) -> Value {
        loop {
            let frame = self.hear().await;
            if frame.get("closed").is_some() {
                return frame;
            }
        }
    }
}

#[tokio::test]
async fn who_does_not_say_hello_is_shown_out() {
    let world = world().await;
    let server = serve(&world).await;
    for hello in [
        json!({ "type": "hello", "secret": "guess" }),
        json!({ "type": "message", "id": "m", "text": "no hello" }),
        json!("nonsense"),
    ] {
        let mut widget = Widget::connect(&server, "aurinko").await.unwrap();
        widget.say(&hello).await;
        assert_eq!(widget.hear().await, json!({ "closed": 1008 }), "{hello}");
    }
}

fn status(refused: Result<Widget, Error>) -> u16 {
    match refused {
        Err(Error::Http(response)) => response.status().as_u16(),
        Err(other) => panic!("{other}"),
        Ok(_) => 101,
    }
}

#[tokio::test]
async fn only_the_tenants_pages_may_use_its_widget() {
    let world = world().await;
    let server = serve(&world).await;
    let own = format!("http://{}", server.at);
    for (tenant, origin, expected) in [
        ("aurinko", "https://aurinko.example", 101),
        ("aurinko", "https://kerros.example", 101),
        ("aurinko", "https://evil.example", 403),
        ("aurinko", &*own, 403),
        ("vuori", "https://anywhere.example", 101),
        ("nobody", "https://aurinko.example", 404),
    ] {
        let got = status(Widget::connect_from(&server, tenant, Some(origin)).await);
        assert_eq!(got, expected, "{tenant} from {origin}");
    }
    let asked = async |origin: &str| {
        let request = Request::get("/widget/aurinko/config.json").header("origin", origin);
        world.anonymous().send(request.body(Body::empty()).unwrap()).await
    };
    let allowed = asked("https://aurinko.example").await;
    assert_eq!(allowed.header("access-control-allow-origin"), "https://aurinko.example");
    assert!(allowed.headers.get_all("vary").iter().any(|vary| vary == "origin"));
    let refused = asked("https://evil.example").await;
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (403, ""));
    let preflight = Request::options("/widget/aurinko/frames")
        .header("origin", "https://aurinko.example")
        .header("access-control-request-method", "POST");
    let preflight = world.anonymous().send(preflight.body(Body::empty()).unwrap()).await;
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.header("access-control-allow-headers"), "authorization, content-type");
}

#[tokio::test]
async fn only_a_websocket_opens_a_socket() {
    let world = world().await;
    let plain = async |tenant: &str| {
        world.anonymous().get(&format!("/widget/{tenant}/socket")).await.brief()
    };
    insta::assert_snapshot!(plain("aurinko").await, @"426 websocket-needed: Connection header did not include 'upgrade'");
    insta::assert_snapshot!(plain("nobody").await, @"404 not-found");
}

#[tokio::test]
async fn an_address_has_so_many_sockets_and_no_more() {
    let world = world_with(Limits { sockets_per_address: 2, ..Limits::default() }).await;
    let server = serve(&world).await;
    let first = Widget::connect(&server, "aurinko").await.unwrap();
    let _second = Widget::connect(&server, "aurinko").await.unwrap();
    assert_eq!(status(Widget::connect(&server, "aurinko").await), 429);
    drop(first);
    let again = async {
        while status(Widget::connect(&server, "aurinko").await) != 101 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, again).await.expect("who leaves makes room");
}

#[tokio::test]
async fn without_a_socket_the_same_frames_go_by_request() {
    let world = world().await;
    let as_visitor = async |request: axum::http::request::Builder, body: String| {
        let secret = format!("Visitor {}", secret('9'));
        let request = request.header("authorization", secret).body(body.into()).unwrap();
        world.anonymous().send(request).await
    };
    let post = |frame: Value| {
        as_visitor(Request::post("/widget/aurinko/frames?language=fi"), frame.to_string())
    };
    let ack = post(json!({ "type": "message", "id": "m1", "text": "hello" })).await;
    insta::assert_snapshot!(ack.brief(), @"200 ack");
    insta::assert_snapshot!(post(json!({ "type": "message", "id": "m1", "text": "hello" })).await.brief(), @"200 ack");
    insta::assert_snapshot!(post(json!({ "type": "ping" })).await.brief(), @"400 invalid-request: only start, message, person and call are sent here");
    insta::assert_snapshot!(post(json!({ "type": "message", "text": "no id" })).await.brief(), @"400 error");
    let thread = {
        let body = json!({ "secret": secret('9') });
        world.anonymous().post("/widget/aurinko/session", &body).await.json()
    };
    world.heard("aurinko", thread["thread"].as_str().unwrap()).await;
    let read = async |query: &str| {
        let request = Request::get(format!("/widget/aurinko/messages{query}"));
        as_visitor(request, String::new()).await.json()
    };
    let new = read("").await;
    assert_eq!(new["messages"][0]["text"], "hello");
    assert_eq!(new["state"]["state"], "queued");
    let id = new["conversation"].as_str().unwrap();
    assert_eq!(read(&format!("?after=100&conversation={id}")).await["messages"], json!([]));
    let other = "cnv_0198c0de0000700080000000000000aa";
    let read_other = read(&format!("?after=100&conversation={other}")).await;
    assert_eq!(read_other["messages"][0]["text"], "hello", "told from the beginning");
    let stranger = world.anonymous().get("/widget/aurinko/messages").await;
    insta::assert_snapshot!(stranger.brief(), @"401 not-authenticated");
}

#[tokio::test]
async fn a_stop_says_goodbye_and_ends() {
    let world = world().await;
    let server = serve(&world).await;
    let (mut widget, _) =
        Widget::open(&server, &json!({ "type": "hello", "secret": secret('1') })).await;
    let _idle = TcpStream::connect(server.at).await.unwrap();
    world.readiness.drain();
    assert_eq!(widget.hear().await, json!({ "closed": 1001 }));
    tokio::time::timeout(PATIENCE, server.ended).await.expect("the stop has an end").unwrap();
    assert!(TcpStream::connect(server.at).await.is_err(), "nobody is let in any more");
}

/// An expert's answer reaches the visitor like an agent's: the widget knows no layers.
#[tokio::test]
async fn an_experts_answer_comes_too() {
    let world = world().await;
    let server = serve(&world).await;
    let agent = world.agent("aurinko").await;
    let expert = world.client("eero", Role::Expert, "aurinko", "experts").await;
    let (mut widget, _) =
        Widget::open(&server, &json!({ "type": "hello", "secret": secret('2') })).await;
    widget.say(&json!({ "type": "message", "id": "m1", "text": "hard" })).await;
    let id = widget.until("state").await["conversation"].as_str().unwrap().to_owned();
    let at = |verb: &str| format!("/api/v1/conversations/{id}/{verb}");
    agent.post(&at("escalate"), &json!({ "fields": { "tried": "all" } })).await;
    expert.post(&at("messages"), &json!({ "text": "I know" })).await;
    assert_eq!(widget.until("message").await["text"], "I know");
}
