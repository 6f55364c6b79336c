//! Tenants never meet: every endpoint, asked with a foreign tenant's ids, answers as if they did not exist.

use axum::http::{Method, Request};
use kerros_app::ports::store::Role;
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::openapi::operations;
use crate::world::{World, world};

/// A body that the operation would take, were the id one's own.
fn body(operation: &str) -> Option<Value> {
    Some(match operation {
        "reply" | "note" => json!({ "text": "hello" }),
        "assign" => json!({}),
        "escalate" => json!({ "fields": { "tried": "all" } }),
        "hand_back" => json!({ "reason": "because" }),
        "close" => json!({ "reason": "spam" }),
        "set_priority" => json!({ "priority": "high" }),
        "set_segment" => json!({ "segment": null }),
        "set_presence" => json!({ "available": false }),
        "create_token" => json!({ "name": "x", "days": 1 }),
        "discuss" => json!({ "channel": "slack", "text": "hello" }),
        "hand_over" => json!({ "channel": "crm", "text": "hello" }),
        "post_disruption" => json!({ "text": "hello" }),
        "end_call" => json!({ "outcome": "reached" }),
        "log_in" => json!({ "email": "a@b", "password": "c" }),
        _ => return None,
    })
}

async fn call(client: &Client, method: &Method, path: &str, operation: &str) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    if body(operation).is_some() {
        request = request.header("content-type", "application/json");
    }
    let body = body(operation).map(|body| body.to_string()).unwrap_or_default();
    client.send(request.body(body.into()).unwrap()).await
}

/// What belongs to aurinko.
struct Theirs {
    conversation: String,
    contact: String,
    token: String,
    message: String,
    file: String,
}

async fn theirs(world: &World, owner: &Client) -> Theirs {
    let picture = json!([{ "name": "card.png", "source": { "bytes": "iVBO" } }]);
    let more = json!({ "attachments": picture });
    let conversation = world.asks_with("aurinko", "t1", "my card is gone", more).await.to_string();
    let said = owner.get(&format!("/api/v1/conversations/{conversation}/messages")).await.json();
    let row = owner.get(&format!("/api/v1/conversations/{conversation}")).await.json();
    let token = owner.post("/api/v1/tokens", &json!({ "name": "x", "days": 1 })).await.json();
    Theirs {
        conversation,
        contact: row["contact"].as_str().unwrap().to_owned(),
        token: token["token"]["id"].as_str().unwrap().to_owned(),
        message: said["items"][0]["id"].as_str().unwrap().to_owned(),
        file: said["items"][0]["files"][0]["id"].as_str().unwrap().to_owned(),
    }
}

fn filled(path: &str, theirs: &Theirs) -> String {
    path.replace("{conversation}", &theirs.conversation)
        .replace("{contact}", &theirs.contact)
        .replace("{token}", &theirs.token)
        .replace("{message}", &theirs.message)
        .replace("{file}", &theirs.file)
        .replace("{tenant}", "aurinko")
        .replace("{report}", "monthly?month=2026-10")
        .replace("{tag}", "card")
        .replace("{job}", "job_0198c0de0000700080000000000000aa")
}

#[tokio::test]
async fn no_endpoint_shows_or_moves_what_is_another_tenants() {
    let world = world().await;
    let owner = world.client("olli", Role::Supervisor, "aurinko", "first-line").await;
    let theirs = theirs(&world, &owner).await;
    let before = owner.get(&format!("/api/v1/conversations/{}", theirs.conversation)).await.text();
    let strangers = [
        world.client("ville", Role::Agent, "vuori", "first-line").await,
        world.client("erkki", Role::Expert, "vuori", "experts").await,
        world.client("satu", Role::Supervisor, "vuori", "first-line").await,
        world.client("aino", Role::Admin, "vuori", "first-line").await,
    ];
    let mut walked = 0;
    for (method, path, operation) in operations(&world).await {
        let id = operation["operationId"].as_str().unwrap();
        if !path.contains('{') || matches!(id, "retry_dead_letter" | "dismiss_dead_letter") {
            continue;
        }
        walked += 1;
        let path = filled(&path, &theirs);
        for stranger in &strangers {
            let answer = call(stranger, &method, &path, id).await;
            assert_eq!(answer.brief(), "404 not-found", "{method} {path}");
        }
    }
    assert!(walked >= 20, "only {walked} operations take ids");
    let after = owner.get(&format!("/api/v1/conversations/{}", theirs.conversation)).await.text();
    assert_eq!(before, after, "nothing moved");
}

