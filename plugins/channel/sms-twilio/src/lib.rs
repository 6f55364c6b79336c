//! Text messages by Twilio (<https://www.twilio.com/docs/messaging>).
//!
//! In: forms signed over the address they were sent to, so the channel has to know its own; messages with pictures, and
//! receipts of what was sent. Out: one request a message, as Twilio joins the segments itself.
//!
//! Start in [`signature`], then [`hook`] (what Twilio sends), [`send`] and [`answer`].

mod answer;
mod fetch;
mod hook;
mod send;
mod signature;

#[cfg(test)]
mod tests;

use kerros_plugin::channel::{
    Answer, Channel, Fetch, Outgoing, Raw, Receipt, Request, Secrets, Step,
};
use kerros_plugin::{Error, encoding};
use serde::Deserialize;

kerros_plugin::channel!(Twilio);

struct Twilio;

#[derive(Deserialize)]
struct Config {
    account_sid: String,
    auth_token: String,
    public_url: String,
    from: Option<String>,
    messaging_service: Option<String>,
    #[serde(default = "api")]
    api: String,
    #[serde(default = "most_segments")]
    most_segments: usize,
    #[serde(default = "yes")]
    plain: bool,
    #[serde(default)]
    stop_words: Vec<String>,
    segment: Option<String>,
}

fn api() -> String {
    "https://api.twilio.com".into()
}

const fn most_segments() -> usize {
    6
}

const fn yes() -> bool {
    true
}

impl Config {
    /// The auth token where HTTP wants it.
    fn signed(&self, request: Request) -> Request {
        request.basic(&self.account_sid, &self.auth_token)
    }
}

impl Channel for Twilio {
    type Config = Config;

    fn receive(config: &Config, raw: &Raw, secrets: &impl Secrets) -> Result<Receipt, Error> {
        if raw.kind != "hook" || raw.method != "POST" {
            return Ok(Receipt::Malformed("Twilio calls by POST".into()));
        }
        let form = encoding::form(&raw.body);
        if let Err(reason) = signature::check(config, raw, &form, secrets) {
            return Ok(Receipt::Unauthorized(reason.into()));
        }
        Ok(hook::read(config, &form))
    }

    fn send(config: &Config, message: &Outgoing, so_far: &[Answer]) -> Result<Step, Error> {
        Ok(send::step(config, message, so_far))
    }

    fn fetch(config: &Config, reference: &str, _: &[Answer]) -> Result<Fetch, Error> {
        Ok(fetch::step(config, reference))
    }
}
