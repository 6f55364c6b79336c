//! From a message to requests, and from responses to an outcome.

use kerros_app::ports::channel::{Outcome, Outgoing};
use kerros_app::ports::outbound::{Request, Response};
use kerros_domain::message::{DeliveryState, Part};

use super::receive::lift_state;
use super::wit;
use crate::contract::{at_most, breach, header, opt_name, text, url};
use crate::ended::Ended;

/// Most requests for one message.
const REQUESTS: usize = 10;
/// Most headers of one request.
const HEADERS: usize = 32;
/// Longest body of one request, bytes.
const BODY: usize = 256 << 10;
/// Longest wait that a channel may ask for: a day.
const RETRY_MS: u64 = 86_400_000;

pub(super) fn lower(message: &Outgoing) -> wit::Outgoing {
    wit::Outgoing {
        message_id: message.message_id.clone(),
        conversation_id: message.conversation_id.clone(),
        seq: message.seq,
        thread: message.thread.clone(),
        recipient: message.recipient.clone(),
        author: message.author.clone(),
        author_name: message.author_name.clone(),
        text: message.text.clone(),
        parts: message.parts.iter().map(lower_part).collect(),
        language: message.language.clone(),
        at_ms: message.at_ms,
        attempt: message.attempt,
        extra: Vec::new(),
    }
}

fn lower_part(part: &Part) -> wit::Part {
    match part {
        Part::Button { label, value } => wit::Part::Button(wit::Button {
            label: label.clone(),
            value: value.clone(),
            extra: Vec::new(),
        }),
        Part::Article { slug, title, excerpt, url } => wit::Part::Article(wit::Article {
            slug: slug.clone(),
            title: title.clone(),
            excerpt: excerpt.clone(),
            url: url.clone(),
            extra: Vec::new(),
        }),
        Part::Link { name, url, media_type } => wit::Part::Link(wit::Link {
            name: name.clone(),
            url: url.clone(),
            media_type: media_type.clone(),
            extra: Vec::new(),
        }),
    }
}

pub(super) fn lift(requests: Vec<wit::Request>) -> Result<Vec<Request>, Ended> {
    at_most("requests", &requests, REQUESTS)?;
    requests.into_iter().map(lift_request).collect()
}

fn lift_request(request: wit::Request) -> Result<Request, Ended> {
    let wit::Request::Http(request) = request else {
        return breach("a request that this host does not know");
    };
    if !matches!(request.method.as_str(), "GET" | "POST" | "PUT" | "PATCH" | "DELETE") {
        return breach("a request's method is not GET, POST, PUT, PATCH or DELETE");
    }
    at_most("headers", &request.headers, HEADERS)?;
    if request.body.as_ref().is_some_and(|body| body.len() > BODY) {
        return breach(format!("a request's body is larger than {BODY} bytes"));
    }
    Ok(Request::Http {
        method: request.method,
        url: url("a request's url", request.url)?,
        headers: request.headers.into_iter().map(header).collect::<Result<_, _>>()?,
        body: request.body,
    })
}

pub(super) fn lower_response(response: &Response) -> wit::Response {
    match response {
        Response::Http { status, headers, body } => wit::Response::Http(wit::HttpResponse {
            status: *status,
            headers: headers.clone(),
            body: body.clone(),
            extra: Vec::new(),
        }),
        Response::Failed { temporary, reason } => wit::Response::Failed(wit::Failed {
            temporary: *temporary,
            reason: reason.clone(),
            extra: Vec::new(),
        }),
    }
}

pub(super) fn lift_outcome(outcome: wit::Outcome) -> Result<Outcome, Ended> {
    Ok(match outcome {
        wit::Outcome::Delivered(delivered) => {
            let state = lift_state(&delivered.state)?;
            if state == DeliveryState::Failed {
                return breach("delivered and failed at once");
            }
            let external_id = opt_name("the message's external id", delivered.external_id, 256)?;
            Outcome::Delivered { external_id, state }
        }
        wit::Outcome::RetryAfter(retry) => Outcome::RetryAfter {
            after_ms: retry.after_ms.map(|ms| ms.min(RETRY_MS)),
            reason: text("the reason", retry.reason, 1024)?,
        },
        wit::Outcome::Rejected(reason) => {
            Outcome::Rejected { reason: text("the reason", reason, 1024)? }
        }
        wit::Outcome::Other(_) => return breach("an outcome that this host does not know"),
    })
}
