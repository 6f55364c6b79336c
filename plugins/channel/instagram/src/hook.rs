//! A notification: what happened to our account, in bundles.

use kerros_plugin::channel::{Event, Receipt};
use kerros_plugin::log;
use serde::Deserialize;
use serde_json::Value;
use shared_meta::direct::Messaging;

use crate::{Comments, Config, public};

/// The most events the contract allows in one hook: as many as Meta bundles.
const MOST: usize = 1000;

#[derive(Deserialize)]
struct Notification {
    object: String,
    #[serde(default)]
    entry: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    id: String,
    #[serde(default)]
    time: i64,
    /// Each is read on its own, so that one of a new kind does not spoil the others.
    #[serde(default)]
    messaging: Vec<Value>,
    #[serde(default)]
    changes: Vec<Change>,
    /// Instagram Login puts a change right here.
    field: Option<String>,
    value: Option<Value>,
}

#[derive(Deserialize)]
struct Change {
    #[serde(default)]
    field: String,
    #[serde(default)]
    value: Value,
}

/// Reads a genuine notification.
pub fn read(config: &Config, body: &[u8]) -> Receipt {
    let notification: Notification = match serde_json::from_slice(body) {
        Ok(notification) => notification,
        Err(e) => return Receipt::Malformed(format!("not a notification: {e}")),
    };
    if notification.object != "instagram" {
        return Receipt::Malformed("not about an Instagram account".into());
    }
    let mut events = Vec::new();
    let ours = notification.entry.into_iter().filter(|entry| entry.id == config.account_id);
    for entry in ours {
        for value in entry.messaging {
            match serde_json::from_value::<Messaging>(value) {
                Ok(one) => events.extend(one.events(&config.account_id, config.segment.as_deref())),
                Err(e) => log::warn(&format!("something of an unknown form in a talk: {e}")),
            }
        }
        if config.comments == Comments::Ignore {
            continue;
        }
        let bare = entry.field.zip(entry.value).map(|(field, value)| Change { field, value });
        let read = |change: Change| public::event(config, &change.field, change.value, entry.time);
        events.extend(entry.changes.into_iter().chain(bare).filter_map(read));
    }
    let events: Vec<Event> = events.into_iter().filter_map(Event::tidy).collect();
    if events.len() > MOST {
        return Receipt::Malformed(format!("at most {MOST} events at once"));
    }
    let key = match events.as_slice() {
        [Event::Message(one)] => Some(one.external_id.clone()),
        _ => None,
    };
    Receipt::Accepted { events, key, reply: None }
}