#[tokio::test]
async fn lists_hold_only_ones_own() {
    let world = world().await;
    let owner = world.client("olli", Role::Supervisor, "aurinko", "first-line").await;
    let theirs = theirs(&world, &owner).await;
    world.asks("vuori", "t1", "where is my parcel").await;
    let satu = world.client("satu", Role::Supervisor, "vuori", "first-line").await;
    for path in [
        "/api/v1/conversations",
        "/api/v1/tenants",
        "/api/v1/users",
        "/api/v1/plugins",
        "/api/v1/plugins/costs",
        "/api/v1/plugins/faults",
        "/api/v1/dead-letters",
        "/api/v1/tokens",
        "/api/v1/tenants/vuori/board",
    ] {
        let answer = satu.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.brief());
        let text = answer.text();
        assert!(!text.contains("aurinko"), "{path}: {text}");
        assert!(!text.contains(&theirs.conversation) && !text.contains("card is gone"), "{path}");
    }
    assert_eq!(satu.get("/api/v1/conversations").await.json()["items"][0]["tenant"], "vuori");
    for path in [
        "/api/v1/conversations?tenant=aurinko".to_owned(),
        format!("/api/v1/conversations?contact={}", theirs.contact),
    ] {
        let answer = satu.get(&path).await;
        let nothing = answer.status == 404 || answer.json()["items"] == json!([]);
        assert!(nothing, "{path}: {}", answer.text());
    }
}

#[tokio::test]
async fn an_expert_sees_what_came_to_the_experts() {
    let world = world().await;
    let agent = world.agent("aurinko").await;
    let expert = world.client("eero", Role::Expert, "aurinko", "experts").await;
    let id = world.asks("aurinko", "t1", "a hard one").await;
    let other = world.asks("aurinko", "t2", "an easy one").await;
    let path = format!("/api/v1/conversations/{id}");
    assert_eq!(expert.get(&path).await.brief(), "404 not-found");
    let contact = agent.get(&path).await.json()["contact"].as_str().unwrap().to_owned();
    assert_eq!(expert.get(&format!("/api/v1/contacts/{contact}")).await.brief(), "404 not-found");

    let briefing = json!({ "fields": { "tried": "everything" } });
    let passed = agent.post(&format!("{path}/escalate"), &briefing).await;
    assert_eq!(passed.status, 200, "{}", passed.brief());
    assert_eq!(expert.get(&path).await.json()["briefing"]["fields"]["tried"], "everything");
    assert_eq!(expert.get(&format!("/api/v1/contacts/{contact}")).await.status, 200);
    let list = expert.get("/api/v1/conversations").await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(expert.get(&format!("/api/v1/conversations/{other}")).await.status, 404);

    let back = json!({ "reason": "the card number is missing", "missing_facts": true });
    let back = expert.post(&format!("{path}/hand-back"), &back).await.json();
    assert_eq!((back["layer"].as_str(), back["bounced"].as_u64()), (Some("first-line"), Some(1)));
}

#[tokio::test]
async fn a_dead_letter_is_retried_by_its_own_people_only() {
    let world = world().await;
    let job = world.dead_letter("aurinko").await;
    let path = format!("/api/v1/dead-letters/{job}/retry");
    let satu = world.client("satu", Role::Supervisor, "vuori", "first-line").await;
    assert_eq!(satu.get("/api/v1/dead-letters").await.json()["items"], json!([]));
    assert_eq!(satu.post(&path, &json!({})).await.brief(), "404 not-found");
    let olli = world.client("olli", Role::Supervisor, "aurinko", "first-line").await;
    let letters = olli.get("/api/v1/dead-letters").await.json();
    assert_eq!(letters["items"][0]["job"], json!(job));
    assert_eq!(letters["items"][0]["error"], "the provider said no");
    assert_eq!(olli.post(&path, &json!({})).await.status, 202);
    assert_eq!(olli.post(&path, &json!({})).await.brief(), "404 not-found", "once is enough");
}

#[tokio::test]
async fn a_visitor_of_one_tenant_is_nobody_at_another() {
    let world = world().await;
    let secret = "a".repeat(64);
    let visitor = async |request: axum::http::request::Builder, body: &Value| {
        let request = request.header("authorization", format!("Visitor {secret}"));
        world.anonymous().send(request.body(body.to_string().into()).unwrap()).await
    };
    let frame = json!({ "type": "message", "id": "m1", "text": "my card is gone" });
    assert_eq!(visitor(Request::post("/widget/aurinko/frames"), &frame).await.status, 200);
    let session =
        world.anonymous().post("/widget/aurinko/session", &json!({ "secret": secret })).await;
    world.heard("aurinko", session.json()["thread"].as_str().unwrap()).await;
    let read = async |tenant: &str| {
        visitor(Request::get(format!("/widget/{tenant}/messages")), &json!({})).await.json()
    };
    assert_eq!(read("aurinko").await["messages"][0]["text"], "my card is gone");
    assert_eq!(read("vuori").await, json!({ "conversation": null, "messages": [], "state": null }));
}

#[tokio::test]
async fn a_foreign_colleague_and_none_at_all_are_told_alike() {
    let world = world().await;
    let agent = world.agent("aurinko").await;
    let stranger = world.person("ville", Role::Agent, "vuori", "first-line").await;
    let id = world.asks("aurinko", "t1", "hello").await;
    let assign = async |user: &str| {
        let path = format!("/api/v1/conversations/{id}/assign");
        agent.post(&path, &json!({ "user": user })).await.text()
    };
    let foreign = assign(&stranger.id().to_string()).await;
    assert_eq!(foreign, assign("usr_0198c0de0000700080000000000000aa").await);
    assert!(foreign.contains("\"status\":4"), "{foreign}");
}
