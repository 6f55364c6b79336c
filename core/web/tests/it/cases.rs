//! Beside the talk with the customer: shared channels with mentions, hand-overs, calls, and how channels do.

use axum::body::Body;
use axum::http::Request;
use kerros_app::ports::channel::{
    CallRequest, CaseNote, InboundEvent, Outcome, Outgoing, Raw, Receipt,
};
use kerros_app::ports::store::Role;
use kerros_domain::id::ConversationId;
use kerros_domain::message::DeliveryState;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::events::Console;
use crate::pages::{HTMX, agent as browser, post as form};
use crate::widget::serve;
use crate::world::{World, world};

#[derive(Deserialize)]
struct Note {
    id: String,
    thread: String,
    text: String,
    calls: bool,
}

#[derive(Deserialize)]
struct Wish {
    id: String,
    number: String,
    not_before: Option<i64>,
}

/// What comes in on the shared channel and on the one for calls, in our own words.
pub fn received(name: &str, raw: &Raw) -> Option<Receipt> {
    let event = match name {
        "slack" => {
            let note: Note = serde_json::from_slice(&raw.body).unwrap();
            InboundEvent::CaseNote(Box::new(CaseNote {
                external_id: note.id,
                thread: note.thread,
                author: "U1".into(),
                author_name: "Jaana".into(),
                text: note.text,
                calls_agent: note.calls,
                ..CaseNote::default()
            }))
        }
        "calls" => {
            let wish: Wish = serde_json::from_slice(&raw.body).unwrap();
            if !wish.number.starts_with('+') {
                return Some(Receipt::Malformed { reason: "number: begins with a +".into() });
            }
            InboundEvent::CallRequest(Box::new(CallRequest {
                external_id: wish.id,
                number: wish.number,
                not_before_ms: wish.not_before,
                ..CallRequest::default()
            }))
        }
        _ => return None,
    };
    Some(Receipt::Accepted { events: vec![event], key: None, reply: None })
}

/// What goes out there: a case opens a thread, a lead gets a receipt.
pub fn sent(name: &str, message: &Outgoing) -> Option<Outcome> {
    let ids = match name {
        "slack" => (format!("post {}", message.kind), format!("th-{}", message.conversation_id)),
        "crm" => ("LEAD-7".to_owned(), "LEAD-7".to_owned()),
        _ => return None,
    };
    let thread = Some(ids.1).filter(|_| message.kind == "case");
    Some(Outcome::Delivered { external_id: Some(ids.0), state: DeliveryState::Sent, thread })
}

/// Waits, news by news of a thread, until an answer is as wanted.
async fn until(
    world: &World,
    thread: &str,
    ask: impl AsyncFn() -> Value,
    wanted: impl Fn(&Value) -> bool,
) -> Value {
    loop {
        let found = ask().await;
        if wanted(&found) {
            return found;
        }
        world.heard("aurinko", thread).await;
    }
}

async fn messages(client: &Client, id: ConversationId) -> Value {
    client.get(&format!("/api/v1/conversations/{id}/messages")).await.json()["items"].clone()
}

fn with<'a>(messages: &'a Value, text: &str) -> &'a Value {
    let all = messages.as_array().unwrap();
    let found = all.iter().find(|one| one["text"].as_str().is_some_and(|t| t.contains(text)));
    found.unwrap_or(&Value::Null)
}

async fn act(client: &Client, id: ConversationId, deed: &str, body: &Value) -> Answer {
    client.post(&format!("/api/v1/conversations/{id}/{deed}"), body).await
}

