//! What stands between the use cases and the host: every call is made once, for its result; then its cost is counted,
//! a new version beside it gets to see it, and a failed one is kept.

use std::sync::Arc;

use async_trait::async_trait;
use kerros_app::ports::bot::{BotPlugins, Turn, TurnResult};
use kerros_app::ports::channel::{ChannelPlugins, FetchStep, Outgoing, Raw, Receipt, Step};
use kerros_app::ports::meter::{Measure, Meter};
use kerros_app::ports::outbound::Response;
use kerros_app::ports::plugin::{Call, ConversationView, PluginError};
use kerros_app::ports::report::{Document, FactSource, Period, ReportPlugins};
use kerros_app::ports::sla::{Facts, SlaPlugins};
use kerros_app::ports::tagger::{Suggestion, TaggerPlugins};
use kerros_domain::sla::TargetSpec;
use kerros_host::{Host, Kind, Tape};
use serde::Serialize;
use serde_json::Value;

use super::asked::{Fetching, Sending};
use super::costs::Costs;
use super::failed::{FailedCalls, Failure};
use super::shadows::{Seen, Shadows};

/// The host, watched.
pub struct Watched {
    /// Who answers.
    pub host: Arc<Host>,
    /// New versions beside.
    pub shadows: Arc<Shadows>,
    /// Failed calls.
    pub failed: Arc<FailedCalls>,
    /// What it costs.
    pub costs: Arc<Costs>,
    /// Metrics.
    pub meter: Arc<dyn Meter>,
}

impl Watched {
    async fn watch<I, O>(
        &self,
        kind: Kind,
        verb: &'static str,
        call: Call<'_>,
        input: &I,
        asked: impl Future<Output = Result<O, PluginError>> + Send,
    ) -> Result<O, PluginError>
    where
        I: Serialize + Sync,
        O: Serialize + Sync,
    {
        let tape = Tape::default();
        let result = tape.run(asked).await;
        // Without figures the call was not made: no room, breaker open, not loaded.
        let Some(figures) = tape.figures() else { return result };
        let broke = matches!(result, Err(PluginError::Fault { .. } | PluginError::Timeout));
        let (taken_in, given_out) = (size(input), result.as_ref().map_or(0, size));
        self.costs.add(call, kind, figures.cpu, result.is_err(), taken_in, given_out);
        self.meter.record(Measure::PluginBytes {
            tenant: call.tenant,
            plugin: call.plugin.plugin.as_str(),
            taken_in,
            given_out,
        });
        let beside = self.shadows.of(kind, call);
        let keeps = broke && self.failed.keeps();
        if beside.is_none() && !keeps {
            return result;
        }
        let Ok(input) = serde_json::to_value(input) else { return result };
        let answer = result.as_ref().map_err(PluginError::clone);
        let answer = answer.map(|output| serde_json::to_value(output).unwrap_or(Value::Null));
        let us = u64::try_from(figures.time.as_micros()).unwrap_or(u64::MAX);
        if let (true, Err(error)) = (keeps, &result) {
            let loaded =
                self.host.loaded_version(&call.plugin.plugin, call.plugin.version.as_deref());
            let version =
                loaded.map(|one| (one.manifest.version, format!("sha256:{}", one.digest)));
            self.failed.keep(Failure {
                call,
                kind,
                verb,
                version: version.unwrap_or_default(),
                input: input.clone(),
                asked: tape.taken(),
                cut: tape.cut(),
                error: error.clone(),
            });
        }
        if let Some(beside) = beside {
            beside.see(Seen {
                verb,
                input,
                answer,
                asked: tape.taken(),
                us,
                trace: call.trace.to_owned(),
            });
        }
        result
    }
}

/// Bytes of a value as JSON, without writing it.
fn size(value: &impl Serialize) -> u64 {
    struct Count(u64);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len() as u64;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    let _ = serde_json::to_writer(&mut count, value);
    count.0
}

#[async_trait]
impl ChannelPlugins for Watched {
    async fn receive(&self, call: Call<'_>, raw: &Raw) -> Result<Receipt, PluginError> {
        self.watch(Kind::Channel, "receive", call, raw, self.host.receive(call, raw)).await
    }

    async fn send(
        &self,
        call: Call<'_>,
        message: &Outgoing,
        so_far: &[Response],
    ) -> Result<Step, PluginError> {
        let input = Sending { message, so_far };
        self.watch(Kind::Channel, "send", call, &input, self.host.send(call, message, so_far)).await
    }

    async fn fetch(
        &self,
        call: Call<'_>,
        reference: &str,
        so_far: &[Response],
    ) -> Result<FetchStep, PluginError> {
        let input = Fetching { reference, so_far };
        let asked = self.host.fetch(call, reference, so_far);
        self.watch(Kind::Channel, "fetch", call, &input, asked).await
    }
}

#[async_trait]
impl BotPlugins for Watched {
    async fn turn(&self, call: Call<'_>, turn: &Turn) -> Result<TurnResult, PluginError> {
        self.watch(Kind::Bot, "turn", call, turn, self.host.turn(call, turn)).await
    }
}

#[async_trait]
impl TaggerPlugins for Watched {
    async fn tag(
        &self,
        call: Call<'_>,
        conversation: &ConversationView,
    ) -> Result<Vec<Suggestion>, PluginError> {
        self.watch(Kind::Tagger, "tag", call, conversation, self.host.tag(call, conversation)).await
    }
}

#[async_trait]
impl SlaPlugins for Watched {
    async fn targets(&self, call: Call<'_>, facts: &Facts) -> Result<Vec<TargetSpec>, PluginError> {
        self.watch(Kind::Sla, "targets", call, facts, self.host.targets(call, facts)).await
    }
}

#[async_trait]
impl ReportPlugins for Watched {
    async fn build(
        &self,
        call: Call<'_>,
        period: &Period,
        facts: Arc<dyn FactSource>,
    ) -> Result<Document, PluginError> {
        self.watch(Kind::Report, "build", call, period, self.host.build(call, period, facts)).await
    }
}
