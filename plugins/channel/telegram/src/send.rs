//! A message as calls of `sendMessage`, and of `sendPhoto` or `sendDocument` for its files.

use kerros_plugin::Part;
use kerros_plugin::channel::{File, FormPart, Outgoing, Request};
use serde_json::{Value, json};

use crate::{Buttons, Config};

/// The longest text of one message, in UTF-16 code units as Telegram counts.
const LONGEST: usize = 4096;
/// The longest value of an inline button, in bytes.
const LONGEST_VALUE: usize = 64;
/// Most files: with the pieces of the longest text they must fit the requests of one delivery.
pub const MOST_FILES: usize = 14;
/// The largest photo, in bytes.
const LARGEST_PHOTO: u64 = 10_000_000;

/// One request per file and per piece of the text; buttons hang on the last. Files go first: what is said is below them.
pub fn requests(config: &Config, message: &Outgoing) -> Vec<Request> {
    let url = format!("{}/bot{{secret:{}}}/sendMessage", config.api, config.token);
    let text = text(config, message);
    let mut requests: Vec<_> =
        message.files.iter().map(|file| upload(config, message, file)).collect();
    if text.is_empty() && !requests.is_empty() {
        return requests;
    }
    let pieces = split(&text, LONGEST);
    let last = pieces.len().saturating_sub(1);
    requests.extend(pieces.into_iter().enumerate().map(|(place, piece)| {
        let mut body = json!({
            "chat_id": message.recipient.parse::<i64>().map_or_else(
                |_| Value::from(message.recipient.as_str()),
                Value::from,
            ),
            "text": piece,
            "link_preview_options": { "is_disabled": true },
        });
        if place == last {
            body["reply_markup"] = keyboard(config, message);
        }
        Request::post_json(url.as_str(), &body)
    }));
    requests
}

/// A picture is shown as one, if it is of a kind and size that Telegram takes; anything else is a document.
fn upload(config: &Config, message: &Outgoing, file: &File) -> Request {
    let picture = matches!(file.media_type.as_str(), "image/jpeg" | "image/png")
        && file.bytes <= LARGEST_PHOTO;
    let (call, field) = if picture { ("sendPhoto", "photo") } else { ("sendDocument", "document") };
    let url = format!("{}/bot{{secret:{}}}/{call}", config.api, config.token);
    let chat = message.recipient.parse::<i64>().map_or(0, |id| id).to_string();
    Request::post_form(
        url,
        vec![FormPart::text("chat_id", chat), FormPart::file(field, file.id.as_str())],
    )
}

/// The text with articles and links below it: plain text, so nothing in it can be markup.
fn text(config: &Config, message: &Outgoing) -> String {
    let mut text = String::new();
    if config.signature && message.author == "person" && !message.author_name.is_empty() {
        text = format!("{}:\n", message.author_name);
    }
    text.push_str(&message.text);
    for part in &message.parts {
        match part {
            Part::Button { .. } => {}
            Part::Article { title, excerpt, url, .. } => {
                text += &format!("\n\n{title}\n");
                if !excerpt.is_empty() {
                    text += &format!("{excerpt}\n");
                }
                text += url;
            }
            Part::Link { name, url, .. } => text += &format!("\n\n{name}\n{url}"),
        }
    }
    text.trim().to_owned()
}

/// The choices, or the word that takes an earlier keyboard away.
fn keyboard(config: &Config, message: &Outgoing) -> Value {
    let buttons: Vec<(&str, &str)> = message
        .parts
        .iter()
        .filter_map(|part| match part {
            Part::Button { label, value } => Some((label.as_str(), value.as_str())),
            _ => None,
        })
        .collect();
    let fits = buttons.iter().all(|(_, value)| (1..=LONGEST_VALUE).contains(&value.len()));
    if buttons.is_empty() {
        return match config.buttons {
            Buttons::Inline => json!({ "inline_keyboard": [] }),
            Buttons::Keyboard => json!({ "remove_keyboard": true }),
        };
    }
    if config.buttons == Buttons::Inline && fits {
        let rows: Vec<Value> = buttons
            .iter()
            .map(|(label, value)| json!([{ "text": label, "callback_data": value }]))
            .collect();
        return json!({ "inline_keyboard": rows });
    }
    // A pressed key sends its label as text; bots take a label as they take its value.
    let rows: Vec<Value> = buttons.iter().map(|(label, _)| json!([{ "text": label }])).collect();
    json!({ "keyboard": rows, "one_time_keyboard": true, "resize_keyboard": true })
}

/// Cuts a text into pieces of at most `most` UTF-16 units: at a paragraph's end if one lies in the second half of the
/// piece, else a line's end, else a space, else anywhere between two characters.
fn split(text: &str, most: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(end) = overflow(rest, most) {
        let head = &rest[..end];
        let cut = ["\n\n", "\n", " "]
            .iter()
            .find_map(|mark| head.rfind(mark).filter(|place| *place >= end / 2))
            .unwrap_or(end);
        pieces.push(rest[..cut].trim_end().to_owned());
        rest = rest[cut..].trim_start();
    }
    if !rest.is_empty() || pieces.is_empty() {
        pieces.push(rest.to_owned());
    }
    pieces
}

/// The byte place up to which `most` UTF-16 units fit, if not all do.
fn overflow(text: &str, most: usize) -> Option<usize> {
    let mut units = 0;
    text.char_indices().find_map(|(place, c)| {
        units += c.len_utf16();
        (units > most).then_some(place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_where_a_reader_would() {
        let paragraph = "sana ".repeat(120);
        let text = vec![paragraph.trim(); 20].join("\n\n");
        let pieces = split(&text, LONGEST);
        assert!(pieces.len() >= 3);
        for piece in &pieces {
            assert!(piece.encode_utf16().count() <= LONGEST);
            assert!(piece.starts_with("sana") && piece.ends_with("sana"));
        }
        assert_eq!(pieces.join("\n\n"), text);
    }

    #[test]
    fn surrogates_count_two_and_are_never_cut() {
        let text = "\u{1f600}".repeat(5000);
        let pieces = split(&text, LONGEST);
        assert_eq!(pieces.concat(), text);
        assert!(pieces.iter().all(|piece| piece.encode_utf16().count() <= LONGEST));
    }

    #[test]
    fn a_short_text_stays_whole() {
        assert_eq!(split("hei", LONGEST), ["hei"]);
        assert_eq!(split("", LONGEST), [""]);
    }
}