async fn hook(world: &World, channel: &str, body: &Value) {
    let request = Request::post(format!("/hooks/aurinko/{channel}"));
    let answer = world.anonymous().send(request.body(Body::from(body.to_string())).unwrap()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test]
async fn a_case_is_discussed_and_a_mention_calls_whoever_has_it() {
    let world = world().await;
    let server = serve(&world).await;
    let anna = world.agent("aurinko").await;
    let olli = world.client("olli", Role::Agent, "aurinko", "first-line").await;
    let expert = world.client("eero", Role::Expert, "aurinko", "experts").await;
    let (mut at_anna, mut at_olli, mut at_expert) = (
        Console::open(&server, &anna).await,
        Console::open(&server, &olli).await,
        Console::open(&server, &expert).await,
    );
    let id = world.asks("aurinko", "t1", "The whole batch is missing").await;

    for odd in ["hook", "crm", "nothing"] {
        let answer = act(&anna, id, "discuss", &json!({ "channel": odd, "text": "x" })).await;
        assert_eq!(answer.status, 400, "{odd}: {}", answer.brief());
    }
    let path = format!("/api/v1/conversations/{id}/discuss");
    let body = json!({ "channel": "slack", "text": "Has anybody seen this?" });
    let keyed = async || {
        let request = Request::post(&path)
            .header("content-type", "application/json")
            .header("idempotency-key", "k1");
        anna.send(request.body(body.to_string().into()).unwrap()).await
    };
    let first = keyed().await;
    assert_eq!(first.status, 201, "{}", first.text());
    assert_eq!(first.json()["visibility"], "internal");
    assert_eq!(keyed().await.json()["id"], first.json()["id"], "the same key is the same post");
    let said = until(
        &world,
        "t1",
        async || messages(&anna, id).await,
        |all| with(all, "Has anybody")["delivery"] == "sent",
    )
    .await;
    let case = with(&said, "Has anybody");
    assert!(case["text"].as_str().unwrap().contains("The whole batch"), "with a summary: {case}");

    // A colleague answers and calls: nobody has it, so everybody of its layer is told.
    let thread = format!("th-{id}");
    let note = json!({ "id": "n1", "thread": thread, "text": "Stuck. See me.", "calls": true });
    hook(&world, "slack", &note).await;
    for console in [&mut at_anna, &mut at_olli] {
        let called = console.until_named("called").await;
        assert_eq!(called["conversation"], json!(id));
        assert_eq!(
            (called["by"].as_str(), called["contact"].as_str()),
            (Some("Jaana"), Some("Maija"))
        );
    }
    let row = until(
        &world,
        "t1",
        async || anna.get(&format!("/api/v1/conversations/{id}")).await.json(),
        |row| row["attention_since_ms"].is_i64(),
    )
    .await;
    assert_eq!(row["attention_since_ms"], json!(1_795_356_000_000_i64));
    let listed = anna.get("/api/v1/conversations?attention=true").await.json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let heard = messages(&anna, id).await;
    assert_eq!(with(&heard, "Stuck")["visibility"], "internal");

    // Opening does it: the console says so by itself, and nobody calls any more.
    act(&anna, id, "assign", &json!({})).await;
    let seen = act(&anna, id, "attend", &json!({})).await;
    assert_eq!(seen.json()["attention_since_ms"], Value::Null);
    assert_eq!(act(&anna, id, "attend", &json!({})).await.status, 200, "twice is once");
    let listed = anna.get("/api/v1/conversations?attention=true").await.json();
    assert_eq!(listed["items"], json!([]));

    // Somebody has it now: the next call is for them alone. The expert never heard of any.
    let again = json!({ "id": "n2", "thread": thread, "text": "And now?", "calls": true });
    hook(&world, "slack", &again).await;
    assert_eq!(at_anna.until_named("called").await["conversation"], json!(id));
    let other = world.asks("aurinko", "t2", "hello").await.to_string();
    assert_eq!(at_olli.calls_before(&other).await, 0, "olli is not called");
    let path = format!("/api/v1/conversations/{other}/escalate");
    anna.post(&path, &json!({ "fields": { "tried": "all" } })).await;
    assert_eq!(at_expert.calls_before(&other).await, 0, "nor is who may not see it");
}

#[tokio::test]
async fn the_console_shows_who_calls_and_who_wrote() {
    let world = world().await;
    let anna = browser(&world).await;
    let id = world.asks("aurinko", "t1", "The whole batch is missing").await;
    let act = async |deed: &str, fields: &str| {
        form(&anna, &format!("/console/c/{id}/{deed}"), fields, &HTMX).await
    };
    let page = anna.get(&format!("/console/c/{id}")).await.text();
    assert!(page.contains("Discuss on slack") && page.contains("Post a disruption"), "{page}");
    assert!(page.contains("Hand over as a lead"));
    let posted = act("discuss", "channel=slack&text=Seen+this%3F&key=k1").await;
    assert_eq!(posted.status, 200, "{}", posted.text());
    assert!(posted.text().contains("opened a thread on slack"), "{}", posted.text());
    let all = async || anna.get(&format!("/api/v1/conversations/{id}/messages")).await.json();
    until(&world, "t1", &all, |all| with(&all["items"], "Seen this")["delivery"] == "sent").await;
    let note = json!({ "id": "n1", "thread": format!("th-{id}"), "text": "Stuck.", "calls": true });
    hook(&world, "slack", &note).await;
    until(&world, "t1", &all, |all| with(&all["items"], "Stuck").is_object()).await;

    let queue = anna.get("/console?view=attention").await.text();
    assert!(queue.contains(&id.to_string()) && queue.contains("Mentions"), "{queue}");
    assert!(queue.contains("A colleague calls for you"));
    let pane = anna.get(&format!("/console/c/{id}")).await.text();
    assert!(pane.contains("Jaana calls for you on the shared channel"));
    assert!(pane.contains("on slack") && pane.contains(">Jaana<"), "its real author: {pane}");
    assert!(pane.contains(&format!("data-attend=\"/console/c/{id}/attend\"")));
    let attended = act("attend", "").await;
    assert_eq!(attended.status, 200);
    let queue = anna.get("/console").await.text();
    assert!(!queue.contains("Mentions"), "the tab is there while somebody calls");

    // A disruption goes to the shared channels that were chosen, a lead comes back with its receipt.
    assert_eq!(act("disruption", "text=Batches+are+late").await.status, 400, "no channel chosen");
    let told = act("disruption", "to.slack=yes&text=Batches+are+late").await.text();
    assert!(told.contains("disruption, to slack") && told.contains("Batches are late"));
    let handed = act("hand-over", "channel=crm&text=Wants+an+offer").await;
    assert!(handed.text().contains("handed over to crm"), "{}", handed.text());
    until(&world, "t1", &all, |all| with(&all["items"], "Wants an offer")["delivery"] == "sent")
        .await;
    let receipt = all().await;
    assert_eq!(with(&receipt["items"], "Wants an offer")["external_id"], "LEAD-7");
    assert!(anna.get(&format!("/console/c/{id}")).await.text().contains("Receipt LEAD-7"));
}

#[tokio::test]
async fn an_expert_may_discuss_but_not_hand_over() {
    let world = world().await;
    let anna = world.agent("aurinko").await;
    let expert = world.client("eero", Role::Expert, "aurinko", "experts").await;
    let id = world.asks("aurinko", "t1", "a hard one").await;
    let fields = json!({ "fields": { "tried": "all" } });
    act(&anna, id, "escalate", &fields).await;
    act(&expert, id, "hand-back", &json!({ "reason": "not ours" })).await;
    let text = json!({ "channel": "slack", "text": "we know it" });
    assert_eq!(act(&expert, id, "discuss", &text).await.status, 201);
    let posts = act(&expert, id, "disruption", &json!({ "text": "it is down" })).await;
    assert_eq!(posts.json()["items"].as_array().unwrap().len(), 1);
    let lead = json!({ "channel": "crm", "text": "a lead" });
    assert_eq!(act(&expert, id, "hand-over", &lead).await.brief(), "403 forbidden");
    let tenant = anna.get("/api/v1/tenants/aurinko").await.json();
    assert_eq!(tenant["case_channels"], json!(["slack"]));
    assert_eq!(tenant["lead_channels"], json!(["crm"]));
}

#[tokio::test]
async fn a_call_is_asked_for_in_the_widget_planned_again_and_made() {
    let world = world().await;
    let anna = browser(&world).await;
    let secret = "b".repeat(64);
    let frame = async |tenant: &str, body: Value| {
        let request = Request::post(format!("/widget/{tenant}/frames?language=fi"))
            .header("authorization", format!("Visitor {secret}"));
        world.anonymous().send(request.body(body.to_string().into()).unwrap()).await
    };
    let config = world.anonymous().get("/widget/aurinko/config.json").await.json();
    assert_eq!(config["call"]["open"], true);
    assert_eq!(config["call"]["hours"].as_array().unwrap().len(), 1);
    let none = world.anonymous().get("/widget/vuori/config.json").await.json();
    assert_eq!(none["call"], Value::Null);

    let wish = json!({ "type": "call", "id": "c1", "number": "+358401234567" });
    let refused = frame("vuori", wish.clone()).await;
    assert_eq!((refused.status, refused.json()["code"].as_str().unwrap()), (403, "refused"));
    let wrong = frame("aurinko", json!({ "type": "call", "id": "c0", "number": "0401" })).await;
    assert_eq!(wrong.status, 400);
    assert_eq!(wrong.json()["message"], "number: begins with a +", "the field comes first");
    assert_eq!(frame("aurinko", wish.clone()).await.json()["type"], "ack");
    let thread = "call:+358401234567";
    let id = world.heard("aurinko", thread).await;
    assert_eq!(frame("aurinko", wish).await.json()["type"], "ack", "the same wish again is one");
    let row = async || anna.get(&format!("/api/v1/conversations/{id}")).await.json();
    let asked = row().await;
    assert_eq!(asked["state"], "queued");
    assert_eq!(asked["call"]["number"], "+358401234567");
    assert_eq!(
        (asked["call"]["open"].as_bool(), asked["call"]["attempts"].as_u64()),
        (Some(true), Some(0))
    );
    let list = anna.get("/console?view=queue").await.text();
    assert!(list.contains("mark-call"), "the queue says that it is a call");

    let pane = anna.get(&format!("/console/c/{id}")).await.text();
    assert!(
        pane.contains("href=\"tel:+358401234567\"") || pane.contains("tel:&#x2b;358401234567"),
        "{pane}"
    );
    assert!(pane.contains("not called yet") && pane.contains("No answer"));
    let act = async |deed: &str, fields: &str| {
        form(&anna, &format!("/console/c/{id}/{deed}"), fields, &HTMX).await
    };
    assert_eq!(act("call/take", "").await.status, 200);
    assert_eq!(row().await["state"], "assigned");
    assert_eq!(act("call/end", "outcome=busy").await.status, 400);
    let missed = act("call/end", "outcome=no_answer&note=Voicemail").await;
    assert_eq!(missed.status, 200, "{}", missed.text());
    assert!(missed.text().contains("To be called again"), "{}", missed.text());
    assert!(missed.text().contains("Call again today at"), "not: closed now");
    assert!(!missed.text().contains("Closed now"), "{}", missed.text());
    let planned = row().await;
    assert_eq!(planned["state"], "out_of_hours");
    assert_eq!(planned["call"]["attempts"], 1);
    assert_eq!(planned["call"]["planned_ms"], json!(1_795_356_000_000_i64 + 1_800_000));
    let said = anna.get(&format!("/api/v1/conversations/{id}/messages")).await.json();
    assert_eq!(with(&said["items"], "Voicemail")["visibility"], "internal");

    world.clock.forward(1_800_000);
    until(&world, thread, &row, |row| row["state"] == "queued").await;
    let ended = anna
        .post(
            &format!("/api/v1/conversations/{id}/call/end"),
            &json!({ "outcome": "reached", "note": "" }),
        )
        .await;
    assert_eq!(ended.status, 200, "{}", ended.brief());
    let call = ended.json()["call"].clone();
    assert_eq!((call["open"].as_bool(), call["attempts"].as_u64()), (Some(false), Some(2)));
    assert_eq!(call["outcome"], "reached");
    let twice = json!({ "outcome": "reached" });
    let twice = anna.post(&format!("/api/v1/conversations/{id}/call/end"), &twice).await;
    assert_eq!(twice.status, 422, "there is no call to make: {}", twice.brief());
}

#[tokio::test]
async fn dead_letters_say_what_they_were_about_and_are_put_away() {
    let world = world().await;
    let job = world.dead_letter("aurinko").await;
    let path = format!("/api/v1/dead-letters/{job}/dismiss");
    let satu = world.client("satu", Role::Supervisor, "vuori", "first-line").await;
    assert_eq!(satu.post(&path, &json!({})).await.brief(), "404 not-found");
    let anna = world.agent("aurinko").await;
    assert_eq!(anna.post(&path, &json!({})).await.brief(), "403 forbidden");
    let olli = world.client("olli", Role::Supervisor, "aurinko", "first-line").await;
    assert_eq!(olli.post(&path, &json!({})).await.status, 204);
    assert_eq!(olli.get("/api/v1/dead-letters").await.json()["items"], json!([]));
    assert_eq!(olli.post(&path, &json!({})).await.brief(), "404 not-found", "once is enough");
}

#[tokio::test]
async fn how_channels_do_is_told_to_their_supervisors() {
    let world = world().await;
    let path = "/api/v1/tenants/aurinko/channels";
    let olli = world.client("olli", Role::Supervisor, "aurinko", "first-line").await;
    let anna = world.agent("aurinko").await;
    assert_eq!(anna.get(path).await.brief(), "403 forbidden");
    let id = world.asks("aurinko", "t1", "hello").await;
    act(&anna, id, "discuss", &json!({ "channel": "slack", "text": "x" })).await;
    until(
        &world,
        "t1",
        async || messages(&anna, id).await,
        |all| with(all, "x")["delivery"] == "sent",
    )
    .await;
    let told = olli.get(path).await.json();
    let slack = told["channels"].as_array().unwrap().iter().find(|c| c["channel"] == "slack");
    let slack = slack.unwrap();
    assert_eq!((slack["sent"].as_u64(), slack["failed"].as_u64()), (Some(1), Some(0)), "{slack}");
    assert!(
        slack["last_sent_at_ms"].is_i64() && slack["waiting"] == 0 && slack["error_share"] == 0.0
    );
    assert_eq!(told["mailboxes"][0]["mailbox"], "support", "only one's own: {told}");
    assert_eq!(told["mailboxes"].as_array().unwrap().len(), 1);
}
