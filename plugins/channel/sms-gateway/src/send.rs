//! A message as one request, in the gateway's words.

use std::collections::BTreeMap;

use kerros_plugin::Part;
use kerros_plugin::channel::{Answer, Body, Outcome, Outgoing, Request, Response, Step, in_turn};
use kerros_plugin::encoding::urlencoded;
use kerros_plugin::text::one_line;
use serde::Deserialize;
use serde_json::{Map, Value};
use shared_sms::segments;

use crate::wish;

#[derive(Deserialize)]
pub struct Out {
    url: String,
    #[serde(default)]
    format: Format,
    fields: BTreeMap<String, Field>,
    #[serde(default)]
    constants: BTreeMap<String, Value>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    from: String,
    #[serde(default)]
    number: Number,
    id: Option<String>,
    #[serde(default = "most_segments")]
    most_segments: usize,
}

const fn most_segments() -> usize {
    6
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Format {
    #[default]
    Json,
    Form,
    Query,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Field {
    To,
    From,
    Text,
    Id,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Number {
    #[default]
    Plus,
    Digits,
    Zeros,
}

/// What to do next.
pub fn step(out: &Out, message: &Outgoing, so_far: &[Answer]) -> Step {
    if !message.files.is_empty() {
        return Step::Settled(Outcome::rejected("a text message carries no files").instead("mail"));
    }
    if wish::is_stopped(message) {
        let reason =
            "the customer asked for no more text messages (STOP) and has not written START since";
        return Step::Settled(Outcome::rejected(reason).instead("mail"));
    }
    let text = text(message);
    let count = segments::count(&text);
    if count > out.most_segments {
        let reason = format!("{count} segments, and at most {} may be sent", out.most_segments);
        return Step::Settled(Outcome::rejected(reason).instead("mail"));
    }
    let done = in_turn(
        so_far,
        &[()],
        |(), _| request(out, message, &text),
        |(), response| sent(out, response),
    );
    match done {
        Err(step) => step,
        Ok(ids) => {
            let id = ids.into_iter().next().filter(|id| !id.is_empty());
            Step::Settled(Outcome::sent(id))
        }
    }
}

fn text(message: &Outgoing) -> String {
    let mut text = message.text_with_links();
    for part in &message.parts {
        if let Part::Button { label, .. } = part {
            text += &format!("\n- {label}");
        }
    }
    segments::plain(text.trim())
}

fn request(out: &Out, message: &Outgoing, text: &str) -> Request {
    let to = message.recipient.as_str();
    let to = match (out.number, to.strip_prefix('+')) {
        (Number::Digits, Some(digits)) => digits.to_owned(),
        (Number::Zeros, Some(digits)) => format!("00{digits}"),
        _ => to.to_owned(),
    };
    let value = |field: Field| match field {
        Field::To => to.as_str(),
        Field::From => out.from.as_str(),
        Field::Text => text,
        Field::Id => message.message_id.as_str(),
    };
    let pairs = || {
        let fields =
            out.fields.iter().map(|(name, field)| (name.clone(), value(*field).to_owned()));
        let constants = out.constants.iter().map(|(name, value)| (name.clone(), plain(value)));
        urlencoded(&constants.chain(fields).collect::<Vec<_>>())
    };
    let mut request = match out.format {
        Format::Json => {
            let mut body = Value::Object(Map::new());
            for (pointer, constant) in &out.constants {
                put(&mut body, pointer, constant.clone());
            }
            for (pointer, field) in &out.fields {
                put(&mut body, pointer, value(*field).into());
            }
            Request::post_json(out.url.as_str(), &body)
        }
        Format::Form => {
            Request { body: Body::Text(pairs()), ..Request::new("POST", out.url.as_str()) }
                .header("content-type", "application/x-www-form-urlencoded")
        }
        Format::Query => {
            let mark = if out.url.contains('?') { '&' } else { '?' };
            Request::get(format!("{}{mark}{}", out.url, pairs()))
        }
    };
    for (name, value) in &out.headers {
        request = request.header(name.as_str(), value.as_str());
    }
    request
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Puts a value at a JSON pointer, making the objects on the way.
fn put(body: &mut Value, pointer: &str, value: Value) {
    let mut place = body;
    for step in pointer.trim_start_matches('/').split('/') {
        let step = step.replace("~1", "/").replace("~0", "~");
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        let Value::Object(object) = place else { return };
        place = object.entry(step).or_insert(Value::Null);
    }
    *place = value;
}

/// 2xx took it; 408, 425, 429 and 5xx may later, 401 and 403 when the operator has mended the key; the rest never will.
fn sent(out: &Out, response: &Response) -> Result<String, Outcome> {
    if response.is_success() {
        let Some(pointer) = &out.id else {
            return Ok(String::new());
        };
        let body: Option<Value> = response.json();
        let id = body.as_ref().and_then(|body| body.pointer(pointer)).map(plain);
        return id
            .and_then(|id| one_line(&id, 256))
            .ok_or_else(|| Outcome::rejected("the gateway's answer names no message"));
    }
    let reason = format!("the gateway answered {}", response.status);
    Err(match response.status {
        429 => Outcome::slow_down(response.retry_after_ms(), reason),
        401 | 403 | 408 | 425 | 500..=599 => {
            Outcome::retry_after(response.retry_after_ms(), reason)
        }
        _ => Outcome::rejected(reason),
    })
}
