//! What the use cases measure, as Prometheus knows it.

use std::sync::{Arc, OnceLock};

use kerros_app::ports::meter::{Measure, Meter};
use kerros_domain::conversation::Solved;
use kerros_domain::sla::{Metric, Owner};
use kerros_observe::metrics::Metrics;
use kerros_observe::name::Name;

/// Counts into the registry. What comes before there is one (the registry's buckets are asked of the plugins) is
/// not counted.
#[derive(Debug, Default)]
pub struct Counting(OnceLock<Arc<Metrics>>);

impl Counting {
    /// Begins to count.
    pub fn begin(&self, metrics: Arc<Metrics>) {
        // A second beginning would change nothing.
        let _ = self.0.set(metrics);
    }
}

impl Meter for Counting {
    fn record(&self, measure: Measure<'_>) {
        if let Some(metrics) = self.0.get() {
            count(metrics, &measure);
        }
    }
}

fn count(metrics: &Metrics, measure: &Measure<'_>) {
    let add = |name, labels: &[&str]| metrics.add(name, labels, 1.0);
    match *measure {
        Measure::Opened { tenant, layer, channel } => {
            let tenant = metrics.tenant(tenant.as_str());
            add(Name::ConversationsOpened, &[tenant, layer.as_str(), channel.as_str()]);
        }
        Measure::Demand { tenant, channel } => {
            add(Name::Demand, &[metrics.tenant(tenant.as_str()), channel.as_str()]);
        }
        Measure::Resolved { tenant, layer, channel, solved } => {
            let tenant = metrics.tenant(tenant.as_str());
            let labels = [tenant, layer.as_str(), channel.as_str(), solved_word(solved)];
            add(Name::ConversationsResolved, &labels);
        }
        Measure::Reopened { tenant, layer } => {
            add(Name::ConversationsReopened, &[metrics.tenant(tenant.as_str()), layer.as_str()]);
        }
        Measure::Entered { tenant, layer } => {
            add(Name::LayerEntered, &[metrics.tenant(tenant.as_str()), layer.as_str()]);
        }
        Measure::Escalated { tenant, from, to } => {
            add(Name::Escalations, &[metrics.tenant(tenant.as_str()), from.as_str(), to.as_str()]);
        }
        Measure::HandedBack { tenant, from, missing_facts } => {
            let missing = if missing_facts { "true" } else { "false" };
            add(Name::HandBacks, &[metrics.tenant(tenant.as_str()), from.as_str(), missing]);
        }
        Measure::Response { tenant, layer, channel, metric, seconds } => {
            let name = match metric {
                Metric::FirstResponse => Name::FirstResponse,
                Metric::NextResponse => Name::NextResponse,
                Metric::Resolution => Name::Resolution,
            };
            let tenant = metrics.tenant(tenant.as_str());
            metrics.observe(name, &[tenant, layer.as_str(), channel.as_str()], seconds);
        }
        Measure::Target { tenant, owner, metric, outcome } => {
            let tenant = metrics.tenant(tenant.as_str());
            add(Name::SlaTargets, &[tenant, owner_word(owner), metric_word(metric), outcome]);
        }
        Measure::Inbound { tenant, channel, outcome } => {
            add(Name::Inbound, &[metrics.tenant(tenant.as_str()), channel.as_str(), outcome]);
        }
        Measure::PluginCall { tenant, plugin, kind, call, outcome, seconds, cpu } => {
            let tenant = metrics.tenant(tenant.as_str());
            add(Name::PluginCalls, &[tenant, plugin, kind, call, outcome]);
            metrics.observe(Name::PluginSeconds, &[plugin, kind, call], seconds);
            match outcome {
                "fault" => add(Name::PluginTraps, &[tenant, plugin, kind]),
                "timeout" => add(Name::PluginTimeouts, &[tenant, plugin, kind]),
                _ => {}
            }
            metrics.add(Name::PluginCpu, &[tenant, plugin, kind], cpu);
        }
        Measure::PluginBytes { tenant, plugin, taken_in, given_out } => {
            let tenant = metrics.tenant(tenant.as_str());
            #[expect(clippy::cast_precision_loss, reason = "metrics are doubles")]
            for (direction, bytes) in [("in", taken_in as f64), ("out", given_out as f64)] {
                metrics.add(Name::PluginBytes, &[tenant, plugin, direction], bytes);
            }
        }
        Measure::Breaker { tenant, plugin, kind, state } => {
            let tenant = metrics.tenant(tenant.as_str());
            metrics.set(Name::BreakerState, &[tenant, plugin, kind], f64::from(state));
        }
        Measure::Job { kind, outcome, seconds } => {
            add(Name::Jobs, &[kind, outcome]);
            metrics.observe(Name::JobSeconds, &[kind], seconds);
        }
        Measure::Delivery { tenant, channel, outcome } => {
            add(Name::Deliveries, &[metrics.tenant(tenant.as_str()), channel.as_str(), outcome]);
        }
        Measure::MailFetched { tenant, mailbox, outcome, mails } => {
            #[expect(clippy::cast_precision_loss, reason = "a group has dozens of mails")]
            let mails = mails as f64;
            let tenant = metrics.tenant(tenant.as_str());
            metrics.add(Name::MailFetched, &[tenant, mailbox, outcome], mails);
        }
        Measure::MailSubmitted { tenant, channel, outcome, seconds } => {
            let tenant = metrics.tenant(tenant.as_str());
            add(Name::MailSubmitted, &[tenant, channel.as_str(), outcome]);
            metrics.observe(Name::MailSubmitSeconds, &[], seconds);
        }
        Measure::SchedulerLag { seconds } => metrics.observe(Name::SchedulerLag, &[], seconds),
        Measure::IntakeLag { tenant, seconds } => {
            metrics.observe(Name::IntakeSeconds, &[metrics.tenant(tenant.as_str())], seconds);
        }
    }
}

