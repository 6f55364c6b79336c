//! An event of JSON, read by the pointers of the config.

use kerros_plugin::Part;
use kerros_plugin::channel::{Delivery, DeliveryState, Event, Message, Started};
use serde::Deserialize;
use serde_json::Value;

use kerros_plugin::text::{cut, one_line};

use crate::pointer::text;

/// The config of what comes in.
#[derive(Deserialize)]
pub struct In {
    pub secret: String,
    pub previous_secret: Option<String>,
    #[serde(default = "window_s")]
    pub window_s: u64,
    pub events: Option<String>,
    #[serde(default)]
    kinds: Kinds,
    #[serde(default)]
    fields: Fields,
}

fn window_s() -> u64 {
    300
}

/// The sender's words for kinds of event.
#[derive(Deserialize)]
#[serde(default)]
struct Kinds {
    message: Vec<String>,
    started: Vec<String>,
    wants_person: Vec<String>,
    delivery: Vec<String>,
    ignored: Vec<String>,
}

impl Default for Kinds {
    fn default() -> Self {
        let word = |word: &str| vec![word.to_owned()];
        Self {
            message: word("message"),
            started: word("started"),
            wants_person: word("wants_person"),
            delivery: word("delivery"),
            ignored: Vec::new(),
        }
    }
}

/// Where each field lies.
#[derive(Deserialize)]
#[serde(default)]
struct Fields {
    kind: String,
    id: String,
    thread: String,
    sender: String,
    sender_name: String,
    language: String,
    segment: String,
    text: String,
    at: String,
    links: String,
    state: String,
    reason: String,
}

impl Default for Fields {
    fn default() -> Self {
        let at = |name: &str| format!("/{name}");
        Self {
            kind: at("kind"),
            id: at("id"),
            thread: at("thread"),
            sender: at("sender"),
            sender_name: at("sender_name"),
            language: at("language"),
            segment: at("segment"),
            text: at("text"),
            at: at("at"),
            links: at("links"),
            state: at("state"),
            reason: at("reason"),
        }
    }
}

/// Reads one event; `None` for a kind that is to be ignored.
pub fn read(config: &In, segment: Option<&str>, value: &Value) -> Result<Option<Event>, String> {
    let fields = &config.fields;
    let need = |pointer: &str| name(value, pointer)?.ok_or_else(|| format!("{pointer} is missing"));
    let kinds = &config.kinds;
    let kind = text(value, &fields.kind).map(|kind| cut(&kind, 100).to_owned());
    let is = |words: &[String]| kind.as_ref().is_some_and(|kind| words.contains(kind));
    if is(&kinds.ignored) {
        return Ok(None);
    }
    if is(&kinds.wants_person) {
        return Ok(Some(Event::WantsPerson { thread: need(&fields.thread)? }));
    }
    if is(&kinds.delivery) {
        let delivery = Delivery::new(need(&fields.id)?, state(&need(&fields.state)?)?);
        return Ok(Some(Delivery { reason: text(value, &fields.reason), ..delivery }.into()));
    }
    let thread = need(&fields.thread)?;
    let sender = name(value, &fields.sender)?.unwrap_or_else(|| thread.clone());
    let sender_name = text(value, &fields.sender_name).and_then(|name| one_line(&name, NAME));
    let language = text(value, &fields.language).and_then(|tag| language(&tag));
    let own = text(value, &fields.segment).and_then(|name| one_line(&name, 64));
    let segment = own.or_else(|| segment.map(str::to_owned));
    if is(&kinds.started) {
        return Ok(Some(Event::Started(Started {
            thread,
            sender,
            sender_name,
            language,
            segment,
        })));
    }
    if let Some(kind) = kind.as_ref().filter(|_| !is(&kinds.message)) {
        return Err(format!("{}: unknown kind {kind:?}", fields.kind));
    }
    let parts = links(value, &fields.links)?;
    let said = match text(value, &fields.text) {
        Some(said) => said,
        None if !parts.is_empty() => String::new(),
        None => return Err(format!("{} is missing", fields.text)),
    };
    let message = Message {
        sender_name,
        language,
        segment,
        parts,
        at_ms: value.pointer(&fields.at).and_then(at_ms),
        ..Message::new(need(&fields.id)?, thread, sender, said)
    };
    Ok(Some(message.into()))
}

