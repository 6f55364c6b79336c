//! A WhatsApp business number, by Meta's Cloud API
//! (<https://developers.facebook.com/documentation/business-messaging/whatsapp>).
//!
//! In: notifications signed with the app's secret; messages of every type, media as remote files, receipts with error
//! codes. Out: uploads, then media, then texts, one request after the other; outside the 24 hours after the customer's
//! last message only a template goes.
//!
//! Start in [`hook`] (what Meta sends), then [`message`] (a customer's message), [`send`], [`mod@template`] and [`answer`].

mod answer;
mod fetch;
mod hook;
mod message;
mod parts;
mod send;
mod template;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use kerros_plugin::Error;
use kerros_plugin::channel::{Answer, Channel, Fetch, Outgoing, Raw, Receipt, Secrets, Step};
use serde::Deserialize;
use shared_meta::graph::Graph;
use shared_meta::hook::Proof;

kerros_plugin::channel!(WhatsApp);

struct WhatsApp;

#[derive(Deserialize)]
struct Config {
    phone_number_id: String,
    token: String,
    app_secret: String,
    verify_token: String,
    #[serde(default = "api")]
    api: String,
    #[serde(default = "version")]
    version: String,
    #[serde(default = "yes")]
    mark_read: bool,
    #[serde(default)]
    quote: bool,
    #[serde(default)]
    signature: bool,
    #[serde(default)]
    templates: BTreeMap<String, template::Layout>,
    segment: Option<String>,
}

fn api() -> String {
    "https://graph.facebook.com".into()
}

fn version() -> String {
    "v25.0".into()
}

const fn yes() -> bool {
    true
}

impl Config {
    fn graph(&self) -> Graph<'_> {
        Graph { api: &self.api, version: &self.version, token: &self.token }
    }
}

impl Channel for WhatsApp {
    type Config = Config;

    fn receive(config: &Config, raw: &Raw, secrets: &impl Secrets) -> Result<Receipt, Error> {
        let proof = Proof { app_secret: &config.app_secret, verify_token: &config.verify_token };
        if let Err(receipt) = shared_meta::hook::genuine(proof, raw, secrets) {
            return Ok(receipt);
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
