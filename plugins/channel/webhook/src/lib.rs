//! Any system that speaks JSON.
//!
//! Both ways are signed alike: header `x-kerros-signature: t=SECONDS,v1=HEX`, where HEX is the HMAC-SHA256 of `SECONDS`,
//! a dot and the body. A signature whose time is further from ours than the window is refused, so that a recorded
//! request cannot be played again later; within the window a repeat is dropped by its id.
//!
//! Start in [`signature`], then [`event`] (JSON in) and [`answer`] (JSON out).

mod answer;
mod event;
mod pointer;
mod signature;

#[cfg(test)]
mod tests;

use kerros_plugin::Error;
use kerros_plugin::channel::{Answer, Channel, Event, Outgoing, Raw, Receipt, Secrets, Step};
use serde::Deserialize;
use serde_json::Value;

kerros_plugin::channel!(Webhook);

struct Webhook;

#[derive(Deserialize)]
struct Config {
    r#in: event::In,
    out: Option<answer::Out>,
    segment: Option<String>,
}

/// The most events the contract allows in one hook.
const MOST: usize = 100;

impl Channel for Webhook {
    type Config = Config;

    fn receive(config: &Config, raw: &Raw, secrets: &impl Secrets) -> Result<Receipt, Error> {
        if let Err(reason) = signature::check(&config.r#in, raw, secrets) {
            return Ok(Receipt::Unauthorized(reason));
        }
        Ok(match events(config, raw) {
            Ok(events) => {
                let key = event::key(&events);
                Receipt::Accepted { events, key, reply: None }
            }
            Err(reason) => Receipt::Malformed(reason),
        })
    }

    fn send(config: &Config, message: &Outgoing, so_far: &[Answer]) -> Result<Step, Error> {
        let out = config.out.as_ref().ok_or_else(|| {
            Error::permanent("this channel only takes messages in: `out` is not configured")
        })?;
        Ok(match so_far.last() {
            None => answer::request(out, message).into(),
            Some(last) => answer::outcome(out, last).into(),
        })
    }
}

/// Every event of a body, or what is wrong with the first wrong one.
fn events(config: &Config, raw: &Raw) -> Result<Vec<Event>, String> {
    if raw.kind != "hook" || raw.method != "POST" {
        return Err("events come by POST".into());
    }
    let body: Value = serde_json::from_slice(&raw.body).map_err(|e| format!("not JSON: {e}"))?;
    let found = match &config.r#in.events {
        Some(pointer) => {
            body.pointer(pointer).ok_or_else(|| format!("{pointer}: no events there"))?
        }
        None => &body,
    };
    let list = match found {
        Value::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    if list.len() > MOST {
        return Err(format!("at most {MOST} events a call, found {}", list.len()));
    }
    let mut events = Vec::new();
    for (place, value) in list.iter().enumerate() {
        let event = event::read(&config.r#in, config.segment.as_deref(), value)
            .map_err(|reason| format!("event {place}: {reason}"))?;
        events.extend(event);
    }
    Ok(events)
}
