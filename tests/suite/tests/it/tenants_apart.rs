//! Two tenants never meet: what one has, the other's people cannot tell from what is not there.

use kerros_suite::config::{Config, edited};
use kerros_suite::kerros::Kerros;
use kerros_suite::tenants::{AAMU, start};
use kerros_suite::visitor::Visitor;
use reqwest::Method;
use serde_json::{Value, json};

/// A file of nobody.
const FILE: &str = "fil_0198c0de0000700080000000000000aa";

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_agent_finds_nothing() {
    let ilta = edited(AAMU, "title = \"Aamu\"", "title = \"Ilta\"");
    let config = Config::new().tenant("aamu", AAMU).tenant("ilta", &ilta);
    let data = tempfile::tempdir().unwrap();
    let start = start(&config, data.path());
    start.add_user("aino@aamu.example", "Aino", "agent", &["aamu"]).await;
    start.add_user("ilona@ilta.example", "Ilona", "admin", &["ilta"]).await;
    let kerros = start.serve().await;
    let aino = kerros.person("aino@aamu.example").await;
    let ilona = kerros.person("ilona@ilta.example").await;

    let mut anna = Visitor::open(&kerros.http, &kerros.url, "aamu", "en").await;
    anna.say("1", "Where is my card?").await;
    anna.ask_for_person("2").await;
    let state = anna.stands("queued").await;
    let id = state["conversation"].as_str().unwrap();
    let before = aino.timeline(id).await;
    let contact = aino.conversation(id).await["contact"].as_str().unwrap().to_owned();

    let mut asked = 0;
    let message = aino.messages(id).await[0]["id"].as_str().unwrap().to_owned();
    for (method, path, body) in everything(&kerros, id, &contact, &message).await {
        let body = body.as_ref();
        let (foreign, said) = ilona.ask(method.clone(), &path, body).await;
        assert_eq!(foreign, 404, "{method} {path}: {said}");
        // Word for word what a thing that never was gets.
        let never = path
            .replace(id, "cnv_00000000000070008000000000000001")
            .replace(&contact, "con_00000000000070008000000000000001")
            .replace(&message, "msg_00000000000070008000000000000001")
            .replace("tenants/aamu", "tenants/nobody");
        let (status, nothing) = ilona.ask(method.clone(), &never, body).await;
        assert_eq!((status, nothing), (foreign, said), "{method} {never}");
        asked += 1;
    }
    assert!(asked >= 20, "{asked} endpoints");
    assert_eq!(ilona.get("conversations").await["items"], json!([]));
    for tenant in ["aamu", "nobody"] {
        let path = format!("conversations?tenant={tenant}");
        let (status, _) = ilona.ask(Method::GET, &path, None).await;
        assert_eq!(status, 404, "{tenant}");
    }
    assert_eq!(ilona.get("tenants").await["items"][0]["id"], "ilta");
    assert_eq!(aino.timeline(id).await, before, "nothing was done");

    // A visitor's secret opens the same thread name elsewhere, and nothing is in it.
    let (secret, thread) = (anna.secret.clone(), anna.thread.clone());
    let elsewhere = Visitor::resume(&kerros.url, "ilta", "en", &secret, &thread, 0).await;
    let welcome = elsewhere.heard.iter().find(|frame| frame["type"] == "welcome").unwrap();
    assert_eq!(welcome["conversation"], json!(null));
    for unknown in ["/widget/nobody/config.json", "/hooks/nobody/chat", "/help/nobody/en"] {
        let answer = kerros.http.get(format!("{}{unknown}", kerros.url)).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{unknown}");
    }
}

/// Every endpoint that names something of a tenant, as the API's own description lists them.
async fn everything(
    kerros: &Kerros,
    conversation: &str,
    contact: &str,
    message: &str,
) -> Vec<(Method, String, Option<Value>)> {
    let document = kerros.json("/api/v1/openapi.json").await;
    let mut all = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        if !["{conversation}", "{contact}", "{tenant}"].iter().any(|name| path.contains(name)) {
            continue;
        }
        let path = path.trim_start_matches("/api/v1/");
        let path = path.replace("{conversation}", conversation).replace("{contact}", contact);
        let path = path.replace("{tenant}", "aamu").replace("{tag}", "card");
        let path = path.replace("{message}", message).replace("{file}", FILE);
        let path = path.replace("{report}", "service-layers");
        let path = if path.contains("/reports/") { format!("{path}?month=2026-11") } else { path };
        for (method, operation) in operations.as_object().unwrap() {
            let Ok(method) = method.to_uppercase().parse::<Method>() else { continue };
            if !operation.is_object() {
                continue;
            }
            let body = operation.get("requestBody").map(|_| body(&operation["operationId"]));
            all.push((method, path.clone(), body));
        }
    }
    all
}

/// A body that would do, had the caller the right to it.
fn body(operation: &Value) -> Value {
    match operation.as_str().unwrap() {
        "reply" | "note" => json!({ "text": "I should not be here" }),
        "assign" | "upload" => json!({}),
        "discuss" | "hand_over" => json!({ "channel": "chat", "text": "I should not be here" }),
        "post_disruption" => json!({ "text": "I should not be here" }),
        "end_call" => json!({ "outcome": "reached" }),
        "escalate" => json!({ "fields": { "what": "x", "asked": "y" } }),
        "hand_back" => json!({ "reason": "x" }),
        "close" => json!({ "reason": "spam" }),
        "set_priority" => json!({ "priority": "urgent" }),
        "set_segment" => json!({ "segment": null }),
        new => panic!("the endpoint {new} is new: say here what body it takes"),
    }
}
