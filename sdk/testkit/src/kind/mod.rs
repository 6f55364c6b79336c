//! The five kinds: how a call in JSON becomes a call of the port, and what the conformance suite asks.

mod bot;
mod channel;
pub(crate) mod ours;
mod report;
mod sla;
mod tagger;

use kerros_app::ports::plugin::{Call, PluginError};
use kerros_host::{Host, Kind, Manifest};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::ports::{Outside, Shared};
use crate::sample::lay;

/// Something that a plugin of the kind must bear.
#[derive(Clone)]
pub(crate) struct Probe {
    /// What it is.
    pub(crate) name: String,
    /// The call.
    pub(crate) call: &'static str,
    /// The input, laid over the kind's sample.
    pub(crate) input: Value,
    /// What is wrong with an answer, beyond what the host has checked already.
    pub(crate) check: fn(&Value) -> Option<String>,
}

impl Probe {
    fn new(call: &'static str, name: &str, input: Value) -> Self {
        Self { name: name.to_owned(), call, input, check: |_| None }
    }
}

/// Performs a call that is named and given in JSON.
///
/// # Errors
/// The outer one: the kind has no such call, or the input is not its input.
pub(crate) async fn call(
    kind: Kind,
    host: &Host,
    call: Call<'_>,
    verb: &str,
    input: &Value,
    outside: &Outside,
    shared: &Shared,
) -> Result<Result<Value, PluginError>, String> {
    match kind {
        Kind::Channel => channel::call(host, call, verb, input, outside).await,
        Kind::Bot => bot::call(host, call, verb, input).await,
        Kind::Tagger => tagger::call(host, call, verb, input).await,
        Kind::Sla => sla::call(host, call, verb, input).await,
        Kind::Report => report::call(host, call, verb, input, shared).await,
    }
}

/// An input with everything that the sample fills in.
pub(crate) fn whole(kind: Kind, verb: &str, input: &Value) -> Value {
    match kind {
        Kind::Channel => channel::whole(verb, input),
        Kind::Bot => lay(&bot::sample(), input),
        Kind::Tagger => lay(&conversation(), input),
        Kind::Sla => lay(&sla::sample(), input),
        Kind::Report => lay(&report::sample(), input),
    }
}

/// What a plugin of the kind must bear.
pub(crate) fn probes(kind: Kind, manifest: &Manifest) -> Vec<Probe> {
    match kind {
        Kind::Channel => channel::probes(manifest),
        Kind::Bot => bot::probes(),
        Kind::Tagger => tagger::probes(),
        Kind::Sla => sla::probes(),
        Kind::Report => report::probes(),
    }
}

fn read<T: DeserializeOwned>(input: Value) -> Result<T, String> {
    serde_json::from_value(input).map_err(|e| format!("the input is not this call's: {e}"))
}

fn shown<T: Serialize>(
    answer: Result<T, PluginError>,
) -> Result<Result<Value, PluginError>, String> {
    match answer {
        Ok(answer) => serde_json::to_value(answer).map(Ok).map_err(|e| e.to_string()),
        Err(error) => Ok(Err(error)),
    }
}

fn no_such(verb: &str, calls: &[&str]) -> String {
    format!("no call {verb:?}; this kind has: {}", calls.join(", "))
}

/// A conversation, as bots and taggers see it.
fn conversation() -> Value {
    json!({
        "id": "cnv_0198c0de0000700080000000000000aa",
        "channel": "chat",
        "language": "en",
        "segment": null,
        "layer": "self-service",
        "tags": [],
        "contact": { "name": null, "attributes": [] },
        "messages": [{
            "id": "msg_0198c0de0000700080000000000000aa",
            "author": "contact",
            "text": "Hello",
            "at_ms": 1_792_000_000_000_i64,
        }],
    })
}
