//! A message as requests, one after the other: uploads, then media, then texts.

use kerros_plugin::Part;
use kerros_plugin::channel::{
    Answer, File, FormPart, Outcome, Outgoing, Request, Step, Template, in_turn,
};
use kerros_plugin::text::{cut, pieces};
use serde_json::{Value, json};
use shared_meta::window::{DAY_MS, is_open};

use crate::template::Layout;
use crate::{Config, answer, parts};

/// The longest text, in characters.
const LONGEST: usize = 4096;
/// The longest text above buttons, in characters.
const LONGEST_ABOVE: usize = 1024;
/// The longest caption, in characters.
const LONGEST_CAPTION: usize = 1024;
/// Most files: an upload and a message each, and texts, must fit the requests of one delivery.
const MOST_FILES: usize = 7;
/// What a person may do when the window is closed.
pub const CLOSED: [&str; 2] = ["template", "mail"];

/// One request of a delivery.
enum Turn<'a> {
    Upload(&'a File),
    /// The file uploaded at this place, and a caption.
    Media(usize, &'a File, Option<String>),
    Text(String),
    Buttons(String),
    Template(&'a Template, Layout),
    MarkRead(&'a str),
}

/// What to do next.
pub fn step(config: &Config, message: &Outgoing, so_far: &[Answer]) -> Step {
    if message.template.is_none() && !is_open(message.last_inbound_ms, message.now_ms, DAY_MS) {
        let reason = "more than 24 hours since the customer last wrote";
        return Step::Settled(Outcome::rejected(reason).instead("template").instead("mail"));
    }
    if message.files.len() > MOST_FILES {
        let reason = format!("at most {MOST_FILES} files in one message");
        return Step::Settled(Outcome::rejected(reason));
    }
    let mut turns = match turns(config, message) {
        Ok(turns) => turns,
        Err(reason) => return Step::Settled(Outcome::rejected(reason).instead("mail")),
    };
    // That a message shows as read is no part of the answer: whatever came of it, the answer is sent.
    if matches!(turns.last(), Some(Turn::MarkRead(_))) && so_far.len() == turns.len() {
        turns.pop();
    }
    let seen = |turn: &&Turn| !matches!(turn, Turn::Upload(_) | Turn::MarkRead(_));
    let several = turns.iter().filter(seen).count() > 1;
    let label = parts::label(message, several);
    let done = in_turn(
        so_far,
        &turns,
        |turn, ids| request(config, message, turn, &label, ids),
        |turn, response| match turn {
            Turn::Upload(_) => answer::uploaded(response),
            _ => answer::sent(response),
        },
    );
    match done {
        Err(step) => step,
        Ok(_) if several => Step::Settled(Outcome::sent(Some(label))),
        Ok(ids) => {
            let sent = ids.into_iter().find(|id| id.starts_with("wamid"));
            Step::Settled(Outcome::sent(sent))
        }
    }
}

fn turns<'a>(config: &Config, message: &'a Outgoing) -> Result<Vec<Turn<'a>>, String> {
    if let Some(template) = &message.template {
        let layout = config.templates.get(&template.name).cloned().unwrap_or_default();
        let upload = layout.file(template, message)?.map(Turn::Upload);
        return Ok(upload.into_iter().chain([Turn::Template(template, layout)]).collect());
    }
    let mut turns: Vec<Turn> = message.files.iter().map(Turn::Upload).collect();
    let text = text(config, message);
    let buttons = message.parts.iter().any(|part| matches!(part, Part::Button { .. }));
    // One picture with few words is one bubble.
    let caption = !buttons
        && !text.is_empty()
        && text.chars().count() <= LONGEST_CAPTION
        && message.files.len() == 1
        && message.files.iter().all(|file| !matches!(medium(file), "audio" | "sticker"));
    for (place, file) in message.files.iter().enumerate() {
        turns.push(Turn::Media(place, file, caption.then(|| text.clone())));
    }
    if !caption && (!text.is_empty() || buttons) {
        let mut texts = pieces(&text, LONGEST, |_| 1);
        if buttons {
            let last = texts.pop().unwrap_or_default();
            texts.extend(pieces(&last, LONGEST_ABOVE, |_| 1));
        }
        let last = texts.len().saturating_sub(1);
        turns.extend(texts.into_iter().enumerate().map(|(place, text)| {
            if buttons && place == last { Turn::Buttons(text) } else { Turn::Text(text) }
        }));
    }
    if let Some(answered) = message.answers.as_deref().filter(|_| config.mark_read) {
        turns.push(Turn::MarkRead(answered));
    }
    Ok(turns)
}

fn request(
    config: &Config,
    message: &Outgoing,
    turn: &Turn<'_>,
    label: &str,
    ids: &[String],
) -> Request {
    let graph = config.graph();
    let number = &config.phone_number_id;
    if let Turn::Upload(file) = turn {
        let form = vec![
            FormPart::text("messaging_product", "whatsapp"),
            FormPart::text("type", plain_type(file)),
            FormPart {
                // Without the parameters, which Meta does not know.
                media_type: Some(plain_type(file).to_owned()),
                ..FormPart::file("file", file.id.as_str())
            },
        ];
        let upload = Request::post_form(graph.url(&format!("{number}/media")), form);
        return graph.signed(upload).repeatable();
    }
    let mut body = json!({ "messaging_product": "whatsapp" });
    if let Turn::MarkRead(answered) = turn {
        body["status"] = "read".into();
        body["message_id"] = (*answered).into();
        return graph.post(&format!("{number}/messages"), &body).repeatable();
    }
    body["recipient_type"] = "individual".into();
    match message.recipient.strip_prefix('+') {
        Some(digits) => body["to"] = digits.into(),
        None => body["recipient"] = message.recipient.as_str().into(),
    }
    body["biz_opaque_callback_data"] = label.into();
    if let Some(answered) = message.answers.as_deref().filter(|_| config.quote) {
        body["context"] = json!({ "message_id": answered });
    }
    let (kind, content) = content(message, turn, ids);
    body["type"] = kind.into();
    body[kind] = content;
    graph.post(&format!("{number}/messages"), &body)
}

fn content(message: &Outgoing, turn: &Turn<'_>, ids: &[String]) -> (&'static str, Value) {
    match turn {
        Turn::Media(place, file, caption) => {
            let kind = medium(file);
            let mut media = json!({ "id": ids.get(*place) });
            if let Some(caption) = caption {
                media["caption"] = caption.as_str().into();
            }
            if kind == "document" {
                media["filename"] = file.name.as_str().into();
            }
            (kind, media)
        }
        Turn::Buttons(text) => buttons(message, text),
        Turn::Template(template, layout) => {
            ("template", layout.body(template, message, ids.first()))
        }
        Turn::Text(text) => ("text", json!({ "body": text, "preview_url": false })),
        Turn::Upload(_) | Turn::MarkRead(_) => ("text", Value::Null),
    }
}

/// Up to three short choices are buttons, up to ten a list, more are written out below the text.
fn buttons(message: &Outgoing, text: &str) -> (&'static str, Value) {
    let choices: Vec<(&str, &str)> = message
        .parts
        .iter()
        .filter_map(|part| match part {
            Part::Button { label, value } => Some((label.as_str(), value.as_str())),
            _ => None,
        })
        .collect();
    let choose = match message.language.as_str() {
        "fi" => "Valitse",
        "sv" => "Välj",
        _ => "Choose",
    };
    let above = if text.is_empty() { choose } else { text };
    let short = |most: usize, id: usize| {
        let fits = |(label, value): &(&str, &str)| {
            (1..=most).contains(&label.chars().count()) && (1..=id).contains(&value.len())
        };
        choices.iter().all(fits)
    };
    if choices.len() <= 3 && short(20, 256) {
        let buttons: Vec<Value> = choices
            .iter()
            .map(|(label, value)| json!({ "type": "reply", "reply": { "id": value, "title": label } }))
            .collect();
        let body = json!({ "type": "button", "body": { "text": above }, "action": { "buttons": buttons } });
        return ("interactive", body);
    }
    if choices.len() <= 10 && short(72, 200) {
        let rows: Vec<Value> = choices.iter().map(|(label, value)| row(label, value)).collect();
        let action = json!({ "button": choose, "sections": [{ "title": choose, "rows": rows }] });
        let body = json!({ "type": "list", "body": { "text": above }, "action": action });
        return ("interactive", body);
    }
    let lines: Vec<String> = choices.iter().map(|(label, _)| format!("• {label}")).collect();
    let text = format!("{above}\n\n{}", lines.join("\n"));
    let end = text.char_indices().nth(LONGEST).map_or(text.len(), |(place, _)| place);
    ("text", json!({ "body": cut(&text, end), "preview_url": false }))
}

/// A row's title has 24 characters; a longer label is whole below it.
fn row(label: &str, value: &str) -> Value {
    match label.char_indices().nth(24) {
        None => json!({ "id": value, "title": label }),
        Some(_) => {
            let short: String = label.chars().take(23).collect();
            json!({ "id": value, "title": format!("{}…", short.trim_end()), "description": label })
        }
    }
}

/// The text with articles and links below it.
fn text(config: &Config, message: &Outgoing) -> String {
    let text = message.text_with_links();
    if config.signature && message.author == "person" && !message.author_name.is_empty() {
        return format!("*{}:*\n{text}", message.author_name);
    }
    text
}

/// Without parameters, and nothing but what a media type is made of: it stands in a form.
fn plain_type(file: &File) -> &str {
    let kind = file.media_type.split(';').next().unwrap_or_default().trim();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/.+-_".contains(&byte);
    if kind.bytes().all(plain) { kind } else { "application/octet-stream" }
}

/// As what a file is sent. Types and sizes that WhatsApp shows as media; anything else travels as a document.
fn medium(file: &File) -> &'static str {
    const MIB: u64 = 1 << 20;
    match plain_type(file) {
        "image/jpeg" | "image/png" if file.bytes <= 5 * MIB => "image",
        "video/mp4" | "video/3gpp" if file.bytes <= 16 * MIB => "video",
        "audio/aac" | "audio/amr" | "audio/mpeg" | "audio/mp4" | "audio/ogg"
            if file.bytes <= 16 * MIB =>
        {
            "audio"
        }
        _ => "document",
    }
}
