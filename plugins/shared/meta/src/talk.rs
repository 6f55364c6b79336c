//! A direct message out: uploads, then media, then texts, one request after the other.

use kerros_plugin::Part;
use kerros_plugin::channel::{Answer, File, FormPart, Outcome, Outgoing, Request, Step, in_turn};
use kerros_plugin::text::pieces;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::graph::{Graph, Meaning, refusal};
use crate::window::{DAY_MS, WEEK_MS, is_open};

/// Most files: an upload and a message each, and texts, must fit the requests of one delivery.
const MOST_FILES: usize = 5;
/// Most quick replies below a message.
const MOST_REPLIES: usize = 13;
/// What a person may do when the window is closed.
pub const CLOSED: [&str; 1] = ["mail"];

/// To whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To<'a> {
    /// A person, by the id in their talk with us.
    Person(&'a str),
    /// Privately, whoever wrote this comment.
    Comment(&'a str),
    /// Privately, whoever wrote this post.
    Post(&'a str),
}

impl To<'_> {
    /// As the API wants it.
    fn recipient(self) -> Value {
        match self {
            Self::Person(id) => json!({ "id": id }),
            Self::Comment(id) => json!({ "comment_id": id }),
            Self::Post(id) => json!({ "post_id": id }),
        }
    }

    /// Whether it begins a talk: then one message goes, until the other side answers.
    const fn is_first(self) -> bool {
        !matches!(self, Self::Person(_))
    }
}

/// How a product writes.
pub struct Manner<'a> {
    /// Where, and as whom.
    pub graph: Graph<'a>,
    /// The page or account that writes.
    pub node: &'a str,
    /// `instagram`, where an upload has to say so.
    pub platform: Option<&'a str>,
    /// The longest text.
    pub longest: usize,
    /// What a character counts.
    pub size: fn(char) -> usize,
    /// Whether persons may write for seven days (the account has Meta's leave).
    pub human_agent: bool,
    /// Whether a person's answer begins with the person's name.
    pub signature: bool,
    /// Whether files of this type go.
    pub takes: fn(&File) -> Option<&'static str>,
}

enum Turn<'a> {
    Upload(&'a File, &'static str),
    Media(usize, &'static str),
    Text(String),
}

#[derive(Deserialize)]
struct Sent {
    message_id: String,
}

#[derive(Deserialize)]
struct Uploaded {
    attachment_id: Value,
}

/// What to do next.
pub fn step(manner: &Manner<'_>, message: &Outgoing, to: To<'_>, so_far: &[Answer]) -> Step {
    let tag = match tag(manner, message, to) {
        Ok(tag) => tag,
        Err(outcome) => return Step::Settled(outcome),
    };
    let turns = match turns(manner, message) {
        Ok(turns) => turns,
        Err(reason) => return Step::Settled(Outcome::rejected(reason).instead("mail")),
    };
    let messages = turns.iter().filter(|turn| !matches!(turn, Turn::Upload(..))).count();
    if to.is_first() && messages > 1 {
        let reason =
            "a private answer is one message: one text that is not too long, or one file alone";
        return Step::Settled(Outcome::rejected(reason).instead("mail"));
    }
    let recipient = to.recipient();
    let last = turns.len().saturating_sub(1);
    let numbered: Vec<(bool, Turn)> =
        turns.into_iter().enumerate().map(|(place, turn)| (place == last, turn)).collect();
    let done = in_turn(
        so_far,
        &numbered,
        |(is_last, turn), ids| {
            let mut content = match turn {
                Turn::Upload(file, kind) => return upload(manner, file, kind),
                Turn::Media(place, kind) => {
                    let payload = json!({ "attachment_id": ids.get(*place) });
                    json!({ "attachment": { "type": kind, "payload": payload } })
                }
                Turn::Text(text) => json!({ "text": text }),
            };
            if *is_last && let Some(replies) = replies(message) {
                content["quick_replies"] = replies;
            }
            let mut body =
                json!({ "recipient": recipient, "message": content, "messaging_type": "RESPONSE" });
            if let Some(tag) = tag {
                body["messaging_type"] = "MESSAGE_TAG".into();
                body["tag"] = tag.into();
            }
            manner.graph.post(&format!("{}/messages", manner.node), &body)
        },
        |(_, turn), response| {
            let success = response.is_success();
            let id = match turn {
                Turn::Upload(..) => response.json::<Uploaded>().map(|it| plain(&it.attachment_id)),
                _ => response.json::<Sent>().map(|it| it.message_id),
            };
            id.filter(|_| success).ok_or_else(|| refusal(response, own, &CLOSED))
        },
    );
    match done {
        Err(step) => step,
        Ok(ids) => Step::Settled(Outcome::sent(ids.into_iter().next_back())),
    }
}

