//! What providers, and those who pretend to be one, bring.

use axum::body::Body;
use axum::http::Request;
use kerros_app::ports::store::{Role, Scope};
use kerros_web::Limits;
use kerros_web::limit::Rate;
use serde_json::json;

use crate::client::Answer;
use crate::plugins::GENUINE;
use crate::world::{World, world, world_with};

async fn hook(
    world: &World,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Answer {
    let mut request = Request::post(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    world.anonymous().send(request.body(body.into()).unwrap()).await
}

fn hello(id: &str) -> String {
    json!({ "id": id, "thread": "t1", "text": id }).to_string()
}

const RIGHT: (&str, &str) = ("x-secret", GENUINE);

#[tokio::test]
async fn a_message_becomes_a_conversation_and_a_repeat_does_not() {
    let world = world().await;
    let first = hook(&world, "/hooks/aurinko/hook", &[RIGHT], hello("1")).await;
    insta::assert_snapshot!(first.brief(), @"200 ");
    let id = world.heard("aurinko", "t1").await;
    for _ in 0..3 {
        let repeat = hook(&world, "/hooks/aurinko/hook", &[RIGHT], hello("1")).await;
        assert_eq!(repeat.brief(), "200 ");
    }
    let second = hook(&world, "/hooks/aurinko/hook", &[RIGHT], hello("2")).await;
    assert_eq!(second.status, 200);
    let mut texts = Vec::new();
    while texts.last().map(String::as_str) != Some("2") {
        world.heard("aurinko", "t1").await;
        let messages = world.ctx.store.messages(&Scope::Platform, id, 0, 100).await.unwrap();
        texts = messages.into_iter().map(|message| message.text).collect();
    }
    assert_eq!(texts, ["1", "2"], "each once");
}

#[tokio::test]
async fn what_is_refused_leaves_nothing_behind() {
    let world = world().await;
    let right = [RIGHT];
    let say = |answer: Answer| answer.brief();
    let at = "/hooks/aurinko/hook";
    insta::assert_snapshot!(say(hook(&world, at, &[], hello("1")).await), @"401 not-genuine");
    insta::assert_snapshot!(say(hook(&world, at, &[("x-secret", "wrong")], hello("1")).await), @"401 not-genuine");
    insta::assert_snapshot!(say(hook(&world, at, &right, "{not json").await), @"400 malformed: key must be a string at line 1 column 2");
    insta::assert_snapshot!(say(hook(&world, at, &right, vec![0xff, 0xfe, 0x00]).await), @"400 malformed: expected value at line 1 column 1");
    insta::assert_snapshot!(say(hook(&world, at, &right, "").await), @"400 malformed: EOF while parsing a value at line 1 column 0");
    let huge = json!({ "id": "1", "thread": "t", "text": "x".repeat(20_000) }).to_string();
    insta::assert_snapshot!(say(hook(&world, at, &right, huge).await), @"400 malformed: a message has at most 16384 bytes of text, found 20000");
    let zipped = [RIGHT, ("content-encoding", "gzip")];
    insta::assert_snapshot!(say(hook(&world, at, &zipped, hello("1")).await), @"415 unsupported-media-type: send the body without Content-Encoding");
    let body = vec![b' '; 1024 * 1024 + 1];
    insta::assert_snapshot!(say(hook(&world, at, &right, body).await), @"413 too-large: at most 1048576 bytes");
    let lie = [RIGHT, ("content-length", "99999999")];
    insta::assert_snapshot!(say(hook(&world, at, &lie, hello("1")).await), @"413 too-large: at most 1048576 bytes");
    let odd = hook(&world, at, &[RIGHT, ("x-note", "\u{e4}")], hello("1")).await;
    insta::assert_snapshot!(say(odd), @"400 malformed: the header x-note is not ASCII text");

    let jobs = world.ctx.store.job_counts().await.unwrap();
    assert!(jobs.iter().all(|count| count.waiting == 0 && count.dead == 0), "{jobs:?}");
    let agent = world.agent("aurinko").await;
    let list = agent.get("/api/v1/conversations").await.json();
    assert_eq!(list["items"], json!([]), "nothing was taken in");
}

#[tokio::test]
async fn a_mail_by_hook_is_a_hook() {
    let world = world().await;
    let at = "/hooks/aurinko/hook";
    let mail = "From: a@b.fi\r\nSubject: Hei\r\n\r\nx\r\n";
    let kind = ("content-type", "message/rfc822");
    let forged = [kind, ("mailbox", "support@aurinko.example")];
    let answer = hook(&world, at, &forged, mail).await;
    insta::assert_snapshot!(answer.brief(), @"401 not-genuine");
    // What the host alone may say of a mail does not reach the channel.
    let claims = [RIGHT, kind, ("mailbox", "a@b.fi"), ("Original", "f"), ("digest", "kept")];
    let answer = hook(&world, "/hooks/aurinko/hook/heads", &claims, hello("1")).await;
    assert_eq!(answer.status, 200);
    insta::assert_snapshot!(answer.text(), @"hook: content-type digest x-secret");
}

#[tokio::test]
async fn a_big_mail_streams_through_the_lifting() {
    let limits = Limits { hook_mail_bytes: 4 << 20, ..Limits::default() };
    let world = world_with(limits).await;
    let at = "/hooks/aurinko/hook";
    let kind = ("content-type", "message/rfc822");
    let mail = |bytes: usize| vec![b'x'; bytes];
    // Nobody takes two megabytes of anything else, and nobody takes them from a stranger.
    let other = hook(&world, at, &[RIGHT], mail(2 << 20)).await;
    assert_eq!(other.status, 413);
    insta::assert_snapshot!(hook(&world, at, &[kind], mail(2 << 20)).await.brief(), @"401 not-genuine");
    for _ in 0..2 {
        assert_eq!(hook(&world, at, &[RIGHT, kind], mail(2 << 20)).await.brief(), "200 ");
    }
    let id = world.heard("aurinko", "t1").await;
    let messages = world.ctx.store.messages(&Scope::Platform, id, 0, 100).await.unwrap();
    let texts: Vec<String> = messages.into_iter().map(|message| message.text).collect();
    assert_eq!(texts, ["2097152 bytes"], "once");
    let answer = hook(&world, at, &[RIGHT, kind], mail((4 << 20) + 1)).await;
    insta::assert_snapshot!(answer.brief(), @"413 too-large: at most 4194304 bytes");
    let chunk = axum::body::Bytes::from(vec![b' '; 64 * 1024]);
    let endless = futures::stream::repeat_with(move || Ok::<_, std::io::Error>(chunk.clone()));
    let answer = hook(&world, at, &[RIGHT, kind], Body::from_stream(endless)).await;
    insta::assert_snapshot!(answer.brief(), @"413 too-large: at most 4194304 bytes");
    let broken = futures::stream::iter([
        Ok(axum::body::Bytes::from_static(b"From: a@b.fi")),
        Err(std::io::Error::other("gone")),
    ]);
    let answer = hook(&world, at, &[RIGHT, kind], Body::from_stream(broken)).await;
    insta::assert_snapshot!(answer.brief(), @"400 invalid-request: the body ended too early");
}

#[tokio::test]
async fn an_endless_body_is_cut_off_at_the_cap() {
    let world = world().await;
    let chunk = axum::body::Bytes::from(vec![b' '; 64 * 1024]);
    let endless = futures::stream::repeat_with(move || Ok::<_, std::io::Error>(chunk.clone()));
    let answer = hook(&world, "/hooks/aurinko/hook", &[RIGHT], Body::from_stream(endless)).await;
    insta::assert_snapshot!(answer.brief(), @"413 too-large: at most 1048576 bytes");
}

#[tokio::test]
async fn what_does_not_exist_is_told_apart_from_nothing() {
    let world = world().await;
    let mut told = Vec::new();
    for path in [
        "/hooks/nobody/hook",
        "/hooks/aurinko/nothing",
        "/hooks/nobody/nothing/deep/path",
        // The widget's channel: its frames come over its socket only.
        "/hooks/aurinko/chat",
        "/hooks/aurinko%ff/hook",
        "/nowhere/at/all",
    ] {
        let answer = hook(&world, path, &[RIGHT], hello("1")).await;
        told.push(answer.brief() + &answer.text());
    }
    told.dedup();
    assert_eq!(told.len(), 1, "all alike: {told:?}");
    insta::assert_snapshot!(told[0], @r#"404 not-found{"status":404,"title":"There is no such thing.","type":"urn:kerros:problem:not-found"}"#);
}

#[tokio::test]
async fn the_channel_may_answer_in_its_own_words() {
    let world = world().await;
    let answer = hook(&world, "/hooks/aurinko/hook/reply", &[RIGHT], hello("1")).await;
    insta::assert_snapshot!(answer.brief(), @r#"202 {"taken":true}"#);
    assert_eq!(answer.header("content-type"), "application/json");
    let challenge = Request::get("/hooks/aurinko/hook?challenge=4711").header("x-secret", GENUINE);
    let answer = world.anonymous().send(challenge.body(Body::empty()).unwrap()).await;
    insta::assert_snapshot!(answer.brief(), @"200 4711");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn each_channel_has_its_own_rate() {
    let limits = Limits { hooks: Rate::new(60, 2), ..Limits::default() };
    let world = world_with(limits).await;
    let send = async |tenant: &str| {
        hook(&world, &format!("/hooks/{tenant}/hook"), &[RIGHT], hello("1")).await
    };
    assert_eq!(send("aurinko").await.status, 200);
    assert_eq!(send("aurinko").await.status, 200);
    let limited = send("aurinko").await;
    insta::assert_snapshot!(limited.brief(), @"429 too-many-requests");
    assert_eq!(limited.header("retry-after"), "1");
    assert_eq!(send("vuori").await.status, 200, "a neighbour's flood is not ours");
    world.clock.forward(1000);
    assert_eq!(send("aurinko").await.status, 200);
}

#[tokio::test]
async fn without_a_database_nothing_is_acknowledged() {
    let world = world().await;
    world.database_gone(true);
    let answer = hook(&world, "/hooks/aurinko/hook", &[RIGHT], hello("1")).await;
    insta::assert_snapshot!(answer.brief(), @"503 unavailable");
    assert_eq!(answer.header("retry-after"), "1");
    world.database_gone(false);
    assert_eq!(hook(&world, "/hooks/aurinko/hook", &[RIGHT], hello("1")).await.status, 200);
    world.heard("aurinko", "t1").await;
    let agent = world.client("anna", Role::Agent, "aurinko", "first-line").await;
    let list = agent.get("/api/v1/conversations").await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn who_hangs_up_in_the_middle_leaves_nothing_half_done() {
    let world = world().await;
    let slow = hook(&world, "/hooks/aurinko/hook", &[RIGHT, ("x-slow", "yes")], hello("1"));
    // Asked once, then dropped: as a server does when the connection is gone.
    tokio::select! {
        biased;
        _ = slow => panic!("it is slower than that"),
        () = std::future::ready(()) => {}
    }
    world.heard("aurinko", "t1").await;
    assert_eq!(hook(&world, "/hooks/aurinko/hook", &[RIGHT], hello("2")).await.status, 200);
    world.heard("aurinko", "t1").await;
}

#[tokio::test]
async fn a_panic_is_a_500_that_tells_nothing() {
    let world = world().await;
    let broken = [RIGHT, ("x-panic", "please")];
    let answer = hook(&world, "/hooks/aurinko/hook", &broken, hello("1")).await;
    insta::assert_snapshot!(answer.brief(), @"500 internal");
}
