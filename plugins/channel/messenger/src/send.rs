//! An answer: a direct message, a comment under what is answered, or a private answer to it.

use kerros_plugin::channel::{Answer, File, Outcome, Outgoing, Step, in_turn};
use serde::Deserialize;
use serde_json::json;
use shared_meta::graph::refusal;
use shared_meta::private;
use shared_meta::talk::{self, CLOSED, Manner, To, own};

use crate::feed::{Kind, Place};
use crate::{Comments, Config};

#[derive(Deserialize)]
struct Commented {
    id: String,
}

/// What to do next.
pub fn step(config: &Config, message: &Outgoing, so_far: &[Answer]) -> Step {
    let manner = Manner {
        graph: config.graph(),
        node: &config.page_id,
        platform: None,
        longest: 2000,
        size: |_| 1,
        human_agent: config.human_agent,
        signature: config.signature,
        takes: |file| Some(kind(file)),
    };
    let Some(Place { node, kind }) = Place::of(&message.thread) else {
        return talk::step(&manner, message, To::Person(&message.recipient), so_far);
    };
    if config.comments != Comments::Private || kind == Kind::Mention {
        return comment(config, message, node, so_far);
    }
    let to = match kind {
        Kind::Post => private::once(message, node).map(|()| To::Post(node)),
        Kind::Comment | Kind::Mention => private::comment(message).map(To::Comment),
    };
    match to {
        Ok(to) => talk::step(&manner, message, to, so_far),
        Err(outcome) => Step::Settled(outcome),
    }
}

fn kind(file: &File) -> &'static str {
    match file.media_type.split('/').next() {
        Some("image") => "image",
        Some("video") => "video",
        Some("audio") => "audio",
        _ => "file",
    }
}

fn comment(config: &Config, message: &Outgoing, node: &str, so_far: &[Answer]) -> Step {
    // A thread's name is ours, but it becomes a part of an address.
    if !node.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
        return Step::Settled(Outcome::rejected("no place for a comment"));
    }
    if !message.files.is_empty() {
        let reason = "a comment that all can read carries no files";
        return Step::Settled(Outcome::rejected(reason).instead("mail"));
    }
    let done = in_turn(
        so_far,
        &[()],
        |(), _| {
            let body = json!({ "message": message.text_with_links() });
            config.graph().post(&format!("{node}/comments"), &body)
        },
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
