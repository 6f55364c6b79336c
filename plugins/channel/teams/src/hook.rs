//! What an outgoing webhook brings: a message that mentions it.

use kerros_plugin::channel::{CaseNote, Event, HookReply, Receipt};
use kerros_plugin::text::{cut, one_line};
use serde::Deserialize;
use serde_json::json;

use crate::{Config, html};

/// The longest text the contract takes, in bytes.
const LONGEST: usize = 16 * 1024;

#[derive(Deserialize)]
struct Activity {
    #[serde(rename = "type")]
    kind: String,
    id: Option<String>,
    text: Option<String>,
    from: Option<Person>,
    conversation: Option<Place>,
}

#[derive(Deserialize)]
struct Person {
    id: String,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Place {
    id: String,
}

/// Reads a genuine activity. Teams shows the answer in the thread.
pub fn read(config: &Config, body: &[u8]) -> Receipt {
    let activity: Activity = match serde_json::from_slice(body) {
        Ok(activity) => activity,
        Err(e) => return Receipt::Malformed(format!("not an activity: {e}")),
    };
    let note = match activity.note(config) {
        Ok(note) => note,
        Err(None) => {
            return Receipt::Accepted { events: Vec::new(), key: None, reply: None };
        }
        Err(Some(words)) => {
            return Receipt::Accepted { events: Vec::new(), key: None, reply: Some(say(words)) };
        }
    };
    let key = Some(format!("note:{:.200}", note.external_id));
    let events = Event::CaseNote(note).tidy().into_iter().collect();
    Receipt::Accepted { events, key, reply: Some(say(&config.ack)) }
}

fn say(words: &str) -> HookReply {
    let body = json!({ "type": "message", "text": words }).to_string();
    HookReply { status: 200, content_type: "application/json".into(), body }
}

impl Activity {
    /// The note; else what to tell the person, if anything.
    fn note(self, config: &Config) -> Result<CaseNote, Option<&'static str>> {
        if self.kind != "message" {
            return Err(None);
        }
        let (Some(id), Some(from), Some(place)) = (self.id, self.from, self.conversation) else {
            return Err(None);
        };
        let text = html::plain(self.text.as_deref().unwrap_or_default());
        // `19:CHANNEL@thread.tacv2;messageid=ROOT`
        let (channel, root) = match place.id.split_once(";messageid=") {
            Some((channel, root)) => (channel, Some(root)),
            None => (place.id.as_str(), None),
        };
        let thread = match &config.bot {
            Some(bot) if bot.channel != channel => return Err(None),
            Some(_) => root.map(str::to_owned).ok_or("Answer in the thread of a case.")?,
            None => {
                number(&text).ok_or("Which case? Write its number with your answer, as #1234.")?
            }
        };
        if text.is_empty() {
            return Err(Some("There was nothing to note."));
        }
        // In a channel an activity's id is the moment it was written.
        let at_ms = id.parse::<i64>().ok().filter(|at| *at > 1_000_000_000_000);
        let name = from.name.as_deref().and_then(|name| one_line(name, 120));
        Ok(CaseNote {
            external_id: id,
            thread,
            author_name: name.unwrap_or_else(|| from.id.clone()),
            author: from.id,
            text: cut(&text, LONGEST).to_owned(),
            attachments: Vec::new(),
            calls_agent: config.calls_agent,
            at_ms,
        })
    }
}

/// The first `#1234`, which names a case's thread where a workflow posted it.
fn number(text: &str) -> Option<String> {
    text.match_indices('#').find_map(|(place, _)| {
        let digits: String =
            text[place + 1..].chars().take_while(char::is_ascii_digit).take(18).collect();
        (!digits.is_empty()).then(|| format!("#{digits}"))
    })
}