/// The longest name or id, in bytes, that the contract takes.
const NAME: usize = 256;

/// An id at a pointer. One that is too long is not cut: two could become the same.
fn name(value: &Value, pointer: &str) -> Result<Option<String>, String> {
    match text(value, pointer) {
        Some(name) if name.len() > NAME || name.chars().any(char::is_control) => {
            Err(format!("{pointer}: expected one line of at most {NAME} bytes"))
        }
        found => Ok(found),
    }
}

/// The key of a delivery: its one event's id. Several events, and one whose key would be too long, are told apart by
/// the digest of the body.
pub fn key(events: &[Event]) -> Option<String> {
    let key = match events {
        [Event::Message(message)] => Some(format!("message:{}", message.external_id)),
        [Event::Delivery(Delivery { external_id, state, .. })] => {
            Some(format!("delivery:{external_id}:{state:?}"))
        }
        _ => None,
    };
    key.filter(|key| key.len() <= NAME)
}

fn state(word: &str) -> Result<DeliveryState, String> {
    Ok(match word {
        "sent" => DeliveryState::Sent,
        "delivered" => DeliveryState::Delivered,
        "read" => DeliveryState::Read,
        "failed" => DeliveryState::Failed,
        other => {
            return Err(format!(
                "unknown state {other:?}; known are sent, delivered, read, failed"
            ));
        }
    })
}

/// A list of addresses, or of objects with `url` and maybe `name` and `media_type`.
fn links(value: &Value, pointer: &str) -> Result<Vec<Part>, String> {
    let Some(Value::Array(list)) = value.pointer(pointer) else { return Ok(Vec::new()) };
    if list.len() > MOST_LINKS {
        return Err(format!(
            "{pointer}: at most {MOST_LINKS} links a message, found {}",
            list.len()
        ));
    }
    list.iter()
        .enumerate()
        .map(|(place, link)| {
            let url = link.as_str().map(str::to_owned).or_else(|| text(link, "/url"));
            let url = url.filter(|url| is_address(url));
            let url = url.ok_or_else(|| format!("{pointer}/{place}: expected an https address"))?;
            let word = |pointer, most| text(link, pointer).and_then(|word| one_line(&word, most));
            let name = word("/name", 200).unwrap_or_else(|| "link".into());
            Ok(Part::Link { name, url, media_type: word("/media_type", 100) })
        })
        .collect()
}

/// The most links the contract takes in one message.
const MOST_LINKS: usize = 20;

/// A plain https address: no spaces, no user name.
fn is_address(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | ':' | '_');
    url.len() <= 2000
        && !host.is_empty()
        && !host.starts_with(':')
        && host.chars().all(plain)
        && !url.chars().any(|c| c.is_control() || c.is_whitespace())
}

/// Milliseconds since 1970. A number below a hundred thousand million is taken as seconds: as milliseconds it would
/// lie in the early 1970s.
fn at_ms(value: &Value) -> Option<i64> {
    let number = value.as_i64().or_else(|| value.as_str()?.parse().ok()).filter(|n| *n > 0)?;
    if number < 100_000_000_000 { number.checked_mul(1000) } else { Some(number) }
}

fn language(tag: &str) -> Option<String> {
    let main = tag.split(['-', '_']).next()?;
    let plain = (2..=3).contains(&main.len()) && main.bytes().all(|b| b.is_ascii_alphabetic());
    plain.then(|| main.to_ascii_lowercase())
}
