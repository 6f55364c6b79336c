//! An answer: a direct message, a comment under what is answered, or a private answer to a comment.

use kerros_plugin::channel::{Answer, File, Outcome, Outgoing, Request, Step, in_turn};
use serde::Deserialize;
use serde_json::json;
use shared_meta::graph::refusal;
use shared_meta::private;
use shared_meta::talk::{self, CLOSED, Manner, To, own};

use crate::public::{COMMENT, MENTION};
use crate::{Comments, Config};

#[derive(Deserialize)]
struct Commented {
    id: String,
}

/// What to do next.
pub fn step(config: &Config, message: &Outgoing, so_far: &[Answer]) -> Step {
    let manner = Manner {
        graph: config.graph(),
        node: config.page_id.as_deref().unwrap_or(&config.account_id),
        platform: config.page_id.is_some().then_some("instagram"),
        longest: 1000,
        size: char::len_utf8,
        human_agent: config.human_agent,
        signature: config.signature,
        takes: kind,
    };
    if let Some(mention) = message.thread.strip_prefix(MENTION) {
        let (media, comment) = match mention.split_once(':') {
            Some((media, comment)) => (media, Some(comment)),
            None => (mention, None),
        };
        let mut body = json!({ "media_id": media, "message": message.text_with_links() });
        if let Some(comment) = comment {
            body["comment_id"] = comment.into();
        }
        let request = config.graph().post(&format!("{}/mentions", config.account_id), &body);
        return publish(message, request, so_far);
    }
    let under = message.thread.strip_prefix(COMMENT).and_then(|rest| rest.split_once(':'));
    match under {
        None => talk::step(&manner, message, To::Person(&message.recipient), so_far),
        Some(_) if config.comments == Comments::Private => match private::comment(message) {
            Ok(comment) => talk::step(&manner, message, To::Comment(comment), so_far),
            Err(outcome) => Step::Settled(outcome),
        },
        Some((comment, _)) => {
            // A thread's name is ours, but it becomes a part of an address.
            if !comment.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
                return Step::Settled(Outcome::rejected("no place for a comment"));
            }
            let body = json!({ "message": message.text_with_links() });
            let request = config.graph().post(&format!("{comment}/replies"), &body);
            publish(message, request, so_far)
        }
    }
}

/// Instagram carries pictures, films, sound and PDFs.
fn kind(file: &File) -> Option<&'static str> {
    match file.media_type.split(';').next()?.trim() {
        "image/jpeg" | "image/png" | "image/gif" => Some("image"),
        "application/pdf" => Some("file"),
        kind if kind.starts_with("video/") => Some("video"),
        kind if kind.starts_with("audio/") => Some("audio"),
        _ => None,
    }
}

fn publish(message: &Outgoing, request: Request, so_far: &[Answer]) -> Step {
    if !message.files.is_empty() {
        let reason = "a comment that all can read carries no files";
        return Step::Settled(Outcome::rejected(reason).instead("mail"));
    }
    let done = in_turn(
        so_far,
        &[()],
        |(), _| request.clone(),
        |(), response| {
            let id = response.json::<Commented>().filter(|_| response.is_success());
            id.map(|it| it.id).ok_or_else(|| refusal(response, own, &CLOSED))
        },
    );
    match done {
        Err(step) => step,
        Ok(ids) => Step::Settled(Outcome::sent(ids.into_iter().next())),
    }
}
