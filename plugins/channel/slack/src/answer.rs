//! What Slack's answers mean: 200 says nothing, `ok` does (<https://docs.slack.dev/reference/methods/chat.postMessage>).

use kerros_plugin::channel::{Outcome, Request, Response};
use serde::Deserialize;

#[derive(Deserialize)]
struct Answer {
    ok: bool,
    error: Option<String>,
    ts: Option<String>,
    upload_url: Option<String>,
    file_id: Option<String>,
}

/// The time stamp that names a post.
pub fn posted(response: &Response) -> Result<String, Outcome> {
    read(response)?.ts.ok_or_else(|| Outcome::retry_after(None, "Slack named no post"))
}

/// `FILE ADDRESS`: the id of a file to come, and where its bytes go.
pub fn place(response: &Response) -> Result<String, Outcome> {
    let answer = read(response)?;
    match (answer.file_id, answer.upload_url) {
        (Some(file), Some(url)) => match Request::follow(&url) {
            Some(request) => Ok(format!("{file} {}", request.url)),
            None => Err(Outcome::retry("Slack named no place for a file")),
        },
        _ => Err(Outcome::retry_after(None, "Slack named no place for a file")),
    }
}

/// Bytes that were taken.
pub fn taken(response: &Response) -> Result<String, Outcome> {
    if response.is_success() { Ok(String::new()) } else { Err(refused(response, None)) }
}

/// A file that is shown.
pub fn done(response: &Response) -> Result<String, Outcome> {
    read(response).map(|_| String::new())
}

fn read(response: &Response) -> Result<Answer, Outcome> {
    let answer: Option<Answer> = response.json();
    match answer {
        Some(answer) if answer.ok && response.is_success() => Ok(answer),
        answer => Err(refused(response, answer.and_then(|answer| answer.error))),
    }
}

fn refused(response: &Response, error: Option<String>) -> Outcome {
    let reason = match &error {
        Some(error) => format!("Slack: {error}"),
        None => format!("Slack answered {}", response.status),
    };
    match (error.as_deref(), response.status) {
        (Some("ratelimited" | "rate_limited"), _) | (_, 429) => {
            Outcome::slow_down(response.retry_after_ms(), reason)
        }
        // Words that Slack does not take; nothing that somebody could mend.
        (
            Some(
                "msg_too_long"
                | "no_text"
                | "invalid_blocks"
                | "invalid_metadata_format"
                | "thread_not_found"
                | "cannot_reply_to_message"
                | "restricted_action"
                | "restricted_action_thread_locked",
            ),
            _,
        ) => Outcome::rejected(reason),
        // A faulty channel, token or permission is the operator's to mend; Slack's own faults pass.
        (Some(_), _) | (None, 200..=399 | 401 | 403 | 408 | 500..) => {
            Outcome::retry_after(response.retry_after_ms(), reason)
        }
        _ => Outcome::rejected(reason),
    }
}
