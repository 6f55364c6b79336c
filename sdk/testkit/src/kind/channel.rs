//! Channels: `receive` given a raw thing, `send` given a message, `settle` given the message and the responses.

use std::fmt::Write as _;

use hmac::{Hmac, Mac};
use kerros_app::ports::channel::{ChannelPlugins, Outgoing};
use kerros_app::ports::outbound::Response;
use kerros_app::ports::plugin::{Call, PluginError};
use kerros_host::{Host, Manifest};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::Sha256;

use super::{Probe, no_such, read, shown};
use crate::conformance::awkward_texts;
use crate::ports::Outside;
use crate::sample::lay;

#[derive(Deserialize)]
struct Settle {
    message: Outgoing,
    responses: Vec<Response>,
}

pub(super) async fn call(
    host: &Host,
    call: Call<'_>,
    verb: &str,
    input: &Value,
    outside: &Outside,
) -> Result<Result<Value, PluginError>, String> {
    match verb {
        "receive" => {
            let raw = raw(lay(&sample_raw(), &readable(input)), outside)?;
            shown(host.receive(call, &read(raw)?).await)
        }
        "send" => shown(host.send(call, &read(lay(&sample_message(), input))?).await),
        "settle" => {
            let sample = json!({
                "message": sample_message(),
                "responses": [{ "response": "http", "status": 200, "headers": [], "body": "" }],
            });
            let settle: Settle = read(lay(&sample, input))?;
            shown(host.settle(call, &settle.message, &settle.responses).await)
        }
        _ => Err(no_such(verb, &["receive", "send", "settle"])),
    }
}

/// Headers may be written as an object, and a body as JSON.
fn readable(input: &Value) -> Value {
    let mut input = input.clone();
    if let Some(Value::Object(headers)) = input.get("headers") {
        let list = headers.iter().map(|(name, value)| json!([name, value])).collect();
        input["headers"] = Value::Array(list);
    }
    match input.get("body") {
        None | Some(Value::String(_)) => {}
        // Numbers from 0 to 255 are bytes, as the port's own JSON has it.
        Some(Value::Array(list)) if list.iter().all(|n| n.as_u64().is_some_and(|n| n < 256)) => {}
        Some(body) => input["body"] = Value::String(body.to_string()),
    }
    input
}

/// Fills in signatures.
fn raw(mut raw: Value, outside: &Outside) -> Result<Value, String> {
    let body = match &raw["body"] {
        Value::String(text) => text.clone().into_bytes(),
        bytes => read(bytes.clone())?,
    };
    if let Some(Value::Array(headers)) = raw.get_mut("headers") {
        for header in headers {
            let Some(value) = header.get_mut(1) else { continue };
            let text = value.as_str().unwrap_or_default();
            let Some((before, rest)) = text.split_once("{secret-mac:") else { continue };
            let Some((name, after)) = rest.split_once('}') else { continue };
            let secret = outside.secrets.get(name).ok_or_else(|| {
                format!("a header signs with {name:?}, which is not a secret here")
            })?;
            *value = Value::String(format!("{before}{}{after}", sign(secret, &body)));
        }
    }
    Ok(raw)
}

