//! One message of a customer's, of whatever type.

use kerros_plugin::Part;
use kerros_plugin::channel::{Attachment, Event, Field, Message, Started, Threading};
use kerros_plugin::text::{cut, one_line};
use serde::Deserialize;
use serde_json::Value;

use crate::Config;
use crate::hook::Fault;

/// The longest text the contract takes, in bytes.
const LONGEST: usize = 16 * 1024;

#[derive(Deserialize)]
pub struct Contact {
    wa_id: Option<String>,
    user_id: Option<String>,
    profile: Option<Profile>,
}

#[derive(Deserialize)]
struct Profile {
    name: Option<String>,
    username: Option<String>,
}

#[derive(Deserialize)]
struct Payload {
    id: String,
    /// The number; missing where the customer hides it behind a username.
    from: Option<String>,
    from_user_id: Option<String>,
    timestamp: Option<String>,
    #[serde(rename = "type", default)]
    kind: String,
    context: Option<Context>,
    referral: Option<Referral>,
    #[serde(default)]
    errors: Vec<Fault>,
    text: Option<Text>,
    image: Option<Media>,
    video: Option<Media>,
    audio: Option<Media>,
    document: Option<Media>,
    sticker: Option<Media>,
    location: Option<Location>,
    #[serde(default)]
    contacts: Vec<Card>,
    interactive: Option<Interactive>,
    button: Option<Pressed>,
    reaction: Option<Reaction>,
    order: Option<Order>,
    system: Option<System>,
}

#[derive(Deserialize)]
struct Context {
    id: Option<String>,
}

/// The advertisement or post that the talk began at.
#[derive(Deserialize)]
struct Referral {
    source_url: Option<String>,
    headline: Option<String>,
}

#[derive(Deserialize)]
struct Text {
    body: String,
}

#[derive(Deserialize)]
struct Media {
    id: String,
    mime_type: Option<String>,
    caption: Option<String>,
    filename: Option<String>,
    #[serde(default)]
    voice: bool,
}

#[derive(Deserialize)]
struct Location {
    latitude: f64,
    longitude: f64,
    name: Option<String>,
    address: Option<String>,
}

#[derive(Deserialize)]
struct Card {
    name: Option<CardName>,
    #[serde(default)]
    phones: Vec<Phone>,
}

#[derive(Deserialize)]
struct CardName {
    formatted_name: Option<String>,
}

#[derive(Deserialize)]
struct Phone {
    phone: Option<String>,
}

#[derive(Deserialize)]
struct Interactive {
    button_reply: Option<Choice>,
    list_reply: Option<Choice>,
    nfm_reply: Option<FlowReply>,
}

#[derive(Deserialize)]
struct Choice {
    id: String,
    title: String,
}

#[derive(Deserialize)]
struct FlowReply {
    body: Option<String>,
    response_json: Option<String>,
}

#[derive(Deserialize)]
struct Pressed {
    text: String,
}

#[derive(Deserialize)]
struct Reaction {
    message_id: String,
    emoji: Option<String>,
}

#[derive(Deserialize)]
struct Order {
    text: Option<String>,
    #[serde(default)]
    product_items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    product_retailer_id: String,
    quantity: Value,
    item_price: Option<Value>,
    currency: Option<String>,
}

#[derive(Deserialize)]
struct System {
    body: Option<String>,
}

/// A number as people write it abroad; an id of another form as it is.
pub fn address(id: String) -> String {
    if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("+{id}")
    } else {
        id
    }
}

/// The event of a message; nothing for what says nothing (a reaction taken back).
pub fn event(config: &Config, contacts: &[Contact], value: Value) -> Option<Event> {
    let message: Payload = match serde_json::from_value(value) {
        Ok(message) => message,
        Err(e) => {
            kerros_plugin::log::warn(&format!("a message of an unknown form: {e}"));
            return None;
        }
    };
    let id = message.from.clone().or_else(|| message.from_user_id.clone())?;
    let known = |contact: &&Contact| {
        let theirs = [contact.wa_id.as_deref(), contact.user_id.as_deref()];
        theirs.contains(&Some(id.as_str()))
    };
    let profile = contacts.iter().find(known).and_then(|contact| contact.profile.as_ref());
    let sender_name = profile
        .and_then(|profile| profile.name.as_deref().or(profile.username.as_deref()))
        .and_then(|name| one_line(name, 200));
    let at_ms = message.timestamp.as_deref().and_then(seconds);
    let segment = config.segment.clone();
    if message.kind == "request_welcome" {
        let sender = address(id.clone());
        return Some(Event::Started(Started {
            thread: id,
            sender,
            sender_name,
            segment,
            ..Started::default()
        }));
    }
    let found = content(&message)?;
    Some(Event::Message(Message {
        external_id: message.id,
        threading: Threading::Thread(id.clone()),
        sender: address(id),
        sender_name,
        segment,
        text: cut(found.text.trim(), LONGEST).to_owned(),
        parts: found.parts,
        attachments: found.attachments,
        fields: found.fields,
        automatic: found.automatic,
        answers: found.answers.or(message.context.and_then(|context| context.id)),
        at_ms,
        ..Message::default()
    }))
}

/// Seconds since 1970 as text, in milliseconds.
fn seconds(text: &str) -> Option<i64> {
    text.parse::<i64>().ok()?.checked_mul(1000)
}

#[derive(Default)]
struct Content {
    text: String,
    parts: Vec<Part>,
    attachments: Vec<Attachment>,
    fields: Vec<Field>,
    answers: Option<String>,
    automatic: Option<String>,
}

