//! The road of a conversation over the API, and what it says to odd requests.

use axum::http::{Method, Request};
use kerros_app::ports::store::Role;
use serde_json::json;

use crate::client::{Answer, Client};
use crate::world::world;

#[tokio::test]
async fn a_question_is_answered_and_solved() {
    let world = world().await;
    let agent = world.agent("aurinko").await;
    let id = world.asks("aurinko", "t1", "my card is gone").await;
    let at = |verb: &str| format!("/api/v1/conversations/{id}{verb}");

    let list = agent.get("/api/v1/conversations?state=queued&layer=first-line").await.json();
    assert_eq!(list["items"][0]["preview"], "my card is gone");
    assert_eq!(list["items"][0]["contact_name"], "Maija");
    assert_eq!(list["next"], json!(null));

    let taken = agent.post(&at("/assign"), &json!({})).await.json();
    assert_eq!(taken["state"], "assigned");
    let note = agent.post(&at("/notes"), &json!({ "text": "a regular" })).await;
    assert_eq!((note.status, note.json()["visibility"].as_str()), (201, Some("internal")));
    let answer = agent.post(&at("/messages"), &json!({ "text": "We closed it." })).await;
    assert_eq!((answer.status, answer.json()["author"].as_str()), (201, Some("person")));
    let tagged = agent.put(&at("/tags/card"), &json!({})).await.json();
    assert_eq!(tagged["tags"], json!(["card"]));
    insta::assert_snapshot!(agent.put(&at("/tags/nonsense"), &json!({})).await.brief(), @"422 refused: the tag nonsense is not in the tenant's tag set");
    assert_eq!(agent.delete(&at("/tags/card")).await.json()["tags"], json!([]));
    let urgent = agent.put(&at("/priority"), &json!({ "priority": "urgent" })).await.json();
    assert_eq!(urgent["priority"], "urgent");
    let segment = agent.put(&at("/segment"), &json!({ "segment": "employees" })).await.json();
    assert_eq!(segment["segment"], "employees");
    assert_eq!(agent.post(&at("/pend"), &json!({})).await.json()["state"], "pending");
    let solved = agent.post(&at("/resolve"), &json!({})).await.json();
    assert_eq!(solved["resolution"]["layer"], "first-line");
    insta::assert_snapshot!(agent.post(&at("/pend"), &json!({})).await.brief(), @"422 refused: a conversation that is Resolved cannot take this command");
    assert_eq!(agent.post(&at("/reopen"), &json!({})).await.json()["reopened"], 1);
    let closed = agent.post(&at("/close"), &json!({ "reason": "unsolved" })).await.json();
    assert_eq!(
        (closed["state"].as_str(), closed["closed"].as_str()),
        (Some("closed"), Some("unsolved"))
    );

    let messages = agent.get(&at("/messages")).await.json();
    let texts: Vec<_> =
        messages["items"].as_array().unwrap().iter().map(|m| m["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["my card is gone", "a regular", "We closed it."]);
    let page = agent.get(&at("/messages?limit=1")).await.json();
    let next = page["next"].as_u64().unwrap();
    let page = agent.get(&at(&format!("/messages?limit=1&after={next}"))).await.json();
    assert_eq!(page["items"][0]["text"], "a regular");
    let timeline = agent.get(&at("/timeline?limit=500")).await.json();
    let entries = timeline["items"].as_array().unwrap();
    assert_eq!(entries[0]["event"]["type"], "opened");
    for (index, entry) in entries.iter().enumerate() {
        assert_eq!(entry["seq"].as_u64(), Some(index as u64 + 1), "without gaps");
    }
}

#[tokio::test]
async fn the_same_key_is_the_same_message() {
    let world = world().await;
    let agent = world.agent("aurinko").await;
    let id = world.asks("aurinko", "t1", "hello?").await;
    let path = format!("/api/v1/conversations/{id}/messages");
    let say = async |key: &str, text: &str| {
        let request = Request::post(&path)
            .header("content-type", "application/json")
            .header("idempotency-key", key)
            .body(json!({ "text": text }).to_string().into())
            .unwrap();
        agent.send(request).await
    };
    let first = say("k1", "Good morning").await;
    assert_eq!(first.status, 201, "{}", first.brief());
    let again = say("k1", "Good morning").await;
    assert_eq!(again.status, 201);
    assert_eq!(first.json()["id"], again.json()["id"]);
    assert_ne!(say("k2", "Good morning").await.json()["id"], first.json()["id"]);
    let messages = agent.get(&path).await.json();
    assert_eq!(messages["items"].as_array().unwrap().len(), 3, "the question and two answers");
    insta::assert_snapshot!(say(&"k".repeat(201), "x").await.brief(), @"400 invalid-request: Idempotency-Key takes 1 to 200 visible characters");
}

#[tokio::test]
async fn escalation_needs_its_briefing() {
    let world = world().await;
    let agent = world.agent("aurinko").await;
    let id = world.asks("aurinko", "t1", "a hard one").await;
    let path = format!("/api/v1/conversations/{id}/escalate");
    let refused = agent.post(&path, &json!({ "fields": {} })).await;
    insta::assert_snapshot!(refused.brief(), @"422 refused: the briefing lacks: tried");
    assert_eq!(
        refused.json()["refusal"],
        json!({ "refusal": "briefing_incomplete", "missing": ["tried"] })
    );
    assert_eq!(refused.header("content-type"), "application/problem+json");
    let backwards = json!({ "to": "first-line", "fields": { "tried": "x" } });
    insta::assert_snapshot!(agent.post(&path, &backwards).await.brief(), @"422 refused: layer first-line does not come after first-line");
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repeat() {
    let world = world().await;
    let agent = world.agent("aurinko").await;
    let mut asked = Vec::new();
    for n in 0..7 {
        asked.push(world.asks("aurinko", &format!("t{n}"), "hello").await.to_string());
        world.clock.forward(1000);
    }
    for order in ["queue", "newest"] {
        let mut seen = Vec::new();
        let mut after = String::new();
        loop {
            let path = format!("/api/v1/conversations?limit=3&order={order}{after}");
            let page = agent.get(&path).await.json();
            let items = page["items"].as_array().unwrap();
            seen.extend(items.iter().map(|row| row["id"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&after={next}");
        }
        let mut expected = asked.clone();
        if order == "newest" {
            expected.reverse();
        }
        assert_eq!(seen, expected, "{order}");
    }
}

#[tokio::test]
async fn odd_requests_get_plain_words() {
    let world = world().await;
    let agent = world.agent("aurinko").await;
    let id = world.asks("aurinko", "t1", "hello").await;
    let at = |verb: &str| format!("/api/v1/conversations/{id}{verb}");
    let raw = async |kind: &str, body: Vec<u8>| -> Answer {
        let request = Request::post(at("/notes")).header("content-type", kind).body(body.into());
        agent.send(request.unwrap()).await
    };
    let json_kind = "application/json";
    insta::assert_snapshot!(agent.get("/api/v1/conversations?limit=201").await.brief(), @"400 invalid-request: limit takes 1 to 200");
    insta::assert_snapshot!(agent.get("/api/v1/conversations?limit=0").await.brief(), @"400 invalid-request: limit takes 1 to 200");
    insta::assert_snapshot!(agent.get("/api/v1/conversations?state=lost").await.brief(), @r#"400 invalid-request: there is no state "lost""#);
    insta::assert_snapshot!(agent.get("/api/v1/conversations?colour=red").await.brief(), @"400 invalid-request: Failed to deserialize query string: colour: unknown field `colour`, expected one of `state`, `layer`, `tenant`, `assignee`, `contact`, `attention`, `opened_from_ms`, `opened_to_ms`, `text`, `order`, `after`, `limit`");
    insta::assert_snapshot!(agent.get("/api/v1/conversations/17").await.brief(), @"404 not-found");
    insta::assert_snapshot!(agent.get(&at("/messages?limit=501")).await.brief(), @"400 invalid-request: limit takes 1 to 500");
    insta::assert_snapshot!(raw("text/plain", b"{}".into()).await.brief(), @"415 unsupported-media-type: send Content-Type: application/json");
    insta::assert_snapshot!(raw(json_kind, b"{".into()).await.brief(), @"400 invalid-request: EOF while parsing an object at line 1 column 1");
    insta::assert_snapshot!(raw(json_kind, vec![0xff]).await.brief(), @"400 invalid-request: expected value at line 1 column 1");
    insta::assert_snapshot!(raw(json_kind, br#"{"text":"x","loud":true}"#.into()).await.brief(), @"400 invalid-request: unknown field `loud`, expected `text` at line 1 column 18");
    insta::assert_snapshot!(raw(json_kind, vec![b' '; 300_000]).await.brief(), @"413 too-large: at most 262144 bytes");
    insta::assert_snapshot!(raw(json_kind, br#"{"text":""}"#.into()).await.brief(), @"422 refused: a message needs 1 to 16384 bytes of text, found 0");
    let long = json!({ "text": "x".repeat(20_000) }).to_string();
    insta::assert_snapshot!(raw(json_kind, long.into()).await.brief(), @"422 refused: a message needs 1 to 16384 bytes of text, found 20000");
    insta::assert_snapshot!(agent.json(Method::PATCH, &at(""), &json!({})).await.brief(), @"405 method-not-allowed");
}

#[tokio::test]
async fn supervisors_only() {
    let world = world().await;
    let agent = world.agent("aurinko").await;
    for path in [
        "/api/v1/dead-letters",
        "/api/v1/plugins",
        "/api/v1/plugins/costs",
        "/api/v1/plugins/faults",
    ] {
        assert_eq!(agent.get(path).await.brief(), "403 forbidden", "{path}");
    }
    let report = "/api/v1/tenants/aurinko/reports/monthly?month=2026-10&language=sv";
    insta::assert_snapshot!(agent.get(report).await.brief(), @"403 forbidden");
    let olli = world.client("olli", Role::Supervisor, "aurinko", "first-line").await;
    insta::assert_snapshot!(olli.get(report).await.brief(), @r#"200 {"title":"aurinko oy","blocks":[{"block":"text","text":"2026-10 in sv"}]}"#);
    insta::assert_snapshot!(olli.get("/api/v1/plugins/faults").await.brief(), @r#"200 {"items":[{"tenant":"aurinko","plugin":"tagger/keywords","name":"keywords","fault":"timeout","message":"plugin stopped after its time budget","at_ms":1795356000000,"count":3}]}"#);
    let retry = "/api/v1/dead-letters/job_0198c0de0000700080000000000000aa/retry";
    insta::assert_snapshot!(olli.post(retry, &json!({})).await.brief(), @"404 not-found");
}

#[tokio::test]
async fn costs_are_told_by_day_and_only_of_ones_own_tenants() {
    let world = world().await;
    let olli = world.client("olli", Role::Supervisor, "aurinko", "first-line").await;
    let costs = "/api/v1/plugins/costs";
    let one = |day: &str| {
        format!(
            r#"{{"tenant":"aurinko","day":"{day}","plugin":"tagger/keywords","kind":"tagger","calls":1200,"errors":3,"cpu_seconds":0.0435,"bytes_in":600000,"bytes_out":48000}}"#
        )
    };
    let list = |from: &str, to: &str, days: &[&str]| {
        let items = days.iter().map(|day| one(day)).collect::<Vec<_>>().join(",");
        format!(r#"200 {{"from":"{from}","to":"{to}","items":[{items}]}}"#)
    };
    for (query, answer) in [
        ("", list("2026-10-24", "2026-11-22", &["2026-10-24", "2026-11-22"])),
        ("?to=2026-11-21", list("2026-10-23", "2026-11-21", &["2026-10-24"])),
        (
            "?from=2026-10-01&to=2026-11-22",
            list("2026-10-01", "2026-11-22", &["2026-10-13", "2026-10-24", "2026-11-22"]),
        ),
        ("?from=2026-11-22&to=2026-11-22", list("2026-11-22", "2026-11-22", &["2026-11-22"])),
        (
            "?from=2025-11-01",
            list("2025-11-01", "2026-11-22", &["2026-10-13", "2026-10-24", "2026-11-22"]),
        ),
    ] {
        assert_eq!(olli.get(&format!("{costs}{query}")).await.brief(), answer, "{query}");
    }
    for (query, why) in [
        ("?from=yesterday", "a day looks like 2026-11-22"),
        ("?from=2026-13-01", "a day looks like 2026-11-22"),
        ("?to=2026-02-30", "a day looks like 2026-11-22"),
        ("?from=22.11.2026", "a day looks like 2026-11-22"),
        ("?from=", "a day looks like 2026-11-22"),
        ("?from=2026-11-22&to=2026-11-21", "from and to take 1 to 400 days, oldest first"),
        ("?from=2025-10-18", "from and to take 1 to 400 days, oldest first"),
    ] {
        let answer = olli.get(&format!("{costs}{query}")).await.brief();
        assert_eq!(answer, format!("400 invalid-request: {why}"), "{query}");
    }
    let answer = olli.get(&format!("{costs}?day=2026-11-22")).await.brief();
    assert!(answer.starts_with("400 "), "{answer}");
}

#[tokio::test]
async fn strangers_are_asked_who_they_are() {
    let world = world().await;
    let stranger = world.anonymous();
    let answer = stranger.get("/api/v1/conversations").await;
    insta::assert_snapshot!(answer.brief(), @"401 not-authenticated");
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    let forged = Client::new(world.app.clone(), crate::client::Who::Token("0".repeat(64)));
    insta::assert_snapshot!(forged.get("/api/v1/conversations").await.brief(), @"401 not-authenticated");
}

#[tokio::test]
async fn the_board_counts_with_denominators() {
    let world = world().await;
    let agent = world.agent("aurinko").await;
    world.asks("aurinko", "t1", "hello").await;
    let board = agent.get("/api/v1/tenants/aurinko/board").await.json();
    assert_eq!(board["demand"], 1);
    assert_eq!(board["layers"][0]["queued"], 1);
    assert_eq!(board["layers"][0]["of_entered"], json!({ "part": 0, "whole": 1, "value": 0.0 }));
    insta::assert_snapshot!(agent.get("/api/v1/tenants/aurinko/board?day=tuesday").await.brief(), @"400 invalid-request: expected a date like 2026-11-22");
}
