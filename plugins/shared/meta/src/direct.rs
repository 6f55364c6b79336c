//! Direct messages as Messenger and Instagram tell them: the `messaging` of an entry.

use kerros_plugin::Part;
use kerros_plugin::channel::{
    Attachment, Delivery, DeliveryState, Event, Message, Started, Threading,
};
use kerros_plugin::text::{cut, one_line};
use serde::Deserialize;

/// The payload of the button with which people begin a talk in Messenger.
const GET_STARTED: &str = "GET_STARTED";
/// The longest text the contract takes, in bytes.
const LONGEST: usize = 16 * 1024;

/// One thing that happened in a talk.
#[derive(Deserialize)]
pub struct Messaging {
    sender: Option<Id>,
    timestamp: Option<i64>,
    message: Option<Written>,
    message_edit: Option<Edit>,
    postback: Option<Postback>,
    delivery: Option<Delivered>,
    read: Option<Read>,
    reaction: Option<Reaction>,
}

#[derive(Deserialize)]
struct Id {
    id: String,
}

#[derive(Deserialize)]
struct Written {
    mid: String,
    text: Option<String>,
    #[serde(default)]
    is_echo: bool,
    #[serde(default)]
    is_deleted: bool,
    #[serde(default)]
    is_unsupported: bool,
    quick_reply: Option<QuickReply>,
    reply_to: Option<ReplyTo>,
    #[serde(default)]
    attachments: Vec<Sent>,
}

#[derive(Deserialize)]
struct QuickReply {
    payload: String,
}

#[derive(Deserialize)]
struct ReplyTo {
    mid: Option<String>,
    story: Option<Story>,
}

#[derive(Deserialize)]
struct Story {
    url: Option<String>,
}

#[derive(Deserialize)]
struct Sent {
    #[serde(rename = "type", default)]
    kind: String,
    title: Option<String>,
    url: Option<String>,
    payload: Option<Payload>,
}

#[derive(Deserialize)]
struct Payload {
    url: Option<String>,
    title: Option<String>,
    coordinates: Option<Coordinates>,
}

#[derive(Deserialize)]
struct Coordinates {
    lat: f64,
    long: f64,
}

#[derive(Deserialize)]
struct Edit {
    mid: String,
    text: Option<String>,
    #[serde(default)]
    num_edit: u32,
}

#[derive(Deserialize)]
struct Postback {
    mid: Option<String>,
    title: Option<String>,
    payload: Option<String>,
}

#[derive(Deserialize)]
struct Delivered {
    #[serde(default)]
    mids: Vec<String>,
}

#[derive(Deserialize)]
struct Read {
    /// Messenger: everything up to here.
    watermark: Option<i64>,
    /// Instagram: this message.
    mid: Option<String>,
}

#[derive(Deserialize)]
struct Reaction {
    mid: String,
    #[serde(default)]
    action: String,
    emoji: Option<String>,
}

impl Messaging {
    /// What it means; nothing for our own words coming back (echoes) and for what nobody has to answer. `ours` is the
    /// page's or account's id.
    pub fn events(self, ours: &str, segment: Option<&str>) -> Vec<Event> {
        let Some(Id { id: thread }) = self.sender.filter(|sender| sender.id != ours) else {
            return Vec::new();
        };
        let base = Message {
            sender: thread.clone(),
            threading: Threading::Thread(thread.clone()),
            segment: segment.map(str::to_owned),
            at_ms: self.timestamp,
            ..Message::default()
        };
        if let Some(message) = self.message {
            return message.read(base).map(Event::Message).into_iter().collect();
        }
        if let Some(edit) = self.message_edit {
            let text = format!("\u{270f}\u{fe0f} {}", edit.text.unwrap_or_default());
            let external_id = format!("{}:edit:{}", edit.mid, edit.num_edit);
            return vec![Event::Message(Message { external_id, text, ..base })];
        }
        if let Some(postback) = self.postback {
            return postback.read(base).into_iter().collect();
        }
        if let Some(delivered) = self.delivery {
            let sent = |mid: String| Delivery::new(mid, DeliveryState::Delivered).into();
            return delivered.mids.into_iter().take(50).map(sent).collect();
        }
        match (self.read, self.reaction) {
            (Some(Read { mid: Some(mid), .. }), _) => {
                vec![Delivery::new(mid, DeliveryState::Read).into()]
            }
            (Some(Read { watermark: Some(at_ms), .. }), _) => {
                vec![Event::ReadUntil { thread, at_ms }]
            }
            (_, Some(reaction)) => reaction.read(base).into_iter().collect(),
            _ => Vec::new(),
        }
    }
}

