//! Microsoft Teams as the channel where cases are discussed.
//!
//! In: an outgoing webhook, signed with a shared secret. Bots get signed tokens instead, whose keys change and have to be
//! asked for, which a guest cannot do; and reading a channel by Graph needs subscriptions that are renewed every hour. An
//! outgoing webhook hears only what mentions it, so an answer begins with its name.
//!
//! Out, as the config says: a *workflow*, which needs nothing but its address but tells no thread, so that people write the
//! case's number with their answer; or a *bot*, which opens a thread for each case.
//!
//! Start in [`hook`] (what Teams sends), [`html`] and [`send`].

mod hook;
mod html;
mod send;

#[cfg(test)]
mod tests;

use kerros_plugin::channel::{Answer, Channel, Outgoing, Raw, Receipt, Secrets, Step};
use kerros_plugin::{Error, encoding};
use serde::Deserialize;

kerros_plugin::channel!(Teams);

struct Teams;

#[derive(Deserialize)]
struct Config {
    webhook_token: String,
    #[serde(default = "yes")]
    calls_agent: bool,
    #[serde(default = "ack")]
    ack: String,
    workflow: Option<Workflow>,
    bot: Option<Bot>,
}

#[derive(Deserialize)]
struct Workflow {
    url: String,
}

#[derive(Deserialize)]
struct Bot {
    service_url: String,
    bot_id: String,
    channel: String,
    token: String,
}

const fn yes() -> bool {
    true
}

fn ack() -> String {
    "Noted.".into()
}

impl Channel for Teams {
    type Config = Config;

    fn receive(config: &Config, raw: &Raw, secrets: &impl Secrets) -> Result<Receipt, Error> {
        let header = raw.header("authorization").and_then(|header| header.strip_prefix("HMAC "));
        let signature = header.and_then(|text| encoding::base64(text.trim()));
        let genuine = signature.is_some_and(|signature| {
            // The security token is the key in base64.
            secrets.verify_hmac_sha256_base64(&config.webhook_token, &raw.body, &signature)
        });
        if !genuine {
            return Ok(Receipt::Unauthorized("the HMAC is missing or wrong".into()));
        }
        Ok(hook::read(config, &raw.body))
    }

    fn send(config: &Config, message: &Outgoing, so_far: &[Answer]) -> Result<Step, Error> {
        Ok(send::step(config, message, so_far))
    }
}
