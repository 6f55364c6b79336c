//! What comes in.

use super::{bindings, wire};
use crate::channel::{
    Attachment, CallRequest, CaseNote, Check, Delivery, DeliveryState, Event, Field, File, Message,
    Participant, Raw, Receipt, Source, Started, Threading,
};
use crate::text;

crate::part::part_into!(bindings::kerros::channel::types);

impl From<wire::File> for File {
    fn from(f: wire::File) -> Self {
        Self {
            id: f.id,
            name: f.name,
            media_type: f.media_type,
            bytes: f.bytes,
            content_id: f.content_id,
        }
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
            files: r.files.into_iter().map(Into::into).collect(),
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

impl From<Threading> for wire::Threading {
    fn from(threading: Threading) -> Self {
        match threading {
            Threading::Thread(thread) => Self::Thread(thread),
            Threading::Mail(mail) => Self::Mail(wire::MailThreading {
                tokens: mail.tokens,
                references: mail.references,
                numbers: mail.numbers,
                extra: Vec::new(),
            }),
        }
    }
}

impl From<Participant> for wire::Participant {
    fn from(p: Participant) -> Self {
        Self { role: p.role, address: p.address, name: p.name, extra: Vec::new() }
    }
}

impl From<Field> for wire::Field {
    fn from(f: Field) -> Self {
        Self { key: f.key, label: f.label, value: f.value, extra: Vec::new() }
    }
}

impl From<Check> for wire::Check {
    fn from(c: Check) -> Self {
        Self { name: c.name, verdict: c.verdict, detail: c.detail, extra: Vec::new() }
    }
}

impl From<Attachment> for wire::Attachment {
    fn from(a: Attachment) -> Self {
        Self {
            name: a.name,
            media_type: a.media_type,
            source: match a.source {
                Source::Lifted(id) => wire::Source::Lifted(id),
                Source::Bytes(bytes) => wire::Source::Bytes(bytes),
                Source::Remote(reference) => wire::Source::Remote(reference),
            },
            inline: a.inline,
            content_id: a.content_id,
            extra: Vec::new(),
        }
    }
}

fn all<A: Into<B>, B>(list: Vec<A>) -> Vec<B> {
    list.into_iter().map(Into::into).collect()
}

impl From<Message> for wire::Message {
    fn from(m: Message) -> Self {
        Self {
            external_id: m.external_id,
            threading: m.threading.into(),
            sender: m.sender,
            sender_name: m.sender_name,
            participants: all(m.participants),
            language: m.language,
            segment: m.segment,
            subject: m.subject,
            text: m.text,
            html: m.html,
            full: m.full,
            parts: all(m.parts),
            attachments: all(m.attachments),
            fields: all(m.fields),
            automatic: m.automatic,
            checks: all(m.checks),
            answers: m.answers,
            public_url: m.public_url,
            at_ms: m.at_ms,
            extra: Vec::new(),
        }
    }
}

impl From<Event> for wire::InboundEvent {
    fn from(event: Event) -> Self {
        let extra = Vec::new();
        match event {
            Event::Message(message) => Self::Message(message.into()),
            Event::Delivery(Delivery { external_id, state, reason, bad_address, alternatives }) => {
                let (state, reason) = (state.into(), reason.as_deref().map(text::reason));
                Self::Delivery(wire::Delivery {
                    external_id,
                    state,
                    reason,
                    bad_address,
                    alternatives,
                    extra,
                })
            }
            Event::ReadUntil { thread, at_ms } => {
                Self::ReadUntil(wire::ReadUntil { thread, at_ms, extra })
            }
            Event::Started(Started { thread, sender, sender_name, language, segment }) => {
                Self::Started(wire::Started {
                    thread,
                    sender,
                    sender_name,
                    language,
                    segment,
                    extra,
                })
            }
            Event::WantsPerson { thread } => Self::WantsPerson(wire::WantsPerson { thread, extra }),
            Event::CallRequest(request) => Self::CallRequest(request.into()),
            Event::CaseNote(note) => Self::CaseNote(note.into()),
        }
    }
}

impl From<CallRequest> for wire::CallRequest {
    fn from(r: CallRequest) -> Self {
        Self {
            external_id: r.external_id,
            number: r.number,
            name: r.name,
            language: r.language,
            segment: r.segment,
            text: r.text,
            not_before_ms: r.not_before_ms,
            fields: all(r.fields),
            extra: Vec::new(),
        }
    }
}

impl From<CaseNote> for wire::CaseNote {
    fn from(n: CaseNote) -> Self {
        Self {
            external_id: n.external_id,
            thread: n.thread,
            author: n.author,
            author_name: n.author_name,
            text: n.text,
            attachments: all(n.attachments),
            calls_agent: n.calls_agent,
            at_ms: n.at_ms,
            extra: Vec::new(),
        }
    }
}

impl From<Receipt> for wire::Receipt {
    fn from(receipt: Receipt) -> Self {
        match receipt {
            Receipt::Accepted { events, key, reply } => Self::Accepted(wire::Accepted {
                events: all(events),
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
