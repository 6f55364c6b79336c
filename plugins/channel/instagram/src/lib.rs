//! An Instagram business account (<https://developers.facebook.com/docs/instagram-platform>).
//!
//! In: notifications signed with the app's secret; direct messages with files and story mentions, receipts; comments on the
//! account's posts; mentions elsewhere, whose picture and words are fetched. Out: by the Send API within its windows, as
//! a comment under what is answered, or as a private answer to it.
//!
//! Start in [`hook`] (what Meta sends), then [`public`] (what all can read) and [`send`]. Direct messages are told alike in
//! Messenger and Instagram: see `shared/meta`.

mod fetch;
mod hook;
mod public;
mod send;

#[cfg(test)]
mod tests;

use kerros_plugin::Error;
use kerros_plugin::channel::{Answer, Channel, Fetch, Outgoing, Raw, Receipt, Secrets, Step};
use serde::Deserialize;
use shared_meta::graph::Graph;
use shared_meta::hook::Proof;

kerros_plugin::channel!(Instagram);

struct Instagram;

#[derive(Deserialize)]
struct Config {
    account_id: String,
    page_id: Option<String>,
    token: String,
    app_secret: String,
    verify_token: String,
    #[serde(default = "api")]
    api: String,
    #[serde(default = "version")]
    version: String,
    #[serde(default)]
    comments: Comments,
    #[serde(default)]
    human_agent: bool,
    #[serde(default)]
    signature: bool,
    segment: Option<String>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Comments {
    #[default]
    Public,
    Private,
    Ignore,
}

fn api() -> String {
    "https://graph.facebook.com".into()
}

fn version() -> String {
    "v25.0".into()
}

impl Config {
    fn graph(&self) -> Graph<'_> {
        Graph { api: &self.api, version: &self.version, token: &self.token }
    }
}

impl Channel for Instagram {
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