/// Within a day anybody answers; within a week a person, marked as one; after that nobody. A private answer to what
/// all can read has a window of its own, which Meta keeps.
fn tag(
    manner: &Manner<'_>,
    message: &Outgoing,
    to: To<'_>,
) -> Result<Option<&'static str>, Outcome> {
    let open = |window| is_open(message.last_inbound_ms, message.now_ms, window);
    if open(DAY_MS) || to.is_first() {
        return Ok(None);
    }
    if manner.human_agent && message.author == "person" && open(WEEK_MS) {
        return Ok(Some("HUMAN_AGENT"));
    }
    let reason = if manner.human_agent {
        "more than 24 hours (a person: seven days) since the customer last wrote"
    } else {
        "more than 24 hours since the customer last wrote"
    };
    Err(Outcome::rejected(reason).instead("mail"))
}

fn turns<'a>(manner: &Manner<'_>, message: &'a Outgoing) -> Result<Vec<Turn<'a>>, String> {
    if message.files.len() > MOST_FILES {
        return Err(format!("at most {MOST_FILES} files in one message"));
    }
    let mut turns = Vec::new();
    let mut media = Vec::new();
    for (place, file) in message.files.iter().enumerate() {
        let Some(kind) = (manner.takes)(file) else {
            return Err(format!("{}: not a kind of file that this channel carries", file.name));
        };
        turns.push(Turn::Upload(file, kind));
        media.push(Turn::Media(place, kind));
    }
    turns.append(&mut media);
    let mut text = message.text_with_links();
    let signed = manner.signature && message.author == "person" && !message.author_name.is_empty();
    // A file alone stays alone.
    if signed && !text.is_empty() {
        text = format!("{}:\n{text}", message.author_name);
    }
    if replies(message).is_none() {
        for (label, _) in buttons(message) {
            text += &format!("\n• {label}");
        }
    }
    if !text.trim().is_empty() {
        turns.extend(pieces(&text, manner.longest, manner.size).into_iter().map(Turn::Text));
    }
    if turns.is_empty() {
        return Err("a message without text".into());
    }
    Ok(turns)
}

fn upload(manner: &Manner<'_>, file: &File, kind: &str) -> Request {
    let attachment = json!({ "attachment": { "type": kind, "payload": { "is_reusable": false } } });
    let mut form = vec![FormPart::text("message", attachment.to_string())];
    form.extend(manner.platform.map(|platform| FormPart::text("platform", platform)));
    form.push(FormPart::file("filedata", file.id.as_str()));
    let url = manner.graph.url(&format!("{}/message_attachments", manner.node));
    manner.graph.signed(Request::post_form(url, form)).repeatable()
}

fn buttons(message: &Outgoing) -> impl Iterator<Item = (&str, &str)> {
    message.parts.iter().filter_map(|part| match part {
        Part::Button { label, value } => Some((label.as_str(), value.as_str())),
        _ => None,
    })
}

/// The choices as quick replies, if all fit.
fn replies(message: &Outgoing) -> Option<Value> {
    let buttons: Vec<(&str, &str)> = buttons(message).collect();
    let fit = |(label, value): &(&str, &str)| {
        (1..=20).contains(&label.chars().count()) && (1..=1000).contains(&value.len())
    };
    if buttons.is_empty() || buttons.len() > MOST_REPLIES || !buttons.iter().all(fit) {
        return None;
    }
    let replies = buttons
        .into_iter()
        .map(|(label, value)| json!({ "content_type": "text", "title": label, "payload": value }));
    Some(replies.collect())
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Codes and subcodes of the Send API.
pub fn own(code: i64, subcode: i64) -> Option<Meaning> {
    Some(match (code, subcode) {
        // Outside of the allowed window.
        (10, 2_018_278) | (100, 2_534_022) => Meaning::WindowClosed,
        // Nobody of that id; not available (blocked us, left).
        (100, 2_018_001) | (551, _) => Meaning::BadAddress,
        _ => return None,
    })
}
