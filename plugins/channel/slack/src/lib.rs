//! Slack as the channel where cases are discussed (<https://docs.slack.dev>).
//!
//! Out: a case opens a thread, notes go into it with their files, disruptions stand alone. In: what people write in a case's
//! thread becomes an internal note; a mention of the bot calls the agent. Customers do not write here.
//!
//! Start in [`signature`], then [`hook`] (what Slack sends), [`mrkdwn`] and [`send`].

mod answer;
mod fetch;
mod hook;
mod mrkdwn;
mod send;
mod signature;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use kerros_plugin::Error;
use kerros_plugin::channel::{
    Answer, Channel, Fetch, Outgoing, Raw, Receipt, Request, Secrets, Step,
};
use serde::Deserialize;

kerros_plugin::channel!(Slack);

struct Slack;

#[derive(Deserialize)]
struct Config {
    signing_secret: String,
    token: String,
    channel: String,
    disruptions: Option<String>,
    bot_user: Option<String>,
    #[serde(default)]
    people: BTreeMap<String, String>,
    #[serde(default = "window_s")]
    window_s: u64,
    #[serde(default = "api")]
    api: String,
}

const fn window_s() -> u64 {
    300
}

fn api() -> String {
    "https://slack.com".into()
}

impl Config {
    fn method(&self, name: &str) -> String {
        format!("{}/api/{name}", self.api)
    }

    fn signed(&self, request: Request) -> Request {
        request.bearer(&self.token)
    }
}

impl Channel for Slack {
    type Config = Config;

    fn receive(config: &Config, raw: &Raw, secrets: &impl Secrets) -> Result<Receipt, Error> {
        if let Err(reason) = signature::check(config, raw, secrets) {
            return Ok(Receipt::Unauthorized(reason));
        }
        Ok(hook::read(config, &raw.body))
    }

    fn send(config: &Config, message: &Outgoing, so_far: &[Answer]) -> Result<Step, Error> {
        Ok(send::step(config, message, so_far))
    }

    fn fetch(config: &Config, reference: &str, so_far: &[Answer]) -> Result<Fetch, Error> {
        fetch::step(config, reference, so_far)
    }
}
