//! The document and the routes are the same thing, seen from outside.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::Value;

use crate::world::{World, world};

/// Every operation of the document: method and path template.
pub async fn operations(world: &World) -> Vec<(Method, String, Value)> {
    let document = world.anonymous().get("/api/v1/openapi.json").await;
    assert_eq!(document.status, 200);
    let document = document.json();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if let Ok(method) = Method::from_bytes(method.to_uppercase().as_bytes())
                && operation.get("responses").is_some()
            {
                found.push((method, path.clone(), operation.clone()));
            }
        }
    }
    found
}

#[tokio::test]
async fn the_document_lists_what_there_is() {
    let world = world().await;
    let mut list: Vec<String> = operations(&world)
        .await
        .into_iter()
        .map(|(method, path, operation)| {
            format!("{method} {path} {}", operation["operationId"].as_str().unwrap())
        })
        .collect();
    list.sort_by_key(|line| line.split_once(' ').map(|(_, rest)| rest.to_owned()));
    insta::assert_snapshot!(list.join("\n"), @r#"
GET /api/v1/contacts/{contact} get_contact
GET /api/v1/contacts/{contact}/conversations contact_conversations
GET /api/v1/conversations list_conversations
GET /api/v1/conversations/{conversation} get_conversation
POST /api/v1/conversations/{conversation}/assign assign
POST /api/v1/conversations/{conversation}/attend attend
POST /api/v1/conversations/{conversation}/call/end end_call
POST /api/v1/conversations/{conversation}/call/take take_call
POST /api/v1/conversations/{conversation}/close close
POST /api/v1/conversations/{conversation}/discuss discuss
POST /api/v1/conversations/{conversation}/disruption post_disruption
POST /api/v1/conversations/{conversation}/escalate escalate
POST /api/v1/conversations/{conversation}/files upload
GET /api/v1/conversations/{conversation}/files/{file} file
POST /api/v1/conversations/{conversation}/hand-back hand_back
POST /api/v1/conversations/{conversation}/hand-over hand_over
GET /api/v1/conversations/{conversation}/messages conversation_messages
POST /api/v1/conversations/{conversation}/messages reply
GET /api/v1/conversations/{conversation}/messages/{message} message
GET /api/v1/conversations/{conversation}/messages/{message}/original original
POST /api/v1/conversations/{conversation}/messages/{message}/resend resend
POST /api/v1/conversations/{conversation}/notes note
POST /api/v1/conversations/{conversation}/pend pend
PUT /api/v1/conversations/{conversation}/priority set_priority
POST /api/v1/conversations/{conversation}/release release
POST /api/v1/conversations/{conversation}/reopen reopen
POST /api/v1/conversations/{conversation}/resolve resolve
PUT /api/v1/conversations/{conversation}/segment set_segment
PUT /api/v1/conversations/{conversation}/tags/{tag} add_tag
DELETE /api/v1/conversations/{conversation}/tags/{tag} remove_tag
GET /api/v1/conversations/{conversation}/timeline conversation_timeline
GET /api/v1/dead-letters list_dead_letters
POST /api/v1/dead-letters/{job}/dismiss dismiss_dead_letter
POST /api/v1/dead-letters/{job}/retry retry_dead_letter
GET /api/v1/plugins list_plugin_uses
GET /api/v1/plugins/costs list_plugin_costs
GET /api/v1/plugins/faults list_plugin_faults
POST /api/v1/sessions log_in
DELETE /api/v1/sessions/current log_out
GET /api/v1/tenants list_tenants
GET /api/v1/tenants/{tenant} get_tenant
GET /api/v1/tenants/{tenant}/board board
GET /api/v1/tenants/{tenant}/channels channel_health
GET /api/v1/tenants/{tenant}/reports/{report} report
POST /api/v1/tokens create_token
GET /api/v1/tokens list_tokens
DELETE /api/v1/tokens/{token} delete_token
GET /api/v1/users list_users
GET /api/v1/users/me me
PUT /api/v1/users/me/presence set_presence
"#);
}

#[tokio::test]
async fn every_documented_operation_is_routed_and_nothing_else() {
    let world = world().await;
    for (method, path, operation) in operations(&world).await {
        let id = &operation["operationId"];
        let concrete = path.replace(['{', '}'], "");
        let request = Request::builder().method(&method).uri(&concrete);
        let answer = world.anonymous().send(request.body(Body::empty()).unwrap()).await;
        // A stranger is asked for credentials, or for JSON where none are needed: either way it is there.
        let open = matches!(id.as_str().unwrap(), "log_in" | "log_out");
        let expected: &[u16] = if open { &[415, 204] } else { &[401] };
        assert!(expected.contains(&answer.status), "{method} {path}: {}", answer.brief());
        let other = if method == Method::PATCH { Method::TRACE } else { Method::PATCH };
        let request = Request::builder().method(other).uri(&concrete);
        let answer = world.anonymous().send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 405, "PATCH {path}");
        assert!(operation["tags"][0].is_string() && operation["summary"].is_string(), "{id}");
        let problems = operation["responses"].as_object().unwrap();
        assert!(id == "me" || problems.len() > 1, "{id} names its problems");
    }
}

#[tokio::test]
async fn every_reference_in_the_document_leads_somewhere() {
    let world = world().await;
    let document = world.anonymous().get("/api/v1/openapi.json").await.json();
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 50);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

fn collect(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get("$ref") {
                into.push(reference.clone());
            }
            map.values().for_each(|value| collect(value, into));
        }
        Value::Array(list) => list.iter().for_each(|value| collect(value, into)),
        _ => {}
    }
}