fn sign(secret: &str, body: &[u8]) -> String {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(body);
    mac.finalize().into_bytes().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn sample_raw() -> Value {
    json!({
        "kind": "hook",
        "method": "POST",
        "path": "",
        "query": "",
        "headers": [],
        "body": "",
        "at_ms": 1_792_000_000_000_i64,
    })
}

fn sample_message() -> Value {
    json!({
        "message_id": "msg_0198c0de0000700080000000000000aa",
        "conversation_id": "cnv_0198c0de0000700080000000000000aa",
        "seq": 4,
        "thread": "thread-1",
        "recipient": "12345",
        "author": "person",
        "author_name": "Aino",
        "text": "Hello",
        "parts": [],
        "language": "en",
        "at_ms": 1_792_000_000_000_i64,
        "attempt": 1,
    })
}

pub(super) fn probes(manifest: &Manifest) -> Vec<Probe> {
    let mut probes = receive_probes();
    probes.extend(send_probes());
    if manifest.live {
        probes.push(Probe {
            check: |answer| {
                let none = answer.as_array().is_some_and(Vec::is_empty);
                (!none).then(|| "a live channel sends no requests".to_owned())
            },
            ..Probe::new("send", "a live channel has nothing to request", json!({}))
        });
        probes.push(Probe {
            check: |answer| {
                (answer["outcome"] != "delivered")
                    .then(|| format!("a live channel settles nothing as delivered, found {answer}"))
            },
            ..Probe::new(
                "settle",
                "a live channel has nothing to wait for",
                json!({ "responses": [] }),
            )
        });
    } else {
        probes.extend(settle_probes());
    }
    probes
}

fn receive_probes() -> Vec<Probe> {
    let deep = "[".repeat(100_000);
    let large = format!("{{\"text\":\"{}\"}}", "ä".repeat(400_000));
    let mut probes: Vec<_> = [
        ("an empty body", json!("")),
        ("a body that is no JSON", json!("hello")),
        ("a body that is no UTF-8", json!([255, 254, 0, 128])),
        ("broken JSON", json!("{\"message\": {\"text\": ")),
        ("JSON of another shape", json!("[null, 1, {\"a\": []}]")),
        ("an empty object", json!("{}")),
        ("deeply nested JSON", json!(deep)),
        ("a large body", json!(large)),
        ("numbers out of range", json!("{\"update_id\": 1e400, \"id\": -99999999999999999999}")),
    ]
    .into_iter()
    .flat_map(|(name, body)| {
        ["hook", "frame"].map(|kind| {
            let headers = json!([["thread", "w-1"], ["language", "en"]]);
            let input = json!({ "kind": kind, "body": body, "headers": headers });
            Probe::new("receive", &format!("{name} ({kind})"), input)
        })
    })
    .collect();
    probes.push(Probe {
        check: |answer| {
            (answer["receipt"] == "accepted"
                && answer["events"].as_array().is_some_and(|e| !e.is_empty()))
            .then(|| "a GET without anything in it gave events".to_owned())
        },
        ..Probe::new(
            "receive",
            "a GET without a body",
            json!({ "method": "GET", "query": "a=%zz&&" }),
        )
    });
    probes.push(Probe::new(
        "receive",
        "many headers",
        json!({ "headers": vec![json!(["x-header", "value"]); 500] }),
    ));
    probes
}

fn send_probes() -> Vec<Probe> {
    let parts = json!([
        { "part": "button", "label": "Yes", "value": "yes" },
        { "part": "article", "slug": "refunds", "title": "Refunds", "excerpt": "How to.",
          "url": "https://help.example.com/refunds" },
        { "part": "link", "name": "receipt.pdf", "url": "https://files.example.com/r.pdf",
          "media_type": "application/pdf" },
    ]);
    let mut probes = vec![
        Probe::new("send", "every part", json!({ "parts": parts })),
        Probe::new("send", "parts without a text", json!({ "text": "", "parts": parts })),
        Probe::new("send", "twenty buttons", json!({ "parts": vec![parts[0].clone(); 20] })),
        Probe::new(
            "send",
            "a strange recipient",
            json!({ "recipient": "\u{1F600}/../?&#", "thread": "" }),
        ),
        Probe::new("send", "a late attempt", json!({ "attempt": 1000 })),
    ];
    for author in ["bot", "person", "system"] {
        let input = json!({ "author": author });
        probes.push(Probe::new("send", &format!("a message by {author}"), input));
    }
    for (name, text) in awkward_texts() {
        probes.push(Probe::new("send", name, json!({ "text": text })));
    }
    probes
}

fn settle_probes() -> Vec<Probe> {
    let mut probes = vec![
        Probe::new("settle", "no responses", json!({ "responses": [] })),
        Probe {
            check: |answer| {
                (answer["outcome"] != "retry_after")
                    .then(|| format!("the network failed: a retry is wanted, found {answer}"))
            },
            ..Probe::new(
                "settle",
                "a failure that passes",
                json!({ "responses": [
                    { "response": "failed", "temporary": true, "reason": "no route" }] }),
            )
        },
        Probe {
            check: |answer| {
                (answer["outcome"] == "delivered")
                    .then(|| "a refused request was not delivered".to_owned())
            },
            ..Probe::new(
                "settle",
                "a failure that stays",
                json!({ "responses": [
                    { "response": "failed", "temporary": false, "reason": "not granted" }] }),
            )
        },
    ];
    for status in [100, 200, 204, 301, 400, 401, 403, 404, 409, 413, 429, 500, 502, 503, 599] {
        for body in ["", "<html>oops</html>", "{\"ok\":true,\"result\":{}}", "{\"ok\":false}"] {
            let input = json!({ "responses": [{ "status": status, "body": body }] });
            let probe = Probe::new("settle", &format!("status {status}, body {body:?}"), input);
            let check: fn(&Value) -> Option<String> = if status >= 400 {
                |answer| {
                    (answer["outcome"] == "delivered")
                        .then(|| "an error of the provider was taken for a delivery".to_owned())
                }
            } else {
                |_| None
            };
            probes.push(Probe { check, ..probe });
        }
    }
    probes
}
