//! Channels: `receive` given a raw thing, `send` given the message and what was answered so far, `fetch` given the
//! reference and what was answered so far.

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
struct Send {
    message: Outgoing,
    so_far: Vec<Response>,
}

#[derive(Deserialize)]
struct Fetch {
    reference: String,
    so_far: Vec<Response>,
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
            let raw = raw(whole(verb, input), outside)?;
            shown(host.receive(call, &read(raw)?).await)
        }
        "send" => {
            let send: Send = read(whole(verb, input))?;
            shown(host.send(call, &send.message, &send.so_far).await)
        }
        "fetch" => {
            let fetch: Fetch = read(whole(verb, input))?;
            shown(host.fetch(call, &fetch.reference, &fetch.so_far).await)
        }
        _ => Err(no_such(verb, &["receive", "send", "fetch"])),
    }
}

/// An input with everything that the sample fills in.
pub(super) fn whole(verb: &str, input: &Value) -> Value {
    match verb {
        "receive" => lay(&sample_raw(), &readable(input)),
        "send" => {
            let sample = json!({ "message": sample_message(), "so_far": [sample_response()] });
            lay(&sample, &so_far(input))
        }
        _ => {
            let sample = json!({ "reference": "file-1", "so_far": [sample_response()] });
            lay(&sample, &so_far(input))
        }
    }
}

/// Left out, nothing was answered yet.
fn so_far(input: &Value) -> Value {
    let mut input = if input.is_object() { input.clone() } else { json!({}) };
    if input.get("so_far").is_none() {
        input["so_far"] = json!([]);
    }
    input
}

fn sample_response() -> Value {
    json!({ "response": "http", "status": 200, "headers": [], "body": "" })
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
        "kind": "reply",
        "message_id": "msg_0198c0de0000700080000000000000aa",
        "conversation_id": "cnv_0198c0de0000700080000000000000aa",
        "number": 1042,
        "seq": 4,
        "thread": "thread-1",
        "recipient": "12345",
        "author": "person",
        "author_name": "Aino",
        "text": "Hello",
        "parts": [],
        "files": [],
        "references": [],
        "reply_token": "t1042-0123456789abcdef",
        "last_inbound_ms": 1_791_999_900_000_i64,
        "url": "https://desk.example.com/c/1042",
        "language": "en",
        "at_ms": 1_792_000_000_000_i64,
        "now_ms": 1_792_000_000_000_i64,
        "attempt": 1,
    })
}

pub(super) fn probes(manifest: &Manifest) -> Vec<Probe> {
    let mut probes = receive_probes();
    probes.extend(send_probes());
    if manifest.live {
        probes.push(Probe {
            check: |answer| {
                (answer["outcome"] != "delivered")
                    .then(|| format!("a live channel delivers at once, found {answer}"))
            },
            ..Probe::new("send", "a live channel has nothing to request", json!({}))
        });
    } else {
        probes.extend(answer_probes());
    }
    probes.extend(fetch_probes());
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
    let files = json!([
        { "id": "f-1", "name": "a.png", "media_type": "image/png", "bytes": 1000 },
        { "id": "f-2", "name": "b.pdf", "media_type": "application/pdf", "bytes": 90_000_000 },
    ]);
    let template = json!({ "name": "reminder", "language": "fi", "parameters": ["Aino", ""] });
    let mut messages = vec![
        ("every part".to_owned(), json!({ "parts": parts })),
        ("parts without a text".to_owned(), json!({ "text": "", "parts": parts })),
        ("twenty buttons".to_owned(), json!({ "parts": vec![parts[0].clone(); 20] })),
        ("files".to_owned(), json!({ "files": files })),
        ("files without a text".to_owned(), json!({ "text": "", "files": files })),
        ("thirty files".to_owned(), json!({ "files": vec![files[0].clone(); 30] })),
        ("a template".to_owned(), json!({ "template": template })),
        ("a customer who wrote long ago".to_owned(), json!({ "last_inbound_ms": 0 })),
        ("a customer who never wrote".to_owned(), json!({ "last_inbound_ms": null })),
        ("no thread yet".to_owned(), json!({ "thread": "", "recipient": "" })),
        (
            "a strange recipient".to_owned(),
            json!({ "recipient": "\u{1F600}/../?&#", "thread": "\u{0}" }),
        ),
        ("a late attempt".to_owned(), json!({ "attempt": 1000 })),
    ];
    for author in ["bot", "person", "system", "nobody known"] {
        messages.push((format!("a message by {author}"), json!({ "author": author })));
    }
    for kind in ["automatic", "case", "note", "disruption", "of a later kind"] {
        messages.push((format!("kind {kind}"), json!({ "kind": kind })));
    }
    for (name, text) in awkward_texts() {
        messages.push((name.to_owned(), json!({ "text": text })));
    }
    let mut probes: Vec<_> = messages
        .into_iter()
        .map(|(name, message)| Probe::new("send", &name, json!({ "message": message })))
        .collect();
    probes.push(Probe {
        check: no_placeholder,
        ..Probe::new(
            "send",
            "a text that looks like a placeholder",
            json!({ "message": { "text": PLACEHOLDER, "author_name": PLACEHOLDER } }),
        )
    });
    probes
}

