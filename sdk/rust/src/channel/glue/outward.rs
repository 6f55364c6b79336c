//! What goes out, and what was answered.

use super::{bindings, wire};
use crate::channel::{
    Action, Answer, Body, Contact, Failed, Fetch, FormPart, FormValue, Mail, MailResponse, Outcome,
    Outgoing, Participant, Request, Response, Step, Template,
};
use crate::text;

/// The longest id and thread that the host takes, in bytes.
const ID: usize = 998;
const THREAD: usize = 256;
/// The longest wait that the host takes from a provider's answer.
const LONGEST_WAIT_MS: u64 = 86_400_000;

crate::part::part_from!(bindings::kerros::channel::types);

impl From<wire::Participant> for Participant {
    fn from(p: wire::Participant) -> Self {
        Self { role: p.role, address: p.address, name: p.name }
    }
}

impl From<wire::Contact> for Contact {
    fn from(c: wire::Contact) -> Self {
        Self {
            name: c.name,
            segment: c.segment,
            mail: c.mail,
            phone: c.phone,
            addresses: c.addresses.into_iter().map(|at| (at.channel, at.address)).collect(),
        }
    }
}

impl From<wire::Outgoing> for Outgoing {
    fn from(m: wire::Outgoing) -> Self {
        Self {
            kind: m.kind,
            message_id: m.message_id,
            conversation_id: m.conversation_id,
            number: m.number,
            seq: m.seq,
            thread: m.thread,
            recipient: m.recipient,
            contact: m.contact.map(Into::into),
            participants: m.participants.into_iter().map(Into::into).collect(),
            author: m.author,
            author_name: m.author_name,
            subject: m.subject,
            text: m.text,
            html: m.html,
            parts: m.parts.into_iter().filter_map(Into::into).collect(),
            files: m.files.into_iter().map(Into::into).collect(),
            template: m.template.map(|t| Template {
                name: t.name,
                language: t.language,
                parameters: t.parameters,
            }),
            references: m.references,
            answers: m.answers,
            reply_token: m.reply_token,
            last_inbound_ms: m.last_inbound_ms,
            url: m.url,
            language: m.language,
            at_ms: m.at_ms,
            now_ms: m.now_ms,
            attempt: m.attempt,
        }
    }
}

pub(super) fn answers(responses: Vec<wire::Response>) -> Vec<Answer> {
    responses.into_iter().map(answer).collect()
}

fn answer(response: wire::Response) -> Answer {
    match response {
        wire::Response::Http(r) => {
            Answer::Http(Response { status: r.status, headers: r.headers, body: r.body })
        }
        wire::Response::Mail(r) => Answer::Mail(MailResponse {
            code: r.code,
            enhanced: r.enhanced,
            text: r.text,
            refused: r.refused,
        }),
        wire::Response::Failed(f) => {
            Answer::Failed(Failed { temporary: f.temporary, reached: f.reached, reason: f.reason })
        }
        wire::Response::Other(reason) => Answer::Failed(Failed { reason, ..Failed::default() }),
    }
}

impl From<Body> for wire::Body {
    fn from(body: Body) -> Self {
        match body {
            Body::None => Self::None,
            Body::Text(text) => Self::Text(text),
            Body::Bytes(bytes) => Self::Bytes(bytes),
            Body::File(id) => Self::File(id),
            Body::Form(parts) => Self::Form(parts.into_iter().map(Into::into).collect()),
        }
    }
}

impl From<FormPart> for wire::FormPart {
    fn from(p: FormPart) -> Self {
        Self {
            name: p.name,
            file_name: p.file_name,
            media_type: p.media_type,
            value: match p.value {
                FormValue::Text(text) => wire::FormValue::Text(text),
                FormValue::File(id) => wire::FormValue::File(id),
            },
            extra: Vec::new(),
        }
    }
}

impl From<Request> for wire::HttpRequest {
    fn from(r: Request) -> Self {
        Self {
            method: r.method,
            url: r.url,
            headers: r.headers,
            body: r.body.into(),
            repeatable: r.repeatable,
            extra: Vec::new(),
        }
    }
}

impl From<Mail> for wire::Mail {
    fn from(m: Mail) -> Self {
        Self {
            sender: m.sender,
            sender_name: m.sender_name,
            recipients: m.recipients.into_iter().map(Into::into).collect(),
            reply_to: m.reply_to,
            subject: m.subject,
            message_id: m.message_id,
            in_reply_to: m.in_reply_to,
            references: m.references,
            headers: m.headers,
            text: m.text,
            html: m.html,
            files: m.files,
            extra: Vec::new(),
        }
    }
}

impl From<Action> for wire::Request {
    fn from(action: Action) -> Self {
        match action {
            Action::Http(request) => Self::Http(request.into()),
            Action::Mail(mail) => Self::Mail(mail.into()),
        }
    }
}

impl From<Step> for wire::Step {
    fn from(step: Step) -> Self {
        match step {
            Step::Perform(actions) => Self::Perform(actions.into_iter().map(Into::into).collect()),
            Step::Settled(outcome) => Self::Settled(outcome.into()),
        }
    }
}

impl From<Fetch> for wire::FetchStep {
    fn from(step: Fetch) -> Self {
        match step {
            Fetch::Ask(request) => Self::Ask(request.into()),
            Fetch::Download(request) => Self::Download(request.into()),
            Fetch::Gone(reason) => Self::Gone(text::reason(&reason)),
        }
    }
}

impl From<Outcome> for wire::Outcome {
    fn from(outcome: Outcome) -> Self {
        let extra = Vec::new();
        match outcome {
            Outcome::Delivered { external_id, state, thread } => {
                // A provider's id that is none is left out: the message has gone out all the same.
                let external_id = external_id.filter(|id| text::is_line(id, ID));
                let thread = thread.filter(|thread| text::is_line(thread, THREAD));
                Self::Delivered(wire::Delivered { external_id, state: state.into(), thread, extra })
            }
            Outcome::RetryAfter { after_ms, whole_channel, reason } => {
                let after_ms = after_ms.map(|ms| ms.min(LONGEST_WAIT_MS));
                let reason = text::reason(&reason);
                Self::RetryAfter(wire::Retry { after_ms, whole_channel, reason, extra })
            }
            Outcome::Rejected { reason, alternatives, bad_address } => {
                let reason = text::reason(&reason);
                Self::Rejected(wire::Rejected { reason, alternatives, bad_address, extra })
            }
        }
    }
}
