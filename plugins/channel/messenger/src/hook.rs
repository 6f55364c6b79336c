//! A notification: what happened on our page, in bundles.

use kerros_plugin::channel::{Event, Receipt};
use kerros_plugin::log;
use serde::Deserialize;
use serde_json::Value;
use shared_meta::direct::Messaging;

use crate::{Comments, Config, feed};

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
    if notification.object != "page" {
        return Receipt::Malformed("not about a page".into());
    }
    let mut events = Vec::new();
    let ours = notification.entry.into_iter().filter(|entry| entry.id == config.page_id);
    for entry in ours {
        for value in entry.messaging {
            match serde_json::from_value::<Messaging>(value) {
                Ok(one) => events.extend(one.events(&config.page_id, config.segment.as_deref())),
                Err(e) => log::warn(&format!("something of an unknown form in a talk: {e}")),
            }
        }
        if config.comments != Comments::Ignore {
            let read =
                |change: Change| feed::event(config, &change.field, change.value, entry.time);
            events.extend(entry.changes.into_iter().filter_map(read));
        }
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
