//! What all can read: comments on the page's posts, posts on its wall, mentions of it elsewhere.

use kerros_plugin::channel::{Attachment, Event, Message, Threading};
use kerros_plugin::text::{cut, one_line};
use serde::Deserialize;
use serde_json::Value;
use shared_meta::private::EDIT;

use crate::Config;

/// Begins the thread of what all can read: `public:NODE:PERSON`, where an answer goes under the node. Two people under
/// one post are two conversations.
const PUBLIC: &str = "public:";
/// Ends the thread of a post on the page's wall.
const POST: &str = ":post";
/// Ends the thread of a mention elsewhere.
const MENTION: &str = ":mention";
/// The longest text the contract takes, in bytes.
const LONGEST: usize = 16 * 1024;

/// Where something was written that all can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// Under what a public answer goes: the first comment of the talk, or the post.
    pub node: &'a str,
    /// What it is.
    pub kind: Kind,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A comment on the page.
    Comment,
    /// A post on the page's wall.
    Post,
    /// The page's name in somebody else's post or comment, which nobody can answer privately.
    Mention,
}

impl<'a> Place<'a> {
    /// The place that a thread names; none for a direct talk.
    pub fn of(thread: &'a str) -> Option<Self> {
        let (node, person) = thread.strip_prefix(PUBLIC)?.split_once(':')?;
        let kind = if person.ends_with(POST) {
            Kind::Post
        } else if person.ends_with(MENTION) {
            Kind::Mention
        } else {
            Kind::Comment
        };
        Some(Self { node, kind })
    }

    /// The thread of what a person wrote here.
    fn thread(self, person: &str) -> String {
        let end = match self.kind {
            Kind::Comment => "",
            Kind::Post => POST,
            Kind::Mention => MENTION,
        };
        format!("{PUBLIC}{}:{person}{end}", self.node)
    }
}

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
    let (id, place) = change.place(config, field)?;
    let thread = place.thread(&sender);
    let id = id.to_owned();
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
        external_id += &format!("{EDIT}{time}");
        text.insert_str(0, "\u{270f}\u{fe0f} ");
    }
    let name = change.from.as_ref().and_then(|from| from.name.as_deref());
    let name = name.or(change.sender_name.as_deref()).and_then(|name| one_line(name, 200));
    let post = change.post.and_then(|post| post.permalink_url);
    let public_url = change.permalink_url.or(post);
    Some(Event::Message(Message {
        external_id,
        threading: Threading::Thread(thread),
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

    /// Its own id, and where it was written.
    fn place(&self, config: &Config, field: &str) -> Option<(&str, Place<'_>)> {
        let item = self.item.as_deref().unwrap_or_default();
        let post = self.post_id.as_deref();
        // The page is also mentioned by who writes on it: that is told twice, and is one message.
        let own = |post: &str| post.split_once('_').is_some_and(|(page, _)| page == config.page_id);
        let elsewhere = field == "mention" && !post.is_some_and(own);
        let kind = |kind| if elsewhere { Kind::Mention } else { kind };
        if let Some(comment) = self.comment_id.as_deref().filter(|_| item == "comment") {
            // The parent of a first comment is the post itself.
            let first = self.parent_id.as_deref().filter(|parent| Some(*parent) != post);
            let node = first.unwrap_or(comment);
            return Some((comment, Place { node, kind: kind(Kind::Comment) }));
        }
        let wall = matches!(item, "post" | "status" | "photo" | "video" | "share");
        let node = post.filter(|_| wall || field == "mention")?;
        Some((node, Place { node, kind: kind(Kind::Post) }))
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