/// What nobody may be able to write into a request.
const PLACEHOLDER: &str = "{secret:stolen}";

fn no_placeholder(answer: &Value) -> Option<String> {
    let requests = [&answer["requests"], &answer["url"], &answer["headers"], &answer["body"]];
    requests.iter().any(|part| part.to_string().contains(PLACEHOLDER)).then(|| {
        "what was written outside became a placeholder in a request (Request::post_json escapes it)"
            .to_owned()
    })
}

fn answer_probes() -> Vec<Probe> {
    let failed = |temporary: bool, reason: &str| {
        json!({ "so_far": [
            { "response": "failed", "temporary": temporary, "reason": reason }] })
    };
    let mut probes = vec![
        Probe {
            // A channel that sends no such message at all may say so even now.
            check: |answer| {
                let for_it = answer["reason"].as_str().is_some_and(|r| r.contains("no route"));
                let given_up =
                    answer["outcome"] == "delivered" || (answer["outcome"] == "rejected" && for_it);
                given_up.then(|| format!("the network failed: a retry is wanted, found {answer}"))
            },
            ..Probe::new("send", "answered: a failure that passes", failed(true, "no route"))
        },
        Probe {
            check: not_delivered,
            ..Probe::new("send", "answered: a failure that stays", failed(false, "not granted"))
        },
        Probe::new(
            "send",
            "answered: by a mail server",
            json!({ "so_far": [{ "response": "mail", "code": 250 }] }),
        ),
        Probe::new("send", "answered: many times", json!({ "so_far": vec![json!({}); 20] })),
    ];
    for status in [100, 200, 204, 301, 400, 401, 403, 404, 409, 413, 429, 500, 502, 503, 599] {
        for body in ["", "<html>oops</html>", "{\"ok\":true,\"result\":{}}", "{\"ok\":false}"] {
            let input = json!({ "so_far": [{ "status": status, "body": body }] });
            let probe =
                Probe::new("send", &format!("answered: status {status}, body {body:?}"), input);
            let check: fn(&Value) -> Option<String> =
                if status >= 400 { not_delivered } else { |_| None };
            probes.push(Probe { check, ..probe });
        }
    }
    probes
}

fn not_delivered(answer: &Value) -> Option<String> {
    (answer["outcome"] == "delivered")
        .then(|| "a request that failed was taken for a delivery".to_owned())
}

fn fetch_probes() -> Vec<Probe> {
    let mut probes = Vec::new();
    for reference in
        ["", "../../etc/passwd", "a b&c=d#e", PLACEHOLDER, "file:///etc/passwd", "\u{0}"]
    {
        probes.push(Probe {
            check: no_placeholder,
            ..Probe::new(
                "fetch",
                &format!("reference {reference:?}"),
                json!({ "reference": reference }),
            )
        });
    }
    for (status, body) in [
        (200, ""),
        (200, "{\"url\":\"{secret:stolen}\",\"result\":{\"file_path\":\"{secret:stolen}\"}}"),
        (302, ""),
        (404, "{\"ok\":false}"),
        (500, "<html>oops</html>"),
    ] {
        probes.push(Probe {
            check: no_placeholder,
            ..Probe::new(
                "fetch",
                &format!("answered: status {status}, body {body:?}"),
                json!({ "so_far": [{ "status": status, "body": body }] }),
            )
        });
    }
    probes
}