impl Written {
    fn read(self, base: Message) -> Option<Message> {
        if self.is_echo || self.is_deleted {
            return None;
        }
        let mut parts = Vec::new();
        let mut attachments = Vec::new();
        let mut notes = Vec::new();
        for sent in &self.attachments {
            notes.extend(sent.tell(&mut parts, &mut attachments));
        }
        let written = match self.quick_reply {
            Some(reply) => Some(reply.payload),
            None => self.text,
        };
        let mut text = written.unwrap_or_default().trim().to_owned();
        if text.is_empty() {
            text = notes.join(" ");
        }
        if text.is_empty() && self.is_unsupported {
            text = "[unsupported]".into();
        }
        if text.is_empty() && parts.is_empty() && attachments.is_empty() {
            return None;
        }
        let (answers, story) = match self.reply_to {
            Some(ReplyTo { mid, story }) => (mid, story.and_then(|story| story.url)),
            None => (None, None),
        };
        attachments.extend(story.map(|url| Attachment::remote("story", url)));
        attachments.truncate(50);
        Some(Message {
            external_id: self.mid,
            text: cut(&text, LONGEST).to_owned(),
            parts,
            attachments,
            answers,
            ..base
        })
    }
}

impl Sent {
    /// Adds the file or link, and says in a word what it is.
    fn tell(&self, parts: &mut Vec<Part>, attachments: &mut Vec<Attachment>) -> Option<String> {
        let payload = self.payload.as_ref();
        if let Some(Coordinates { lat, long }) = payload.and_then(|p| p.coordinates.as_ref()) {
            let url = format!(
                "https://www.openstreetmap.org/?mlat={lat}&mlon={long}#map=16/{lat}/{long}"
            );
            parts.push(Part::Link { name: "location".into(), url, media_type: None });
            return Some(format!("[location: {lat}, {long}]"));
        }
        let url = payload.and_then(|p| p.url.as_deref()).or(self.url.as_deref());
        let title = payload.and_then(|p| p.title.as_deref()).or(self.title.as_deref());
        let name = title.and_then(|title| one_line(title, 200));
        let (kind, is_file) = match self.kind.as_str() {
            "image" => ("photo", true),
            "file" => ("document", true),
            "video" | "audio" => (self.kind.as_str(), true),
            "story_mention" => ("story mention", true),
            "ig_reel" | "reel" => ("reel", true),
            "" => ("attachment", false),
            other => (other, false),
        };
        let url = url?.to_owned();
        if is_file {
            let name = name.unwrap_or_else(|| kind.to_owned());
            attachments.push(Attachment::remote(name, url));
        } else {
            let name = name.unwrap_or_else(|| cut(kind, 100).to_owned());
            parts.push(Part::Link { name, url, media_type: None });
        }
        Some(format!("[{}]", cut(kind, 100)))
    }
}

impl Postback {
    /// A pressed button is an answer, as if its value had been written.
    fn read(self, base: Message) -> Option<Event> {
        if self.payload.as_deref() == Some(GET_STARTED) {
            return Some(Event::Started(Started {
                thread: base.sender.clone(),
                sender: base.sender,
                segment: base.segment,
                ..Started::default()
            }));
        }
        let text =
            [self.payload, self.title].into_iter().flatten().find(|text| !text.is_empty())?;
        // Older pages get no id: sender and moment name a press as well.
        let at = base.at_ms.unwrap_or_default();
        let external_id = self.mid.unwrap_or_else(|| format!("press:{}:{at}", base.sender));
        let text = cut(&text, LONGEST).to_owned();
        Some(Event::Message(Message { external_id, text, ..base }))
    }
}

impl Reaction {
    fn read(self, base: Message) -> Option<Event> {
        let text = self.emoji.filter(|emoji| self.action == "react" && !emoji.is_empty())?;
        let at = base.at_ms.unwrap_or_default();
        let external_id = format!("{}:react:{at}", self.mid);
        Some(Event::Message(Message { external_id, text, answers: Some(self.mid), ..base }))
    }
}