/// The label of who promised.
pub const fn owner_word(owner: Owner) -> &'static str {
    match owner {
        Owner::Vendor => "vendor",
        Owner::Client => "client",
    }
}

/// The label of how something was solved.
pub const fn solved_word(solved: Solved) -> &'static str {
    match solved {
        Solved::Confirmed => "confirmed",
        Solved::Assumed => "assumed",
        Solved::ByPerson => "by_person",
    }
}

/// The label of a metric that is promised.
pub const fn metric_word(metric: Metric) -> &'static str {
    match metric {
        Metric::FirstResponse => "first_response",
        Metric::NextResponse => "next_response",
        Metric::Resolution => "resolution",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kerros_domain::id::{ChannelId, LayerId, TenantId};

    #[test]
    fn every_measure_lands_in_its_family() {
        let metrics = Arc::new(Metrics::new(&[90.0], 10).unwrap());
        let counting = Counting::default();
        let (tenant, layer, channel) =
            (TenantId::from("aurinko"), LayerId::from("first-line"), ChannelId::from("chat"));
        let (tenant, layer, channel) = (&tenant, &layer, &channel);
        counting.record(Measure::Demand { tenant, channel });
        counting.begin(Arc::clone(&metrics));
        let all = [
            Measure::Opened { tenant, layer, channel },
            Measure::Demand { tenant, channel },
            Measure::Resolved { tenant, layer, channel, solved: Solved::ByPerson },
            Measure::Reopened { tenant, layer },
            Measure::Entered { tenant, layer },
            Measure::Escalated { tenant, from: layer, to: layer },
            Measure::HandedBack { tenant, from: layer, missing_facts: true },
            Measure::Response {
                tenant,
                layer,
                channel,
                metric: Metric::FirstResponse,
                seconds: 90.0,
            },
            Measure::Target {
                tenant,
                owner: Owner::Client,
                metric: Metric::Resolution,
                outcome: "breached",
            },
            Measure::Inbound { tenant, channel, outcome: "accepted" },
            Measure::PluginCall {
                tenant,
                plugin: "tagger/x",
                kind: "tagger",
                call: "tag",
                outcome: "fault",
                seconds: 0.5,
                cpu: 0.25,
            },
            Measure::PluginBytes { tenant, plugin: "tagger/x", taken_in: 512, given_out: 40 },
            Measure::Breaker { tenant, plugin: "tagger/x", kind: "tagger", state: 2 },
            Measure::Job { kind: "intake", outcome: "done", seconds: 0.01 },
            Measure::Delivery { tenant, channel, outcome: "sent" },
            Measure::SchedulerLag { seconds: 0.2 },
            Measure::IntakeLag { tenant, seconds: 0.02 },
        ];
        all.into_iter().for_each(|measure| counting.record(measure));
        let text = metrics.render();
        for line in [
            r#"kerros_demand_total{channel="chat",tenant="aurinko"} 1"#,
            r#"kerros_first_response_seconds_bucket{channel="chat",layer="first-line",tenant="aurinko",le="90"} 1"#,
            r#"kerros_sla_targets_total{metric="resolution",outcome="breached",owner="client",tenant="aurinko"} 1"#,
            r#"kerros_plugin_traps_total{kind="tagger",plugin="tagger/x",tenant="aurinko"} 1"#,
            r#"kerros_plugin_cpu_seconds_total{kind="tagger",plugin="tagger/x",tenant="aurinko"} 0.25"#,
            r#"kerros_plugin_bytes_total{direction="in",plugin="tagger/x",tenant="aurinko"} 512"#,
            r#"kerros_plugin_bytes_total{direction="out",plugin="tagger/x",tenant="aurinko"} 40"#,
            r#"kerros_plugin_breaker_state{kind="tagger",plugin="tagger/x",tenant="aurinko"} 2"#,
            r#"kerros_hand_backs_total{from="first-line",missing_facts="true",tenant="aurinko"} 1"#,
        ] {
            assert!(text.contains(line), "{line} is missing in\n{text}");
        }
    }
}
