//! An answer as a signed request, and what the receiver's response means.

use std::collections::BTreeMap;

use kerros_plugin::Part;
use kerros_plugin::channel::{Answer, Outcome, Outgoing, Request, Response};
use kerros_plugin::text::one_line;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::pointer::{put, text};
use crate::signature::HEADER;

/// The config of what goes out.
#[derive(Deserialize)]
pub struct Out {
    url: String,
    secret: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    fields: Option<BTreeMap<String, String>>,
    #[serde(default)]
    constants: BTreeMap<String, Value>,
    external_id: Option<String>,
}

/// The one request of a message. The receiver may drop repeats by `idempotency-key`.
pub fn request(out: &Out, message: &Outgoing) -> Request {
    let all = all(message);
    let mut body = json!({});
    match &out.fields {
        None => body = all,
        Some(fields) => {
            for (pointer, name) in fields {
                put(&mut body, pointer, all[name.as_str()].clone());
            }
        }
    }
    for (pointer, value) in &out.constants {
        put(&mut body, pointer, value.clone());
    }
    let mut request = Request::post_json(out.url.as_str(), &body)
        .header("idempotency-key", message.message_id.as_str());
    for (name, value) in &out.headers {
        request = request.header(name.as_str(), value.as_str());
    }
    if let Some(secret) = &out.secret {
        // The host alone knows when the request leaves and the secret: it fills in both.
        let value = format!("t={{timestamp}},v1={{secret-mac:{secret}:timestamp}}");
        request = request.header(HEADER, value);
    }
    request
}

/// Every field there is, by name.
fn all(message: &Outgoing) -> Value {
    json!({
        "id": message.message_id,
        "conversation": message.conversation_id,
        "seq": message.seq,
        "thread": message.thread,
        "recipient": message.recipient,
        "author": message.author,
        "author_name": message.author_name,
        "text": message.text,
        "parts": message.parts.iter().map(part).collect::<Vec<_>>(),
        "language": message.language,
        "at": message.at_ms,
        "attempt": message.attempt,
    })
}

fn part(part: &Part) -> Value {
    match part {
        Part::Button { label, value } => {
            json!({ "part": "button", "label": label, "value": value })
        }
        Part::Article { slug, title, excerpt, url } => json!({
            "part": "article", "slug": slug, "title": title, "excerpt": excerpt, "url": url
        }),
        Part::Link { name, url, media_type } => json!({
            "part": "link", "name": name, "url": url, "media_type": media_type
        }),
    }
}

/// 2xx took it; 408, 409 (being worked on), 425, 429 and 5xx may later; the rest never will.
pub fn outcome(out: &Out, last: &Answer) -> Outcome {
    let id = |response: &Response| {
        let body: Value = response.json()?;
        let id = text(&body, out.external_id.as_deref()?)?;
        one_line(&id, 256)
    };
    match last.http() {
        Some(response) if response.status == 409 => Outcome::RetryAfter {
            after_ms: response.retry_after_ms(),
            whole_channel: false,
            reason: "the receiver is at it already: 409".into(),
        },
        _ => last.outcome(id),
    }
}
