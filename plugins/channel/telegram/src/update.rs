//! An update from Telegram, as far as we read it, and the event it means.

use kerros_plugin::Part;
use kerros_plugin::channel::{Attachment, Event, Message as Said, Started};
use kerros_plugin::text::one_line;
use serde::Deserialize;

use crate::Config;

#[derive(Deserialize)]
pub struct Update {
    pub update_id: i64,
    message: Option<Message>,
    edited_message: Option<Message>,
    pub callback_query: Option<CallbackQuery>,
}

#[derive(Deserialize)]
struct Message {
    message_id: i64,
    date: i64,
    edit_date: Option<i64>,
    chat: Chat,
    from: Option<User>,
    text: Option<String>,
    caption: Option<String>,
    /// The same picture in several sizes, the largest last.
    photo: Option<Vec<File>>,
    document: Option<File>,
    voice: Option<File>,
    audio: Option<File>,
    video: Option<File>,
    video_note: Option<File>,
    animation: Option<File>,
    sticker: Option<Sticker>,
    contact: Option<SharedContact>,
    location: Option<Location>,
}

#[derive(Deserialize)]
struct Chat {
    id: i64,
    r#type: String,
}

#[derive(Deserialize)]
struct User {
    #[serde(default)]
    is_bot: bool,
    first_name: Option<String>,
    last_name: Option<String>,
    language_code: Option<String>,
}

#[derive(Deserialize)]
struct File {
    file_id: String,
    file_name: Option<String>,
    mime_type: Option<String>,
}

#[derive(Deserialize)]
struct Sticker {
    emoji: Option<String>,
}

#[derive(Deserialize)]
struct SharedContact {
    phone_number: String,
    first_name: Option<String>,
    last_name: Option<String>,
}

#[derive(Deserialize)]
struct Location {
    latitude: f64,
    longitude: f64,
}

#[derive(Deserialize)]
pub struct CallbackQuery {
    pub id: String,
    from: User,
    message: Option<Message>,
    data: Option<String>,
}

impl Update {
    /// What it means to us; nothing for groups, other bots and kinds of update we have no use for.
    pub fn event(self, config: &Config) -> Option<Event> {
        if let Some(query) = self.callback_query {
            return query.event(config);
        }
        let edited = self.edited_message.is_some();
        let message = self.message.or(self.edited_message)?;
        message.event(edited, config)
    }
}

impl CallbackQuery {
    /// A pressed button is an answer, as if its value had been written.
    fn event(self, config: &Config) -> Option<Event> {
        let chat = self.message?.chat;
        let text = self.data.filter(|data| !data.is_empty())?;
        if chat.r#type != "private" || self.from.is_bot {
            return None;
        }
        let (id, thread) = (format!("press:{}", self.id), chat.id.to_string());
        let said = Said {
            sender_name: self.from.name(),
            language: self.from.language(),
            segment: config.segment.clone(),
            ..Said::new(id, &thread, &thread, text)
        };
        Some(said.into())
    }
}

