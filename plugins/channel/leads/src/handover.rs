//! A case as a request, and the receipt in its answer.

use kerros_plugin::Part;
use kerros_plugin::channel::{Answer, Outcome, Outgoing, Request, Response, Step, in_turn};
use kerros_plugin::encoding::escape;
use kerros_plugin::text::one_line;
use serde_json::{Map, Value, json};

use crate::Config;

/// What to do next.
pub fn step(config: &Config, message: &Outgoing, so_far: &[Answer]) -> Step {
    if !matches!(message.kind.as_str(), "case" | "note") && so_far.is_empty() {
        return Outcome::rejected("only cases and their notes are handed over").into();
    }
    if message.kind == "note" && message.thread.is_empty() {
        return Outcome::retry("the case has no receipt yet").into();
    }
    let is_case = message.kind == "case";
    let done = in_turn(
        so_far,
        &[()],
        |(), _| request(config, message),
        |(), response| receipt(config, response, is_case),
    );
    match done {
        Err(step) => step,
        Ok(ids) => {
            let receipt = ids.into_iter().next().filter(|id| !id.is_empty());
            let thread = receipt.clone().filter(|_| is_case);
            Outcome::sent(receipt).in_thread(thread).into()
        }
    }
}

fn request(config: &Config, message: &Outgoing) -> Request {
    let url = match (&config.notes_url, message.kind.as_str()) {
        (Some(url), "note") => url.replace("{receipt}", &escape(&message.thread)),
        _ => config.url.clone(),
    };
    let links: Vec<Value> = message
        .parts
        .iter()
        .filter_map(|part| match part {
            Part::Link { name, url, .. } => Some(json!({ "name": name, "url": url })),
            Part::Article { title, url, .. } => Some(json!({ "name": title, "url": url })),
            Part::Button { .. } => None,
        })
        .collect();
    let files: Vec<Value> = message
        .files
        .iter()
        .map(
            |file| json!({ "name": file.name, "media_type": file.media_type, "bytes": file.bytes }),
        )
        .collect();
    let contact = message.contact.as_ref().map(|contact| {
        let addresses = contact.addresses.iter();
        let addresses: Vec<Value> = addresses
            .map(|(channel, address)| json!({ "channel": channel, "address": address }))
            .collect();
        json!({
            "name": contact.name, "segment": contact.segment, "mail": contact.mail, "phone": contact.phone,
            "addresses": addresses,
        })
    });
    let mut body = Map::new();
    body.extend(config.constants.iter().map(|(name, value)| (name.clone(), value.clone())));
    for (name, value) in [
        ("kind", json!(message.kind)),
        ("id", json!(message.message_id)),
        ("conversation", json!(message.conversation_id)),
        ("number", json!(message.number)),
        ("receipt", json!(Some(&message.thread).filter(|thread| !thread.is_empty()))),
        ("subject", json!(message.subject)),
        ("text", json!(message.text)),
        ("contact", json!(contact)),
        ("author", json!(message.author_name)),
        ("language", json!(message.language)),
        ("url", json!(message.url)),
        ("links", Value::Array(links)),
        ("files", Value::Array(files)),
        ("at", json!(message.at_ms)),
    ] {
        body.insert(name.to_owned(), value);
    }
    let mut request = Request::post_json(url, &body)
        .header("idempotency-key", message.message_id.as_str())
        // The host alone knows when the request leaves and the secret: it fills in both.
        .header(
            "x-kerros-signature",
            format!("t={{timestamp}},v1={{secret-mac:{}:timestamp}}", config.secret),
        );
    for (name, value) in &config.headers {
        request = request.header(name.as_str(), value.as_str());
    }
    request
}

/// 2xx with a receipt took it (a note needs none); 401, 403, 408, 409 (being worked on), 425, 429 and 5xx may later; the
/// rest never will.
fn receipt(config: &Config, response: &Response, is_case: bool) -> Result<String, Outcome> {
    if response.is_success() {
        let body: Option<Value> = response.json();
        let found = body.as_ref().and_then(|body| body.pointer(&config.receipt));
        let found = found.and_then(|value| match value {
            Value::String(text) => one_line(text, 256),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        });
        return match found {
            Some(receipt) => Ok(receipt),
            None if is_case => Err(Outcome::rejected("the receiver's answer holds no receipt")),
            None => Ok(String::new()),
        };
    }
    let reason = format!("the receiver answered {}", response.status);
    let after_ms = response.retry_after_ms();
    Err(match response.status {
        429 => Outcome::slow_down(after_ms, reason),
        // A key that is not right is the operator's to mend.
        401 | 403 | 408 | 409 | 425 | 500..=599 => Outcome::retry_after(after_ms, reason),
        _ => Outcome::rejected(reason),
    })
}