fn content(message: &Payload) -> Option<Content> {
    let mut found = Content::default();
    if let Some(text) = &message.text {
        found.text.clone_from(&text.body);
    }
    for (kind, media) in [
        ("photo", &message.image),
        ("video", &message.video),
        ("audio", &message.audio),
        ("document", &message.document),
        ("sticker", &message.sticker),
    ] {
        let Some(media) = media else { continue };
        let kind = if media.voice { "voice" } else { kind };
        found.attachments.push(media.attachment(kind));
        found.text = media.caption.clone().unwrap_or_default();
        if found.text.trim().is_empty() {
            found.text = format!("[{kind}]");
        }
    }
    if let Some(location) = &message.location {
        location.tell(&mut found);
    }
    let cards: Vec<String> = message.contacts.iter().map(Card::line).collect();
    if !cards.is_empty() {
        found.text = cards.join("\n");
    }
    if let Some(interactive) = &message.interactive {
        interactive.tell(&mut found);
    }
    if let Some(pressed) = &message.button {
        found.text.clone_from(&pressed.text);
    }
    if let Some(reaction) = &message.reaction {
        // A reaction without an emoji takes an earlier one back.
        found.text = reaction.emoji.clone().filter(|emoji| !emoji.is_empty())?;
        found.answers = Some(reaction.message_id.clone());
    }
    if let Some(order) = &message.order {
        order.tell(&mut found);
    }
    if let Some(system) = &message.system {
        found.text = format!("[{}]", system.body.as_deref().unwrap_or("system"));
        found.automatic =
            Some("WhatsApp tells that the customer's number or identity changed".into());
    }
    if found.text.trim().is_empty() {
        let kind = one_line(&message.kind, 40).unwrap_or_else(|| "message".into());
        let why = message.errors.first().map(|fault| format!(": {}", fault.title));
        found.text = format!("[{kind}{}]", why.unwrap_or_default());
    }
    if let Some(Referral { source_url: Some(url), headline }) = &message.referral {
        let name = headline.as_deref().and_then(|line| one_line(line, 200));
        let name = name.unwrap_or_else(|| "advertisement".into());
        found.parts.push(Part::Link { name, url: url.clone(), media_type: None });
    }
    Some(found)
}

impl Media {
    fn attachment(&self, kind: &str) -> Attachment {
        // `audio/ogg; codecs=opus` is `audio/ogg` to everybody else.
        let media_type = self.mime_type.as_deref().and_then(|text| text.split(';').next());
        let media_type = media_type.and_then(|text| one_line(text, 100));
        let name = self.filename.as_deref().and_then(|name| one_line(name, 200));
        let name = name.unwrap_or_else(|| kind.into());
        Attachment { media_type, ..Attachment::remote(name, self.id.clone()) }
    }
}

impl Location {
    fn tell(&self, found: &mut Content) {
        let (lat, lon) = (self.latitude, self.longitude);
        let mut words: Vec<String> =
            [&self.name, &self.address].into_iter().flatten().cloned().collect();
        words.push(format!("{lat}, {lon}"));
        found.text = format!("[location: {}]", words.join(", "));
        found.parts.push(Part::Link {
            name: "location".into(),
            url: format!("https://www.openstreetmap.org/?mlat={lat}&mlon={lon}#map=16/{lat}/{lon}"),
            media_type: None,
        });
    }
}

impl Card {
    fn line(&self) -> String {
        let name = self.name.as_ref().and_then(|name| name.formatted_name.clone());
        let phones = self.phones.iter().filter_map(|phone| phone.phone.clone());
        let words: Vec<String> = name.into_iter().chain(phones).collect();
        format!("[contact: {}]", words.join(", "))
    }
}

impl Interactive {
    fn tell(&self, found: &mut Content) {
        if let Some(choice) = self.button_reply.as_ref().or(self.list_reply.as_ref()) {
            // The id is what the bot put behind the button; without one the label is the answer.
            let text = if choice.id.is_empty() { &choice.title } else { &choice.id };
            found.text.clone_from(text);
        }
        let Some(flow) = &self.nfm_reply else { return };
        let answers = flow.response_json.as_deref();
        let answers: Option<serde_json::Map<String, Value>> =
            answers.and_then(|text| serde_json::from_str(text).ok());
        for (key, value) in answers.unwrap_or_default().into_iter().take(50) {
            if key == "flow_token" {
                continue;
            }
            let value = match value {
                Value::String(text) => text,
                other => other.to_string(),
            };
            found.fields.push(Field { label: key.clone(), key, value });
        }
        found.text = flow.body.clone().unwrap_or_else(|| "[form]".into());
    }
}

impl Order {
    fn tell(&self, found: &mut Content) {
        let plain = |value: &Value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let mut lines: Vec<String> = self.text.clone().into_iter().collect();
        for item in self.product_items.iter().take(50) {
            let price = item.item_price.as_ref().map(plain);
            let currency = item.currency.as_deref().unwrap_or_default();
            let price = price.map(|price| format!(" ({price} {currency})")).unwrap_or_default();
            let line = format!("{} x {}{price}", plain(&item.quantity), item.product_retailer_id);
            lines.push(format!("[order: {line}]"));
            let key = item.product_retailer_id.clone();
            found.fields.push(Field { label: key.clone(), key, value: line });
        }
        found.text = lines.join("\n");
    }
}
