//! Private chats with a Telegram bot, by the Bot API (<https://core.telegram.org/bots/api>).
//!
//! In: updates by webhook, genuine if `x-telegram-bot-api-secret-token` is the secret given to `setWebhook`. Groups,
//! channels and other bots are accepted and ignored. Out: `sendMessage`, and `sendPhoto` or `sendDocument` for files, with
//! the token placed by the host.
//!
//! Start in [`update`] (what Telegram sends), then [`send`] (what it gets), [`settle`] (what its answer means) and
//! [`fetch`] (how a file is had).

mod fetch;
mod send;
mod settle;
mod update;

#[cfg(test)]
mod tests;

use kerros_plugin::Error;
use kerros_plugin::channel::{
    Answer, Channel, Event, Fetch, HookReply, Outcome, Outgoing, Raw, Receipt, Secrets, Step,
};
use serde::Deserialize;

kerros_plugin::channel!(Telegram);

struct Telegram;

#[derive(Deserialize)]
struct Config {
    token: String,
    webhook_secret: String,
    #[serde(default = "api")]
    api: String,
    #[serde(default)]
    buttons: Buttons,
    #[serde(default)]
    signature: bool,
    segment: Option<String>,
}

#[derive(Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Buttons {
    #[default]
    Inline,
    Keyboard,
}

fn api() -> String {
    "https://api.telegram.org".into()
}

impl Channel for Telegram {
    type Config = Config;

    fn receive(config: &Config, raw: &Raw, secrets: &impl Secrets) -> Result<Receipt, Error> {
        let genuine = raw
            .header("x-telegram-bot-api-secret-token")
            .is_some_and(|token| secrets.equals(&config.webhook_secret, token));
        if !genuine {
            return Ok(Receipt::Unauthorized("secret token missing or wrong".into()));
        }
        if raw.kind != "hook" || raw.method != "POST" {
            return Ok(Receipt::Malformed("Telegram sends updates by POST".into()));
        }
        let update: update::Update = match serde_json::from_slice(&raw.body) {
            Ok(update) => update,
            Err(e) => return Ok(Receipt::Malformed(format!("not an update: {e}"))),
        };
        let key = format!("update:{}", update.update_id);
        let press = update.callback_query.as_ref().map(|query| query.id.clone());
        let events = update.event(config).and_then(Event::tidy).into_iter().collect();
        // The button stops spinning when the query is answered; Telegram takes a call as the hook's reply.
        let reply = press.map(|id| HookReply {
            status: 200,
            content_type: "application/json".into(),
            body: serde_json::json!({ "method": "answerCallbackQuery", "callback_query_id": id })
                .to_string(),
        });
        Ok(Receipt::Accepted { events, key: Some(key), reply })
    }

    fn send(config: &Config, message: &Outgoing, so_far: &[Answer]) -> Result<Step, Error> {
        if message.files.len() > send::MOST_FILES {
            let reason = format!("at most {} files in one message", send::MOST_FILES);
            return Ok(Outcome::rejected(reason).into());
        }
        // One request a step: what was sent is kept, so a later try begins at the piece that failed.
        let next = send::requests(config, message).into_iter().nth(so_far.len());
        Ok(match (next, settle::outcome(&message.recipient, so_far)) {
            (Some(next), _) if so_far.is_empty() => next.into(),
            (Some(next), Outcome::Delivered { .. }) => next.into(),
            (_, outcome) => outcome.into(),
        })
    }

    fn fetch(config: &Config, reference: &str, so_far: &[Answer]) -> Result<Fetch, Error> {
        Ok(fetch::step(config, reference, so_far))
    }
}
