//! A notification: what happened to our number, in bundles.

use kerros_plugin::channel::{Delivery, DeliveryState, Event, Receipt};
use kerros_plugin::log;
use serde::Deserialize;
use serde_json::Value;

use crate::Config;
use crate::message::{self, Contact};
use crate::parts;
use crate::send::CLOSED;

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

#[derive(Deserialize)]
struct Bundle {
    metadata: Metadata,
    #[serde(default)]
    contacts: Vec<Contact>,
    /// Each is read on its own, so that one of a new kind does not spoil the others.
    #[serde(default)]
    messages: Vec<Value>,
    #[serde(default)]
    statuses: Vec<Value>,
}

#[derive(Deserialize)]
struct Metadata {
    phone_number_id: String,
}

#[derive(Deserialize)]
struct Status {
    id: String,
    status: String,
    recipient_id: Option<String>,
    biz_opaque_callback_data: Option<String>,
    #[serde(default)]
    errors: Vec<Fault>,
}

/// An error as notifications have it.
#[derive(Deserialize)]
pub struct Fault {
    #[serde(default)]
    pub code: i64,
    #[serde(default)]
    pub title: String,
    error_data: Option<Details>,
}

#[derive(Deserialize)]
struct Details {
    details: Option<String>,
}

impl Fault {
    /// `131047: Re-engagement message (more than 24 hours ...)`.
    pub fn reason(&self) -> String {
        let details = self.error_data.as_ref().and_then(|data| data.details.as_deref());
        match details {
            Some(details) => format!("{}: {} ({details})", self.code, self.title),
            None => format!("{}: {}", self.code, self.title),
        }
    }
}

/// Reads a genuine notification.
pub fn read(config: &Config, body: &[u8]) -> Receipt {
    let notification: Notification = match serde_json::from_slice(body) {
        Ok(notification) => notification,
        Err(e) => return Receipt::Malformed(format!("not a notification: {e}")),
    };
    if notification.object != "whatsapp_business_account" {
        return Receipt::Malformed("not about a WhatsApp business account".into());
    }
    let changes = notification.entry.into_iter().flat_map(|entry| entry.changes);
    let mut messages = Vec::new();
    let mut receipts = Vec::new();
    // By Meta's own id: two parts of one answer tell the same of it and are no repeat.
    let mut one_receipt = None;
    for change in changes.filter(|change| change.field == "messages") {
        let bundle: Bundle = match serde_json::from_value(change.value) {
            Ok(bundle) => bundle,
            Err(e) => return Receipt::Malformed(format!("a change of messages: {e}")),
        };
        if bundle.metadata.phone_number_id != config.phone_number_id {
            continue;
        }
        let contacts = &bundle.contacts;
        messages.extend(
            bundle.messages.into_iter().filter_map(|m| message::event(config, contacts, m)),
        );
        for (key, event) in bundle.statuses.into_iter().filter_map(receipt) {
            if let Some(event) = event.tidy() {
                receipts.push(event);
                one_receipt = Some(key);
            }
        }
    }
    let mut messages: Vec<Event> = messages.into_iter().filter_map(Event::tidy).collect();
    if messages.len() > MOST {
        return Receipt::Malformed(format!("at most {MOST} messages at once"));
    }
    // Customers' words go before receipts.
    receipts.truncate(MOST - messages.len());
    messages.append(&mut receipts);
    let key = match messages.as_slice() {
        [Event::Message(one)] => Some(one.external_id.clone()),
        [Event::Delivery(_)] => one_receipt,
        _ => None,
    };
    Receipt::Accepted { events: messages, key, reply: None }
}

/// What a status tells, and what a repeat of it has in common with it.
fn receipt(value: Value) -> Option<(String, Event)> {
    let status: Status = serde_json::from_value(value).ok()?;
    let state = match status.status.as_str() {
        "sent" => DeliveryState::Sent,
        "delivered" => DeliveryState::Delivered,
        // Played: a voice message was listened to.
        "read" | "played" => DeliveryState::Read,
        "failed" => DeliveryState::Failed,
        other => {
            log::info(&format!("a status of an unknown kind: {other}"));
            return None;
        }
    };
    let fault = status.errors.first();
    // 131026: the number is not on WhatsApp, or its app is too old to be reached.
    let unreachable = fault.is_some_and(|fault| fault.code == 131_026);
    let bad_address = status.recipient_id.filter(|_| unreachable).map(message::address);
    let reason = fault.map(Fault::reason);
    // 131047: the window had closed on the way.
    let closed = fault.is_some_and(|fault| fault.code == 131_047);
    let alternatives = if closed { CLOSED.map(str::to_owned).to_vec() } else { Vec::new() };
    let key = format!("{}:{state:?}", status.id);
    let external_id = parts::known_by(status.id, status.biz_opaque_callback_data);
    let told = Delivery { external_id, state, reason, bad_address, alternatives };
    Some((key, Event::Delivery(told)))
}
