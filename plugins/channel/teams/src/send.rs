//! Cases, notes and disruptions as posts: a card by a workflow, or a message by a bot.

use kerros_plugin::channel::{Answer, Outcome, Outgoing, Request, Response, Step, in_turn};
use kerros_plugin::encoding::escape;
use kerros_plugin::text::one_line;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Bot, Config, Workflow, html};

#[derive(Deserialize)]
struct Posted {
    id: Option<String>,
    #[serde(rename = "activityId")]
    activity: Option<String>,
}

/// What to do next.
pub fn step(config: &Config, message: &Outgoing, so_far: &[Answer]) -> Step {
    let shared = matches!(message.kind.as_str(), "case" | "note" | "disruption");
    if !shared && so_far.is_empty() {
        let reason = "customers do not write here: only cases, notes and disruptions are posted";
        return Step::Settled(Outcome::rejected(reason));
    }
    if !message.files.is_empty() {
        return Step::Settled(Outcome::rejected("a post in Teams carries no files"));
    }
    match (&config.bot, &config.workflow) {
        (Some(bot), _) => by_bot(bot, message, so_far),
        (None, Some(workflow)) => by_workflow(workflow, message, so_far),
        (None, None) => Step::Settled(Outcome::rejected("neither a bot nor a workflow is set")),
    }
}

/// The number names the thread: people write it with their answer.
fn by_workflow(workflow: &Workflow, message: &Outgoing, so_far: &[Answer]) -> Step {
    let done = in_turn(
        so_far,
        &[()],
        |(), _| Request::post_json(workflow.url.as_str(), &card(message)),
        |(), response| {
            if response.is_success() { Ok(String::new()) } else { Err(refused(response)) }
        },
    );
    match done {
        Err(step) => step,
        Ok(_) => {
            let thread = (message.kind == "case").then(|| format!("#{}", message.number));
            Step::Settled(Outcome::sent(None).in_thread(thread))
        }
    }
}

/// An Adaptive Card, as "When a Teams webhook request is received" wants it.
fn card(message: &Outgoing) -> Value {
    let mut blocks = vec![json!({
        "type": "TextBlock", "text": markdown(&title(message)), "weight": "Bolder", "size": "Medium", "wrap": true,
        "color": if message.kind == "disruption" { "Attention" } else { "Default" },
    })];
    // A single line break is none in a text block.
    for paragraph in message.text_with_links().split('\n').filter(|line| !line.trim().is_empty()) {
        blocks.push(json!({
            "type": "TextBlock", "text": markdown(paragraph), "wrap": true, "spacing": "Small",
        }));
    }
    let mut content = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard", "version": "1.4", "body": blocks,
    });
    if message.url.starts_with("http") {
        let title = format!("#{}", message.number);
        content["actions"] =
            json!([{ "type": "Action.OpenUrl", "title": title, "url": message.url }]);
    }
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": null, "content": content,
        }],
    })
}

fn title(message: &Outgoing) -> String {
    let subject = message.subject.as_deref().unwrap_or_default();
    let title = match message.kind.as_str() {
        "disruption" => format!("\u{1f6a8} {subject}"),
        "note" => format!("#{} · {}", message.number, message.author_name),
        _ => format!("#{} {subject}", message.number),
    };
    one_line(&title, 250).unwrap_or_default()
}

/// A text in which nothing is Markdown.
fn markdown(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '*' | '_' | '[' | ']' | '`' | '~') {
            plain.push('\\');
        }
        plain.push(c);
    }
    plain
}

fn by_bot(bot: &Bot, message: &Outgoing, so_far: &[Answer]) -> Step {
    let in_thread = message.kind == "note";
    if in_thread && message.thread.is_empty() {
        return Step::Settled(Outcome::retry_after(None, "the case has no thread yet"));
    }
    let activity = json!({ "type": "message", "textFormat": "xml", "text": text(message) });
    let done = in_turn(
        so_far,
        &[()],
        |(), _| {
            let (url, body) = if in_thread {
                let place = escape(&format!("{};messageid={}", bot.channel, message.thread));
                (
                    format!("{}/v3/conversations/{place}/activities", bot.service_url),
                    activity.clone(),
                )
            } else {
                let body = json!({
                    "isGroup": true, "bot": { "id": bot.bot_id }, "activity": activity,
                    "channelData": { "channel": { "id": bot.channel } },
                });
                (format!("{}/v3/conversations", bot.service_url), body)
            };
            Request::post_json(url, &body).bearer(&bot.token)
        },
        |(), response| posted(response, in_thread),
    );
    match done {
        Err(step) => step,
        Ok(ids) => {
            let id = ids.into_iter().next();
            let thread = id.clone().filter(|_| message.kind == "case");
            Step::Settled(Outcome::sent(id).in_thread(thread))
        }
    }
}

fn text(message: &Outgoing) -> String {
    let words = html::escape(&message.text_with_links());
    let title = html::escape(&title(message));
    match message.kind.as_str() {
        "note" if message.author_name.is_empty() => words,
        "note" => format!("<b>{}:</b> {words}", html::escape(&message.author_name)),
        "case" if message.url.starts_with("http") => {
            format!("<a href=\"{}\"><b>{title}</b></a><br/>{words}", html::escape(&message.url))
        }
        _ => format!("<b>{title}</b><br/>{words}"),
    }
}

/// The id of the message that was posted, which also names its thread.
fn posted(response: &Response, in_thread: bool) -> Result<String, Outcome> {
    let posted: Option<Posted> = response.json();
    if response.is_success()
        && let Some(posted) = posted
    {
        let root = posted.id.as_deref().and_then(|id| id.split_once(";messageid="));
        let root = root.map(|(_, root)| root.to_owned());
        let id = if in_thread { posted.id } else { posted.activity.or(root) };
        if let Some(id) = id {
            return Ok(id);
        }
        // It is there, but answers to it cannot be told from others: better known than posted again.
        return Err(Outcome::rejected("Teams named no message"));
    }
    Err(refused(response))
}

fn refused(response: &Response) -> Outcome {
    let reason = format!("Teams answered {}", response.status);
    match response.status {
        429 => Outcome::slow_down(response.retry_after_ms(), reason),
        // A token or workflow that is not right is the operator's to mend.
        401 | 403 | 404 | 408 | 412 | 500..=599 | 200..=399 => {
            Outcome::retry_after(response.retry_after_ms(), reason)
        }
        _ => Outcome::rejected(reason),
    }
}
