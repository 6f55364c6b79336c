//! What comes in: 0.2 to 0.1 for the plugin, 0.1 to 0.2 for what it made of it.

use super::{old, wit};

pub(super) fn raw(raw: wit::Raw) -> old::Raw {
    let wit::Raw { kind, method, path, query, headers, body, files: _, at_ms, extra } = raw;
    old::Raw { kind, method, path, query, headers, body, at_ms, extra }
}

pub(super) fn receipt(receipt: old::Receipt) -> wit::Receipt {
    match receipt {
        old::Receipt::Accepted(accepted) => {
            let old::Accepted { events, key, reply, extra } = accepted;
            wit::Receipt::Accepted(wit::Accepted {
                events: events.into_iter().map(event).collect(),
                key,
                reply: reply.map(|reply| {
                    let old::HookReply { status, content_type, body, extra } = reply;
                    wit::HookReply { status, content_type, body, extra }
                }),
                extra,
            })
        }
        old::Receipt::Unauthorized(reason) => wit::Receipt::Unauthorized(reason),
        old::Receipt::Malformed(reason) => wit::Receipt::Malformed(reason),
        old::Receipt::Other(what) => wit::Receipt::Other(what),
    }
}

fn event(event: old::InboundEvent) -> wit::InboundEvent {
    match event {
        old::InboundEvent::Message(message) => wit::InboundEvent::Message(self::message(message)),
        old::InboundEvent::Delivery(delivery) => {
            let old::Delivery { external_id, state, reason, extra } = delivery;
            let state = self::state(state);
            wit::InboundEvent::Delivery(wit::Delivery {
                external_id,
                state,
                reason,
                bad_address: None,
                alternatives: Vec::new(),
                extra,
            })
        }
        old::InboundEvent::Started(started) => {
            let old::Started { thread, sender, sender_name, language, segment, extra } = started;
            wit::InboundEvent::Started(wit::Started {
                thread,
                sender,
                sender_name,
                language,
                segment,
                extra,
            })
        }
        old::InboundEvent::WantsPerson(wants) => {
            let old::WantsPerson { thread, extra } = wants;
            wit::InboundEvent::WantsPerson(wit::WantsPerson { thread, extra })
        }
        old::InboundEvent::Other(what) => wit::InboundEvent::Other(what),
    }
}

fn message(message: old::Message) -> wit::Message {
    wit::Message {
        external_id: message.external_id,
        threading: wit::Threading::Thread(message.thread),
        sender: message.sender,
        sender_name: message.sender_name,
        participants: Vec::new(),
        language: message.language,
        segment: message.segment,
        subject: None,
        text: message.text,
        html: None,
        full: None,
        parts: message.parts.into_iter().map(part).collect(),
        attachments: Vec::new(),
        fields: Vec::new(),
        automatic: None,
        checks: Vec::new(),
        answers: None,
        public_url: None,
        at_ms: message.at_ms,
        extra: message.extra,
    }
}

fn part(part: old::Part) -> wit::Part {
    match part {
        old::Part::Button(button) => {
            let old::Button { label, value, extra } = button;
            wit::Part::Button(wit::Button { label, value, extra })
        }
        old::Part::Article(article) => {
            let old::Article { slug, title, excerpt, url, extra } = article;
            wit::Part::Article(wit::Article { slug, title, excerpt, url, extra })
        }
        old::Part::Link(link) => {
            let old::Link { name, url, media_type, extra } = link;
            wit::Part::Link(wit::Link { name, url, media_type, extra })
        }
        old::Part::Other(what) => wit::Part::Other(what),
    }
}

pub(super) fn state(state: old::DeliveryState) -> wit::DeliveryState {
    match state {
        old::DeliveryState::Sent => wit::DeliveryState::Sent,
        old::DeliveryState::Delivered => wit::DeliveryState::Delivered,
        old::DeliveryState::Read => wit::DeliveryState::Read,
        old::DeliveryState::Failed => wit::DeliveryState::Failed,
        old::DeliveryState::Other(what) => wit::DeliveryState::Other(what),
    }
}
