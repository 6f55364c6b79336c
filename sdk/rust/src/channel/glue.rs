//! Between the generated types and the author's.

use super::bindings::exports::kerros::channel::plugin as wire_plugin;
use super::bindings::kerros::channel::{secret_mac, types as wire};
use super::{
    Channel, DeliveryState, Event, Failed, Outcome, Outgoing, Raw, Receipt, Request, Response,
    Secrets, bindings,
};
use crate::text;

/// The longest wait that the host takes from a provider's answer.
const LONGEST_WAIT_MS: u64 = 86_400_000;

crate::error::error_both_ways!(bindings::kerros::base::types);
crate::part::part_into!(bindings::kerros::channel::types);
crate::part::part_from!(bindings::kerros::channel::types);

struct Host;

impl Secrets for Host {
    fn verify_hmac_sha256(&self, name: &str, message: &[u8], signature: &[u8]) -> bool {
        secret_mac::verify(name, "hmac-sha256", message, signature)
    }

    fn equals(&self, name: &str, text: &str) -> bool {
        secret_mac::equals(name, text)
    }
}

impl From<wire::Raw> for Raw {
    fn from(r: wire::Raw) -> Self {
        Self {
            kind: r.kind,
            method: r.method,
            path: r.path,
            query: r.query,
            headers: r.headers,
            body: r.body,
            at_ms: r.at_ms,
        }
    }
}

impl From<DeliveryState> for wire::DeliveryState {
    fn from(state: DeliveryState) -> Self {
        match state {
            DeliveryState::Sent => Self::Sent,
            DeliveryState::Delivered => Self::Delivered,
            DeliveryState::Read => Self::Read,
            DeliveryState::Failed => Self::Failed,
        }
    }
}

impl From<Event> for wire::InboundEvent {
    fn from(event: Event) -> Self {
        let extra = Vec::new();
        match event {
            Event::Message(m) => Self::Message(wire::Message {
                external_id: m.external_id,
                thread: m.thread,
                sender: m.sender,
                sender_name: m.sender_name,
                language: m.language,
                segment: m.segment,
                text: m.text,
                parts: m.parts.into_iter().map(Into::into).collect(),
                at_ms: m.at_ms,
                extra,
            }),
            Event::Delivery { external_id, state, reason } => {
                let reason = reason.as_deref().map(text::reason);
                Self::Delivery(wire::Delivery { external_id, state: state.into(), reason, extra })
            }
            Event::Started(s) => Self::Started(wire::Started {
                thread: s.thread,
                sender: s.sender,
                sender_name: s.sender_name,
                language: s.language,
                segment: s.segment,
                extra,
            }),
            Event::WantsPerson { thread } => Self::WantsPerson(wire::WantsPerson { thread, extra }),
        }
    }
}

impl From<Receipt> for wire::Receipt {
    fn from(receipt: Receipt) -> Self {
        match receipt {
            Receipt::Accepted { events, key, reply } => Self::Accepted(wire::Accepted {
                events: events.into_iter().map(Into::into).collect(),
                key,
                reply: reply.map(|r| wire::HookReply {
                    status: r.status,
                    content_type: r.content_type,
                    body: r.body,
                    extra: Vec::new(),
                }),
                extra: Vec::new(),
            }),
            Receipt::Unauthorized(reason) => Self::Unauthorized(text::reason(&reason)),
            Receipt::Malformed(reason) => Self::Malformed(text::reason(&reason)),
        }
    }
}

impl From<wire::Outgoing> for Outgoing {
    fn from(m: wire::Outgoing) -> Self {
        Self {
            message_id: m.message_id,
            conversation_id: m.conversation_id,
            seq: m.seq,
            thread: m.thread,
            recipient: m.recipient,
            author: m.author,
            author_name: m.author_name,
            text: m.text,
            parts: m.parts.into_iter().filter_map(Into::into).collect(),
            language: m.language,
            at_ms: m.at_ms,
            attempt: m.attempt,
        }
    }
}

impl From<Request> for wire::Request {
    fn from(r: Request) -> Self {
        Self::Http(wire::HttpRequest {
            method: r.method,
            url: r.url,
            headers: r.headers,
            body: r.body,
            extra: Vec::new(),
        })
    }
}

fn response(response: wire::Response) -> Result<Response, Failed> {
    match response {
        wire::Response::Http(r) => {
            Ok(Response { status: r.status, headers: r.headers, body: r.body })
        }
        wire::Response::Failed(f) => Err(Failed { temporary: f.temporary, reason: f.reason }),
        wire::Response::Other(reason) => Err(Failed { temporary: false, reason }),
    }
}

impl From<Outcome> for wire::Outcome {
    fn from(outcome: Outcome) -> Self {
        let extra = Vec::new();
        match outcome {
            Outcome::Delivered { external_id, state } => {
                Self::Delivered(wire::Delivered { external_id, state: state.into(), extra })
            }
            Outcome::RetryAfter { after_ms, reason } => {
                let after_ms = after_ms.map(|ms| ms.min(LONGEST_WAIT_MS));
                Self::RetryAfter(wire::Retry { after_ms, reason: text::reason(&reason), extra })
            }
            Outcome::Rejected(reason) => Self::Rejected(text::reason(&reason)),
        }
    }
}

#[doc(hidden)]
pub fn receive<T: Channel>(
    config: String,
    raw: wire::Raw,
) -> Result<wire_plugin::Receipt, wire_plugin::Error> {
    let config = crate::config(&config)?;
    Ok(T::receive(&config, &raw.into(), &Host)?.into())
}

#[doc(hidden)]
pub fn send<T: Channel>(
    config: String,
    message: wire::Outgoing,
) -> Result<Vec<wire_plugin::Request>, wire_plugin::Error> {
    let config = crate::config(&config)?;
    let requests = T::send(&config, &message.into())?;
    Ok(requests.into_iter().map(Into::into).collect())
}

#[doc(hidden)]
pub fn settle<T: Channel>(
    config: String,
    message: wire::Outgoing,
    responses: Vec<wire::Response>,
) -> Result<wire_plugin::Outcome, wire_plugin::Error> {
    let config = crate::config(&config)?;
    let responses: Vec<_> = responses.into_iter().map(response).collect();
    Ok(T::settle(&config, &message.into(), &responses)?.into())
}
