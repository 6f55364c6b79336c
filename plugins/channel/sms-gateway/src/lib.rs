//! Text messages by any gateway that speaks HTTP. Gateways differ in the names of their fields and in how they sign, and
//! in little else: both are the config's.
//!
//! Start in [`proof`], then [`hook`] (messages and receipts in) and [`send`]. [`wish`]: who asked for no more messages gets
//! none.

mod hook;
mod proof;
mod send;
mod wish;

#[cfg(test)]
mod tests;

use kerros_plugin::Error;
use kerros_plugin::channel::{Answer, Channel, Outgoing, Raw, Receipt, Secrets, Step};
use serde::Deserialize;

kerros_plugin::channel!(Gateway);

struct Gateway;

#[derive(Deserialize)]
struct Config {
    r#in: hook::In,
    out: send::Out,
    #[serde(default)]
    stop_words: Vec<String>,
    #[serde(default)]
    start_words: Vec<String>,
    segment: Option<String>,
}

impl Channel for Gateway {
    type Config = Config;

    fn receive(config: &Config, raw: &Raw, secrets: &impl Secrets) -> Result<Receipt, Error> {
        let found = match hook::Found::read(&config.r#in, raw) {
            Ok(found) => found,
            // Nothing is said about a body before it has proved to be the gateway's.
            Err(_) if config.r#in.auth.token_field.is_some() => {
                return Ok(Receipt::Unauthorized("the token's field cannot be read".into()));
            }
            Err(reason) => hook::Found::Broken(reason),
        };
        if let Err(reason) = proof::check(&config.r#in.auth, raw, &found, secrets) {
            return Ok(Receipt::Unauthorized(reason));
        }
        Ok(hook::events(config, found))
    }

    fn send(config: &Config, message: &Outgoing, so_far: &[Answer]) -> Result<Step, Error> {
        Ok(send::step(&config.out, message, so_far))
    }
}
