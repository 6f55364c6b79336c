//! What a gateway tells: messages, and how far ours have come.

use std::collections::BTreeMap;

use kerros_plugin::channel::{
    Delivery, DeliveryState, Event, HookReply, Message, Raw, Receipt, Threading,
};
use kerros_plugin::encoding;
use kerros_plugin::text::{cut, one_line};
use serde::Deserialize;
use serde_json::Value;
use shared_sms::stop;

use crate::Config;
use crate::proof::Auth;
use crate::wish::Wish;

/// The most events the contract allows in one hook.
const MOST: usize = 100;
/// The longest text the contract takes, in bytes.
const LONGEST: usize = 16 * 1024;

#[derive(Deserialize)]
pub struct In {
    pub auth: Auth,
    #[serde(default)]
    format: Format,
    list: Option<String>,
    #[serde(default)]
    fields: Fields,
    #[serde(default)]
    states: BTreeMap<String, State>,
    #[serde(default)]
    reply: String,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Format {
    #[default]
    Json,
    Form,
}

#[derive(Default, Deserialize)]
struct Fields {
    id: Option<String>,
    from: Option<String>,
    text: Option<String>,
    at: Option<String>,
    status: Option<String>,
    reason: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Sent,
    Delivered,
    Read,
    Failed,
    BadAddress,
}

/// A body, read as far as its form goes.
pub enum Found {
    Json(Value),
    Form(Vec<(String, String)>),
    Broken(String),
}

impl Found {
    pub fn read(config: &In, raw: &Raw) -> Result<Self, String> {
        if raw.kind != "hook" {
            return Err("a gateway calls a hook".into());
        }
        match config.format {
            Format::Json => serde_json::from_slice(&raw.body)
                .map(Self::Json)
                .map_err(|e| format!("not JSON: {e}")),
            Format::Form => {
                let mut pairs = encoding::form(&raw.body);
                pairs.extend(encoding::form(raw.query.as_bytes()));
                Ok(Self::Form(pairs))
            }
        }
    }

