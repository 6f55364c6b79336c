//! What all can read: comments on the page's posts, posts on its wall, mentions of it elsewhere.

use kerros_plugin::channel::{Attachment, Event, Message, Threading};
use kerros_plugin::text::{cut, one_line};
use serde::Deserialize;
use serde_json::Value;

use crate::Config;

/// Begins the thread of what all can read: `public:NODE:PERSON`, where an answer goes under the node. Two people under
/// one post are two conversations.
pub const PUBLIC: &str = "public:";
/// The longest text the contract takes, in bytes.
const LONGEST: usize = 16 * 1024;

#[derive(Deserialize)]
struct Change {
    item: Option<String>,
    verb: Option<String>,
    from: Option<Person>,
    sender_id: Option<Value>,
    sender_name: Option<String>,
    post_id: Option<String>,
    comment_id: Option<String>,
    parent_id: Option<String>,
    message: Option<String>,
    /// Seconds.
    created_time: Option<i64>,
    permalink_url: Option<String>,
    post: Option<Post>,
    photo: Option<String>,
    video: Option<String>,
    link: Option<String>,
    #[serde(default)]
    photos: Vec<String>,
}

#[derive(Deserialize)]
struct Person {
    id: String,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Post {
    permalink_url: Option<String>,
}

/// The event of a change; nothing for likes, for what was taken back and for what the page itself wrote. `time` is when
/// Meta told it.
pub fn event(config: &Config, field: &str, value: Value, time: i64) -> Option<Event> {
    if !matches!(field, "feed" | "mention") {
        return None;
    }
    let change: Change = match serde_json::from_value(value) {
        Ok(change) => change,
        Err(e) => {
            kerros_plugin::log::warn(&format!("a change of an unknown form: {e}"));
            return None;
        }
    };
    let edited = match change.verb.as_deref() {
        Some("add") => false,
        Some("edit" | "edited") => true,
        _ => return None,
    };
    let sender = change.sender()?;
    if sender == config.page_id {
        return None;
    }
    let (id, under) = change.place(field)?;
    let attachments = change.files();
    let mut text = change.message.as_deref().unwrap_or_default().trim().to_owned();
    if text.is_empty() {
        text = match (field, attachments.is_empty()) {
            ("mention", _) => "[mention]".into(),
            (_, false) => "[photo]".into(),
            (_, true) => return None,
        };
    }
    let mut external_id = id.clone();
    if edited {
        external_id += &format!(":edit:{time}");
        text.insert_str(0, "\u{270f}\u{fe0f} ");
    }
    let name = change.from.as_ref().and_then(|from| from.name.as_deref());
    let name = name.or(change.sender_name.as_deref()).and_then(|name| one_line(name, 200));
    let post = change.post.and_then(|post| post.permalink_url);
    let public_url = change.permalink_url.or(post);
    Some(Event::Message(Message {
        external_id,
        threading: Threading::Thread(format!("{PUBLIC}{under}:{sender}")),
        sender,
        sender_name: name,
        segment: config.segment.clone(),
        text: cut(&text, LONGEST).to_owned(),
        attachments,
        public_url: Some(public_url.unwrap_or_else(|| format!("https://www.facebook.com/{id}"))),
        at_ms: change.created_time.and_then(|seconds| seconds.checked_mul(1000)),
        ..Message::default()
    }))
}

impl Change {
    fn sender(&self) -> Option<String> {
        let plain = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let from = self.from.as_ref().map(|from| from.id.clone());
        from.or_else(|| self.sender_id.as_ref().and_then(plain)).filter(|id| !id.is_empty())
    }

    /// Its own id, and under what an answer goes: the first comment of the talk, or the post.
    fn place(&self, field: &str) -> Option<(String, String)> {
        let item = self.item.as_deref().unwrap_or_default();
        if let Some(comment) = self.comment_id.clone().filter(|_| item == "comment") {
            let parent = self.parent_id.clone();
            // The parent of a first comment is the post itself.
            let first = parent.filter(|parent| Some(parent) != self.post_id.as_ref());
            return Some((comment.clone(), first.unwrap_or(comment)));
        }
        let wall = matches!(item, "post" | "status" | "photo" | "video" | "share");
        let post = self.post_id.clone().filter(|_| wall || field == "mention")?;
        Some((post.clone(), post))
    }

    fn files(&self) -> Vec<Attachment> {
        // `link` is a picture only on a wall post of one; elsewhere it is any page.
        let link = self.link.as_ref().filter(|_| self.item.as_deref() == Some("photo"));
        let photos = self.photos.iter().chain(&self.photo).chain(link);
        let photos = photos.map(|url| Attachment::remote("photo", url.clone()));
        let videos = self.video.iter().map(|url| Attachment::remote("video", url.clone()));
        photos.chain(videos).take(50).collect()
    }
}
