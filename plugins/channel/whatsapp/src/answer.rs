//! What the Cloud API's answers mean
//! (<https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes>).

use kerros_plugin::channel::{Outcome, Response};
use serde::Deserialize;
use shared_meta::graph::{self, Meaning};

use crate::send::CLOSED;

#[derive(Deserialize)]
struct Sent {
    messages: Vec<Id>,
}

#[derive(Deserialize)]
struct Id {
    id: String,
}

/// The id of a message that was taken.
pub fn sent(response: &Response) -> Result<String, Outcome> {
    let sent = response.json::<Sent>().filter(|_| response.is_success());
    let first = sent.and_then(|sent| sent.messages.into_iter().next());
    first.map(|first| first.id).ok_or_else(|| refused(response))
}

/// The id of a file that was uploaded.
pub fn uploaded(response: &Response) -> Result<String, Outcome> {
    let id = response.json::<Id>().filter(|_| response.is_success());
    id.map(|id| id.id).ok_or_else(|| refused(response))
}

fn refused(response: &Response) -> Outcome {
    graph::refusal(response, |code, _| own(code), &CLOSED)
}

fn own(code: i64) -> Option<Meaning> {
    Some(match code {
        131_047 => Meaning::WindowClosed,
        // Not on WhatsApp, or an app too old to be reached.
        131_026 => Meaning::BadAddress,
        // The number's throughput, its limit for spam, the account's limit.
        130_429 | 131_048 | 80_007 => Meaning::SlowDown,
        // Too many to this one customer; a fault or maintenance of Meta's; a media upload that failed.
        131_056 | 131_000 | 131_016 | 131_052 | 131_053 | 131_057 | 133_004 => Meaning::Wait,
        // What the operator mends: access, registration, payment, a locked account.
        131_005 | 131_031 | 131_042 | 131_045 | 133_010 => Meaning::Wait,
        // Templates: missing, paused, wrong parameters. And whatever else this product refuses.
        130_000..=139_999 => Meaning::Refused,
        _ => return None,
    })
}
