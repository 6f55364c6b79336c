//! What all can read: comments on the account's posts, and mentions of it elsewhere.

use kerros_plugin::channel::{Attachment, Event, Message, Threading};
use kerros_plugin::text::{cut, one_line};
use serde::Deserialize;
use serde_json::Value;

use crate::Config;

/// Begins a comment's thread: `comment:FIRST:PERSON`, where an answer goes under the talk's first comment. Two people under
/// one post are two conversations.
pub const COMMENT: &str = "comment:";
/// Begins a mention's thread: `mention:MEDIA`, or `mention:MEDIA:COMMENT`.
pub const MENTION: &str = "mention:";
/// Begins the reference of what Instagram tells of a mention: `told:MEDIA`, or `told:MEDIA:COMMENT`.
pub const TOLD: &str = "told:";
/// The longest text the contract takes, in bytes.
const LONGEST: usize = 16 * 1024;

#[derive(Deserialize)]
struct Comment {
    id: String,
    from: Option<Person>,
    text: Option<String>,
    parent_id: Option<String>,
    permalink: Option<String>,
    media: Option<Media>,
}

#[derive(Deserialize)]
struct Person {
    id: String,
    username: Option<String>,
}

#[derive(Deserialize)]
struct Media {
    permalink: Option<String>,
}

#[derive(Deserialize)]
struct Mention {
    media_id: String,
    comment_id: Option<String>,
}

/// The event of a change; nothing for what the account itself wrote. `time` is when Meta told it, in seconds.
pub fn event(config: &Config, field: &str, value: Value, time: i64) -> Option<Event> {
    let at_ms = match time {
        0 => None,
        // Seconds, but milliseconds in notifications of talks.
        seconds if seconds < 100_000_000_000 => seconds.checked_mul(1000),
        milliseconds => Some(milliseconds),
    };
    let unreadable = |e: serde_json::Error| {
        kerros_plugin::log::warn(&format!("a change of an unknown form: {e}"));
    };
    let found = match field {
        "comments" | "live_comments" => {
            comment(config, serde_json::from_value(value).map_err(unreadable).ok()?)?
        }
        "mentions" => mention(serde_json::from_value(value).map_err(unreadable).ok()?),
        _ => return None,
    };
    Some(Event::Message(Message { at_ms, segment: config.segment.clone(), ..found }))
}

fn comment(config: &Config, comment: Comment) -> Option<Message> {
    let from = comment.from.filter(|from| from.id != config.account_id)?;
    let text = comment.text.unwrap_or_default();
    let under = comment.parent_id.unwrap_or_else(|| comment.id.clone());
    let permalink = comment.permalink.or_else(|| comment.media.and_then(|media| media.permalink));
    Some(Message {
        external_id: comment.id,
        threading: Threading::Thread(format!("{COMMENT}{under}:{}", from.id)),
        sender: from.id,
        sender_name: from.username.and_then(|name| one_line(&format!("@{name}"), 200)),
        text: if text.trim().is_empty() { "[comment]".into() } else { cut(&text, LONGEST).into() },
        public_url: permalink,
        ..Message::default()
    })
}

/// A mention tells only ids. The picture is fetched, and so is a file of what Instagram tells of it: who wrote, which words
/// and where.
fn mention(mention: Mention) -> Message {
    let Mention { media_id, comment_id } = mention;
    let (ids, text) = match comment_id {
        Some(comment) => (format!("{media_id}:{comment}"), "[mention in a comment]"),
        None => (media_id, "[mention]"),
    };
    let place = format!("{MENTION}{ids}");
    let told = Attachment::remote("mention.json", format!("{TOLD}{ids}"));
    let told = Attachment { media_type: Some("application/json".into()), ..told };
    Message {
        external_id: place.clone(),
        threading: Threading::Thread(place.clone()),
        sender: place.clone(),
        text: text.into(),
        attachments: vec![Attachment::remote("photo", place), told],
        ..Message::default()
    }
}