impl Message {
    fn event(self, edited: bool, config: &Config) -> Option<Event> {
        if self.chat.r#type != "private" || self.from.as_ref().is_some_and(|from| from.is_bot) {
            return None;
        }
        let thread = self.chat.id.to_string();
        let sender_name = self.from.as_ref().and_then(User::name);
        let language = self.from.as_ref().and_then(User::language);
        let segment = config.segment.clone();
        let is_start = self.text.as_deref().is_some_and(|text| {
            text == "/start" || text.starts_with("/start ") || text.starts_with("/start@")
        });
        if is_start && !edited {
            let sender = thread.clone();
            return Some(Event::Started(Started {
                thread,
                sender,
                sender_name,
                language,
                segment,
            }));
        }
        let (note, parts, attachments) = self.media();
        let written = self.text.as_deref().or(self.caption.as_deref()).unwrap_or_default().trim();
        let mut text = String::new();
        for piece in [note.as_str(), written] {
            if !piece.is_empty() {
                if !text.is_empty() {
                    text.push('\n');
                }
                text.push_str(piece);
            }
        }
        if text.is_empty() && parts.is_empty() && attachments.is_empty() {
            return None;
        }
        let mut external_id = format!("{}:{}", self.chat.id, self.message_id);
        let mut date = self.date;
        if edited {
            // The old message stays as it was written; the new wording is one more message.
            date = self.edit_date.unwrap_or(date);
            external_id += &format!(":{date}");
            text.insert_str(0, "\u{270f}\u{fe0f} ");
        }
        let said = Said {
            sender_name,
            language,
            segment,
            parts,
            attachments,
            at_ms: date.checked_mul(1000),
            ..Said::new(external_id, &thread, &thread, text)
        };
        Some(said.into())
    }

    /// A line about what came beside the text, and that itself. Files lie with Telegram: see [`crate::fetch`].
    fn media(&self) -> (String, Vec<Part>, Vec<Attachment>) {
        let files = [
            ("photo", self.photo.as_ref().and_then(|sizes| sizes.last())),
            // Telegram repeats an animation as a document, for old clients.
            ("document", self.document.as_ref().filter(|_| self.animation.is_none())),
            ("voice", self.voice.as_ref()),
            ("audio", self.audio.as_ref()),
            ("video", self.video.as_ref()),
            ("video", self.video_note.as_ref()),
            ("animation", self.animation.as_ref()),
        ];
        let mut notes = Vec::new();
        let mut parts = Vec::new();
        let mut attachments = Vec::new();
        for (kind, file) in files {
            let Some(file) = file else { continue };
            let name = file.file_name.as_deref().and_then(|name| one_line(name, 200));
            let name = name.unwrap_or_else(|| kind.into());
            notes.push(if name == kind {
                format!("[{kind}]")
            } else {
                format!("[{kind}: {name}]")
            });
            let media_type = file.mime_type.as_deref().and_then(|kind| one_line(kind, 100));
            let media_type =
                media_type.or_else(|| (kind == "photo").then(|| "image/jpeg".to_owned()));
            // What cannot be asked for later is told in words only.
            if !crate::fetch::is_id(&file.file_id) {
                continue;
            }
            let attachment = Attachment::remote(name, file.file_id.as_str());
            attachments.push(Attachment { media_type, ..attachment });
        }
        if let Some(sticker) = &self.sticker {
            notes.push(sticker.emoji.clone().unwrap_or_else(|| "[sticker]".into()));
        }
        if let Some(contact) = &self.contact {
            let name = full_name(contact.first_name.as_deref(), contact.last_name.as_deref());
            let name = name.map_or_else(String::new, |name| format!("{name}, "));
            notes.push(format!("[contact: {name}{}]", contact.phone_number));
        }
        if let Some(Location { latitude, longitude }) = self.location {
            notes.push(format!("[location: {latitude}, {longitude}]"));
            parts.push(Part::Link {
                name: "location".into(),
                url: format!(
                    "https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=16/{latitude}/{longitude}"
                ),
                media_type: None,
            });
        }
        (notes.join(" "), parts, attachments)
    }
}

impl User {
    fn name(&self) -> Option<String> {
        full_name(self.first_name.as_deref(), self.last_name.as_deref())
    }

    /// The main part of an IETF tag like `sv-FI`.
    fn language(&self) -> Option<String> {
        let main = self.language_code.as_deref()?.split(['-', '_']).next()?;
        let plain = (2..=3).contains(&main.len()) && main.bytes().all(|b| b.is_ascii_alphabetic());
        plain.then(|| main.to_ascii_lowercase())
    }
}

fn full_name(first: Option<&str>, last: Option<&str>) -> Option<String> {
    let name = [first.unwrap_or_default(), last.unwrap_or_default()].join(" ");
    one_line(&name, 200)
}