    /// A field of the whole body.
    pub fn top(&self, name: &str) -> Option<String> {
        match self {
            Self::Json(value) => text(value, name),
            Self::Form(pairs) => encoding::value(pairs, name).map(str::to_owned),
            Self::Broken(_) => None,
        }
    }
}

/// A text or number at a JSON pointer.
fn text(value: &Value, pointer: &str) -> Option<String> {
    match value.pointer(pointer)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The events of a genuine body.
pub fn events(config: &Config, found: Found) -> Receipt {
    let mut events = Vec::new();
    match found {
        Found::Broken(reason) => return Receipt::Malformed(reason),
        Found::Form(pairs) => {
            let field = |name: &str| encoding::value(&pairs, name).map(str::to_owned);
            events.push(event(config, "", field));
        }
        Found::Json(body) => {
            let list = match &config.r#in.list {
                Some(pointer) => body.pointer(pointer).unwrap_or(&Value::Null),
                None => &body,
            };
            let list = match list {
                Value::Array(list) => list.as_slice(),
                one => std::slice::from_ref(one),
            };
            events.extend(list.iter().map(|one| event(config, "/", |name| text(one, name))));
        }
    }
    if events.len() > MOST {
        return Receipt::Malformed(format!("at most {MOST} messages at once"));
    }
    let events: Result<Vec<Option<Event>>, &str> = events.into_iter().collect();
    let events: Vec<Event> = match events {
        Ok(events) => events.into_iter().flatten().filter_map(Event::tidy).collect(),
        Err(reason) => return Receipt::Malformed(reason.into()),
    };
    let key = match events.as_slice() {
        [Event::Message(one)] => Some(one.external_id.clone()),
        [Event::Delivery(one)] => Some(format!("{}:{:?}", one.external_id, one.state)),
        _ => None,
    };
    let body = config.r#in.reply.clone();
    let reply = (!body.is_empty()).then(|| HookReply {
        status: 200,
        content_type: "text/plain".into(),
        body,
    });
    Receipt::Accepted { events, key, reply }
}

/// One message or receipt: what has a state is a receipt. `lead` stands before the default names.
fn event(
    config: &Config,
    lead: &str,
    field: impl Fn(&str) -> Option<String>,
) -> Result<Option<Event>, &'static str> {
    let names = &config.r#in.fields;
    let find = |name: &Option<String>, default: &str| {
        let found = match name {
            Some(name) => field(name),
            None => field(&format!("{lead}{default}")),
        };
        found.filter(|text| !text.is_empty())
    };
    let id = find(&names.id, "id").and_then(|id| one_line(&id, 256));
    let id = id.ok_or("a message without an id")?;
    if let Some(word) = find(&names.status, "status") {
        let Some(state) = config.r#in.states.get(&word) else {
            return Ok(None);
        };
        let reason = find(&names.reason, "reason");
        let reason =
            reason.or_else(|| matches!(state, State::Failed | State::BadAddress).then_some(word));
        let to = matches!(state, State::BadAddress).then(|| find(&names.from, "from")).flatten();
        let state = match state {
            State::Sent => DeliveryState::Sent,
            State::Delivered => DeliveryState::Delivered,
            State::Read => DeliveryState::Read,
            State::Failed | State::BadAddress => DeliveryState::Failed,
        };
        let bad_address = to.map(|to| number(&to));
        let told = Delivery { reason, bad_address, ..Delivery::new(id, state) };
        return Ok(Some(Event::Delivery(told)));
    }
    let from = find(&names.from, "from").and_then(|from| one_line(&from, 64));
    let from = number(&from.ok_or("a message from nobody")?);
    let text = find(&names.text, "text").unwrap_or_default();
    let wish = Wish::of(config, &text);
    let text = cut(text.trim(), LONGEST);
    Ok(Some(Event::Message(Message {
        external_id: wish.map_or_else(|| id.clone(), |wish| wish.keep(&id)),
        threading: Threading::Thread(from.clone()),
        sender: from,
        segment: config.segment.clone(),
        text: if text.is_empty() { "[empty]".into() } else { text.to_owned() },
        automatic: (wish == Some(Wish::Stop)).then(|| stop::REASON.to_owned()),
        at_ms: find(&names.at, "at").and_then(|at| moment(&at)),
        ..Message::default()
    })))
}

/// A number as people write it abroad, in whichever way the gateway did; a short code or a name as it is.
pub fn number(text: &str) -> String {
    let text: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')')).collect();
    let digits = text.strip_prefix('+').or_else(|| text.strip_prefix("00")).unwrap_or(&text);
    let is_number = digits.len() >= 7 && digits.bytes().all(|byte| byte.is_ascii_digit());
    // A number of this country alone says nothing abroad: it stays as it is.
    if is_number && (digits.len() < text.len() || !digits.starts_with('0')) {
        format!("+{digits}")
    } else {
        text
    }
}

/// Seconds or milliseconds since 1970.
fn moment(text: &str) -> Option<i64> {
    match text.trim().parse::<i64>().ok()? {
        seconds if seconds.abs() < 100_000_000_000 => seconds.checked_mul(1000),
        milliseconds => Some(milliseconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_one_way_whatever_the_gateway_writes() {
        for (text, expected) in [
            ("+358 40 123 4567", "+358401234567"),
            ("00358401234567", "+358401234567"),
            ("358401234567", "+358401234567"),
            ("0401234567", "0401234567"),
            ("18123", "18123"),
            ("Posti", "Posti"),
            ("", ""),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
        assert_eq!(moment("1792000000"), Some(1_792_000_000_000));
        assert_eq!(moment("1792000000000"), Some(1_792_000_000_000));
        assert_eq!(moment("2026-01-01"), None);
    }
}
