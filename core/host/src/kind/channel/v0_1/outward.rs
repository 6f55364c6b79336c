//! What goes out: 0.2 to 0.1 for the plugin, 0.1 to 0.2 for what it says.

use super::inward::state;
use super::{old, wit};

pub(super) fn message(message: wit::Outgoing) -> old::Outgoing {
    old::Outgoing {
        message_id: message.message_id,
        conversation_id: message.conversation_id,
        seq: message.seq,
        thread: message.thread,
        recipient: message.recipient,
        author: message.author,
        author_name: message.author_name,
        text: message.text,
        parts: message.parts.into_iter().map(part).collect(),
        language: message.language,
        at_ms: message.at_ms,
        attempt: message.attempt,
        extra: message.extra,
    }
}

fn part(part: wit::Part) -> old::Part {
    match part {
        wit::Part::Button(button) => {
            let wit::Button { label, value, extra } = button;
            old::Part::Button(old::Button { label, value, extra })
        }
        wit::Part::Article(article) => {
            let wit::Article { slug, title, excerpt, url, extra } = article;
            old::Part::Article(old::Article { slug, title, excerpt, url, extra })
        }
        wit::Part::Link(link) => {
            let wit::Link { name, url, media_type, extra } = link;
            old::Part::Link(old::Link { name, url, media_type, extra })
        }
        wit::Part::Other(what) => old::Part::Other(what),
    }
}

pub(super) fn request(request: old::Request) -> wit::Request {
    match request {
        old::Request::Http(http) => {
            let old::HttpRequest { method, url, headers, body, extra } = http;
            let body = body.map_or(wit::Body::None, wit::Body::Text);
            wit::Request::Http(wit::HttpRequest {
                method,
                url,
                headers,
                body,
                repeatable: false,
                extra,
            })
        }
        old::Request::Other(what) => wit::Request::Other(what),
    }
}

pub(super) fn response(response: wit::Response) -> old::Response {
    match response {
        wit::Response::Http(http) => {
            let wit::HttpResponse { status, headers, body, extra } = http;
            old::Response::Http(old::HttpResponse { status, headers, body, extra })
        }
        wit::Response::Failed(failed) => {
            let wit::Failed { temporary, reached: _, reason, extra } = failed;
            old::Response::Failed(old::Failed { temporary, reason, extra })
        }
        // 0.1 asks for no mail, so none answers.
        wit::Response::Mail(mail) => old::Response::Other(mail.text),
        wit::Response::Other(what) => old::Response::Other(what),
    }
}

pub(super) fn outcome(outcome: old::Outcome) -> wit::Outcome {
    match outcome {
        old::Outcome::Delivered(delivered) => {
            let old::Delivered { external_id, state: reached, extra } = delivered;
            let state = state(reached);
            wit::Outcome::Delivered(wit::Delivered { external_id, state, thread: None, extra })
        }
        old::Outcome::RetryAfter(retry) => {
            let old::Retry { after_ms, reason, extra } = retry;
            wit::Outcome::RetryAfter(wit::Retry { after_ms, whole_channel: false, reason, extra })
        }
        old::Outcome::Rejected(reason) => rejected(reason),
        old::Outcome::Other(what) => wit::Outcome::Other(what),
    }
}

/// Settled without asking the plugin.
pub(super) fn refused(reason: &str) -> wit::Step {
    wit::Step::Settled(rejected(reason.to_owned()))
}

fn rejected(reason: String) -> wit::Outcome {
    wit::Outcome::Rejected(wit::Rejected {
        reason,
        alternatives: Vec::new(),
        bad_address: false,
        extra: Vec::new(),
    })
}
