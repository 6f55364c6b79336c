//! What Slack tells: the handshake, and what happened in the channel.

use kerros_plugin::channel::{Attachment, CaseNote, Event, HookReply, Receipt};
use kerros_plugin::log;
use kerros_plugin::text::{cut, one_line};
use serde::Deserialize;

use crate::{Config, mrkdwn};

/// The longest text the contract takes, in bytes.
const LONGEST: usize = 16 * 1024;

#[derive(Deserialize)]
struct Outer {
    #[serde(rename = "type")]
    kind: String,
    challenge: Option<String>,
    event: Option<Happened>,
    #[serde(default)]
    authorizations: Vec<Authorization>,
}

#[derive(Deserialize)]
struct Authorization {
    user_id: Option<String>,
    #[serde(default)]
    is_bot: bool,
}

#[derive(Deserialize)]
struct Happened {
    #[serde(rename = "type")]
    kind: String,
    subtype: Option<String>,
    channel: Option<String>,
    #[serde(flatten)]
    written: Written,
    /// The new form of a message that was edited, and the old one.
    message: Option<Written>,
    previous_message: Option<Written>,
}

#[derive(Deserialize)]
struct Written {
    user: Option<String>,
    bot_id: Option<String>,
    text: Option<String>,
    ts: Option<String>,
    thread_ts: Option<String>,
    user_profile: Option<Profile>,
    edited: Option<Edited>,
    #[serde(default)]
    files: Vec<File>,
}

#[derive(Deserialize)]
struct Edited {
    ts: String,
}

#[derive(Deserialize)]
struct Profile {
    display_name: Option<String>,
    real_name: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
struct File {
    id: String,
    name: Option<String>,
    title: Option<String>,
    mimetype: Option<String>,
    mode: Option<String>,
    permalink: Option<String>,
}

/// Reads a genuine hook.
pub fn read(config: &Config, body: &[u8]) -> Receipt {
    let outer: Outer = match serde_json::from_slice(body) {
        Ok(outer) => outer,
        Err(e) => return Receipt::Malformed(format!("not an event: {e}")),
    };
    match outer.kind.as_str() {
        "url_verification" => {
            let body = outer.challenge.unwrap_or_default();
            let reply = HookReply { status: 200, content_type: "text/plain".into(), body };
            Receipt::Accepted { events: Vec::new(), key: None, reply: Some(reply) }
        }
        "event_callback" => {
            let ours = outer.authorizations.into_iter().find(|one| one.is_bot);
            let bot = config.bot_user.clone().or_else(|| ours.and_then(|one| one.user_id));
            let note = outer.event.and_then(|event| event.note(config, bot.as_deref()));
            // The same words come as `message` and as `app_mention`: one note.
            let key = note.as_ref().map(|note| format!("note:{:.200}", note.external_id));
            let events = note.and_then(|note| Event::CaseNote(note).tidy()).into_iter().collect();
            Receipt::Accepted { events, key, reply: None }
        }
        other => {
            log::info(&format!("nothing to do for {other}"));
            Receipt::Accepted { events: Vec::new(), key: None, reply: None }
        }
    }
}

impl Happened {
    /// A note, if people wrote it in a thread of our channel.
    fn note(self, config: &Config, bot: Option<&str>) -> Option<CaseNote> {
        if self.channel.as_deref() != Some(config.channel.as_str()) {
            return None;
        }
        let mention = self.kind == "app_mention";
        if !mention && self.kind != "message" {
            return None;
        }
        match self.subtype.as_deref() {
            None | Some("file_share" | "thread_broadcast" | "me_message") => {
                self.written.note(config, bot, mention)
            }
            Some("message_changed") => {
                let now = self.message?;
                // Slack also says so when it shows a link's preview.
                if self.previous_message.is_some_and(|before| before.text == now.text) {
                    return None;
                }
                now.note(config, bot, mention)
            }
            // Joins, topics, deletions, bots' posts.
            Some(_) => None,
        }
    }
}

impl Written {
    fn note(self, config: &Config, bot: Option<&str>, mention: bool) -> Option<CaseNote> {
        let (ts, thread) = (self.ts?, self.thread_ts?);
        // The first post of a thread is ours: the case itself. So is all that bots write.
        if ts == thread || self.bot_id.is_some() {
            return None;
        }
        let author = self.user?;
        if bot == Some(author.as_str()) {
            return None;
        }
        let raw = self.text.unwrap_or_default();
        let calls = bot.is_some_and(|bot| {
            raw.contains(&format!("<@{bot}>")) || raw.contains(&format!("<@{bot}|"))
        });
        let mut text = mrkdwn::plain(&raw, &config.people);
        let mut attachments = Vec::new();
        for file in self.files.into_iter().take(50) {
            file.tell(&mut text, &mut attachments);
        }
        if text.is_empty() {
            text = attachments.first().map(|first: &Attachment| format!("[{}]", first.name))?;
        }
        let mut external_id = ts.clone();
        if let Some(edited) = self.edited {
            external_id += &format!(":edit:{}", edited.ts);
            text.insert_str(0, "\u{270f}\u{fe0f} ");
        }
        let told = self.user_profile.and_then(|profile| {
            let names = [profile.display_name, profile.real_name, profile.name];
            names.into_iter().flatten().find_map(|name| one_line(&name, 120))
        });
        let author_name = config.people.get(&author).cloned().or(told);
        Some(CaseNote {
            external_id,
            thread,
            author_name: author_name.unwrap_or_else(|| author.clone()),
            author,
            text: cut(&text, LONGEST).to_owned(),
            attachments,
            calls_agent: mention || calls,
            at_ms: moment(&ts),
        })
    }
}

impl File {
    /// A file of Slack's is fetched; one that lies elsewhere is named in the text.
    fn tell(self, text: &mut String, attachments: &mut Vec<Attachment>) {
        let name = [self.name, self.title].into_iter().flatten().find_map(|n| one_line(&n, 200));
        let name = name.unwrap_or_else(|| "file".into());
        if self.mode.as_deref() == Some("external") {
            let place = self.permalink.unwrap_or_default();
            text.push_str(&format!("\n{name} {place}"));
        } else if self.mode.as_deref() != Some("tombstone") {
            let media_type = self.mimetype;
            attachments.push(Attachment { media_type, ..Attachment::remote(name, self.id) });
        }
    }
}

/// `1792000000.000200`, in milliseconds.
fn moment(ts: &str) -> Option<i64> {
    let (seconds, fraction) = ts.split_once('.').unwrap_or((ts, "0"));
    let fraction: String = fraction.chars().chain("000".chars()).take(3).collect();
    seconds.parse::<i64>().ok()?.checked_mul(1000)?.checked_add(fraction.parse().ok()?)
}
