//! Cases, notes and disruptions as posts, and their files.

use kerros_plugin::Part;
use kerros_plugin::channel::{Answer, Body, File, Outcome, Outgoing, Request, Step, in_turn};
use serde_json::json;

use crate::{Config, answer, mrkdwn};

/// Most files: three requests each and the post must fit the requests of one delivery.
const MOST_FILES: usize = 6;

enum Turn<'a> {
    Post,
    /// Where may it go?
    Place(&'a File),
    /// There it goes: the answer at this place said where.
    Bytes(usize, &'a File),
    /// And is shown in the thread.
    Show(usize, &'a File),
}

/// What to do next.
pub fn step(config: &Config, message: &Outgoing, so_far: &[Answer]) -> Step {
    let shared = matches!(message.kind.as_str(), "case" | "note" | "disruption");
    if !shared && so_far.is_empty() {
        let reason = "customers do not write here: only cases, notes and disruptions are posted";
        return Step::Settled(Outcome::rejected(reason));
    }
    if message.kind == "note" && message.thread.is_empty() {
        // The case itself is not posted yet, or never was.
        return Step::Settled(Outcome::retry_after(None, "the case has no thread yet"));
    }
    if message.files.len() > MOST_FILES {
        let reason = format!("at most {MOST_FILES} files in one post");
        return Step::Settled(Outcome::rejected(reason));
    }
    let mut turns = vec![Turn::Post];
    for file in &message.files {
        turns.push(Turn::Place(file));
        turns.push(Turn::Bytes(turns.len() - 1, file));
        turns.push(Turn::Show(turns.len() - 2, file));
    }
    let done = in_turn(
        so_far,
        &turns,
        |turn, ids| request(config, message, turn, ids),
        |turn, response| match turn {
            Turn::Post => answer::posted(response),
            Turn::Place(_) => answer::place(response),
            Turn::Bytes(..) => answer::taken(response),
            Turn::Show(..) => answer::done(response),
        },
    );
    match done {
        Err(step) => step,
        Ok(ids) => {
            let ts = ids.into_iter().next();
            let thread = ts.clone().filter(|_| message.kind == "case");
            Step::Settled(Outcome::sent(ts).in_thread(thread))
        }
    }
}

fn request(config: &Config, message: &Outgoing, turn: &Turn<'_>, ids: &[String]) -> Request {
    // An answer of `Place` is `FILE ADDRESS`.
    let place = |at: usize| ids.get(at).and_then(|id| id.split_once(' ')).unwrap_or_default();
    let thread = match message.kind.as_str() {
        "note" => Some(message.thread.as_str()),
        _ => None,
    };
    match turn {
        Turn::Post => {
            let channel = match message.kind.as_str() {
                "disruption" => config.disruptions.as_ref().unwrap_or(&config.channel),
                _ => &config.channel,
            };
            let mut body = json!({
                "channel": channel, "text": text(message), "unfurl_links": false, "unfurl_media": false,
                "metadata": { "event_type": "kerros", "event_payload": { "message": message.message_id } },
            });
            if let Some(thread) = thread {
                body["thread_ts"] = thread.into();
            }
            config.signed(Request::post_json(config.method("chat.postMessage"), &body))
        }
        Turn::Place(file) => {
            let length = file.bytes.to_string();
            let fields = [("filename", file.name.as_str()), ("length", length.as_str())];
            let url = config.method("files.getUploadURLExternal");
            config.signed(Request::post_fields(url, &fields)).repeatable()
        }
        // The address itself is the permission.
        Turn::Bytes(at, file) => {
            Request { body: Body::File(file.id.clone()), ..Request::new("POST", place(*at).1) }
                .header("content-type", "application/octet-stream")
                .repeatable()
        }
        Turn::Show(at, file) => {
            let mut body = json!({
                "files": [{ "id": place(*at).0, "title": file.name }],
                "channel_id": if message.kind == "disruption" {
                    config.disruptions.as_ref().unwrap_or(&config.channel)
                } else {
                    &config.channel
                },
            });
            body["thread_ts"] = thread.or(ids.first().map(String::as_str)).into();
            config.signed(Request::post_json(config.method("files.completeUploadExternal"), &body))
        }
    }
}

/// A case begins with its number, which leads to it; a note with who wrote it.
fn text(message: &Outgoing) -> String {
    let words = mrkdwn::escape(&message.text_with_links());
    let subject = mrkdwn::escape(message.subject.as_deref().unwrap_or_default());
    match message.kind.as_str() {
        "note" if message.author_name.is_empty() => words,
        "note" => format!("*{}:* {words}", mrkdwn::escape(&message.author_name)),
        "disruption" => {
            let head = if subject.is_empty() { String::new() } else { format!(" *{subject}*\n") };
            format!(":rotating_light:{head} {words}")
        }
        _ => {
            let number = mrkdwn::link(&message.url, &format!("#{}", message.number));
            let labels: Vec<String> = message
                .parts
                .iter()
                .filter_map(|part| match part {
                    Part::Button { label, .. } => Some(format!("\n• {}", mrkdwn::escape(label))),
                    _ => None,
                })
                .collect();
            format!("*{number}* *{subject}*\n{words}{}", labels.concat()).replace(" **", "")
        }
    }
}
