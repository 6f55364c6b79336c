//! A call in JSON: how shadows and replays ask what the live call asked.

use std::sync::Arc;

use async_trait::async_trait;
use kerros_app::ports::bot::BotPlugins;
use kerros_app::ports::channel::{ChannelPlugins, Outgoing};
use kerros_app::ports::outbound::Response;
use kerros_app::ports::plugin::{Call, PluginError};
use kerros_app::ports::report::{FactSource, ReportPlugins};
use kerros_app::ports::sla::SlaPlugins;
use kerros_app::ports::tagger::TaggerPlugins;
use kerros_host::{Host, Kind};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What `send` is asked.
#[derive(Serialize)]
pub struct Sending<'a> {
    /// The message.
    pub message: &'a Outgoing,
    /// What was answered so far.
    pub so_far: &'a [Response],
}

/// What `fetch` is asked.
#[derive(Serialize)]
pub struct Fetching<'a> {
    /// What the channel named.
    pub reference: &'a str,
    /// What was answered so far.
    pub so_far: &'a [Response],
}

#[derive(Deserialize)]
struct Sent {
    message: Outgoing,
    so_far: Vec<Response>,
}

#[derive(Deserialize)]
struct Fetched {
    reference: String,
    so_far: Vec<Response>,
}

/// Asks, and gives the answer as JSON.
///
/// # Errors
/// The outer one: the kind has no such call, or the input is not its input.
pub async fn ask(
    host: &Host,
    kind: Kind,
    verb: &str,
    call: Call<'_>,
    input: &Value,
) -> Result<Result<Value, PluginError>, String> {
    match (kind, verb) {
        (Kind::Channel, "receive") => shown(host.receive(call, &read(input)?).await),
        (Kind::Channel, "send") => {
            let Sent { message, so_far } = read(input)?;
            shown(host.send(call, &message, &so_far).await)
        }
        (Kind::Channel, "fetch") => {
            let Fetched { reference, so_far } = read(input)?;
            shown(host.fetch(call, &reference, &so_far).await)
        }
        (Kind::Bot, "turn") => shown(host.turn(call, &read(input)?).await),
        (Kind::Tagger, "tag") => shown(host.tag(call, &read(input)?).await),
        (Kind::Sla, "targets") => shown(host.targets(call, &read(input)?).await),
        (Kind::Report, "build") => shown(host.build(call, &read(input)?, Arc::new(FromTape)).await),
        _ => Err(format!("plugins of kind {kind} have no call {verb:?}")),
    }
}

fn read<T: DeserializeOwned>(input: &Value) -> Result<T, String> {
    T::deserialize(input).map_err(|e| format!("the input is not this call's: {e}"))
}

fn shown<T: Serialize>(
    answer: Result<T, PluginError>,
) -> Result<Result<Value, PluginError>, String> {
    match answer {
        Ok(answer) => serde_json::to_value(answer).map(Ok).map_err(|e| e.to_string()),
        Err(error) => Ok(Err(error)),
    }
}

/// Facts come from the tape; what is not on it nobody knows.
struct FromTape;

#[async_trait]
impl FactSource for FromTape {
    async fn facts(&self, name: &str) -> Result<String, PluginError> {
        Err(PluginError::Invalid { message: format!("{name} is not in the transcript") })
    }
}
