//! Leads and tickets handed over to the client's own system.
//!
//! A case goes out as one signed JSON request; what the system answers names it there, and that receipt is kept as the
//! case's thread, so that later notes go to the same lead. The message's id goes along as idempotency key, so that a
//! system which keeps it takes nothing twice. Nothing comes in: a system that answers uses `channel/webhook`.
//!
//! Start in [`handover`].

mod handover;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use kerros_plugin::Error;
use kerros_plugin::channel::{Answer, Channel, Outgoing, Raw, Receipt, Secrets, Step};
use serde::Deserialize;
use serde_json::Value;

kerros_plugin::channel!(Leads);

struct Leads;

#[derive(Deserialize)]
struct Config {
    url: String,
    notes_url: Option<String>,
    secret: String,
    receipt: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    constants: BTreeMap<String, Value>,
}

impl Channel for Leads {
    type Config = Config;

    fn receive(_: &Config, _: &Raw, _: &impl Secrets) -> Result<Receipt, Error> {
        Ok(Receipt::Unauthorized("nothing comes in by this channel".into()))
    }

    fn send(config: &Config, message: &Outgoing, so_far: &[Answer]) -> Result<Step, Error> {
        Ok(handover::step(config, message, so_far))
    }
}
