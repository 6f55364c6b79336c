//! Counters that begin at 0: `increase()` and `rate()` see growth only from a first sample, so an event that
//! makes its series would itself be missed, and with it the alert that waits for it.

use kerros_app::ports::store::JobKind;
use kerros_app::tenant::{PluginUse, Tenant};
use kerros_domain::conversation::Solved;
use kerros_domain::sla::{Metric, Owner};
use kerros_observe::metrics::Metrics;
use kerros_observe::name::Name;

use super::meter::{metric_word, owner_word, solved_word};

const OWNERS: [Owner; 2] = [Owner::Vendor, Owner::Client];
const METRICS: [Metric; 3] = [Metric::FirstResponse, Metric::NextResponse, Metric::Resolution];
const TARGETS: [&str; 3] = ["met", "warned", "breached"];
const SOLVED: [Solved; 3] = [Solved::Confirmed, Solved::Assumed, Solved::ByPerson];
const JOBS: [&str; 4] = ["done", "retry", "dead", "conflict"];
const COMMITS: [&str; 5] = ["ok", "conflict", "duplicate", "refused", "unavailable"];
const RELOADS: [&str; 2] = ["taken", "refused"];
const PLUGINS: [&str; 7] =
    ["unsigned", "stranger", "forged", "facts", "tampered", "faulty", "missing"];
const DELIVERIES: [&str; 4] = ["sent", "retry", "rejected", "dead"];
const INBOUND: [&str; 7] =
    ["accepted", "duplicate", "unauthorized", "malformed", "oversized", "limited", "unavailable"];
const CALLS: [&str; 7] =
    ["ok", "invalid", "temporary", "permanent", "fault", "timeout", "unavailable"];

/// What belongs to no tenant.
pub fn node(metrics: &Metrics) {
    let born = |name, labels: &[&str]| metrics.add(name, labels, 0.0);
    RELOADS.iter().for_each(|outcome| born(Name::ConfigReloads, &[outcome]));
    PLUGINS.iter().for_each(|reason| born(Name::PluginsRefused, &[reason]));
    COMMITS.iter().for_each(|outcome| born(Name::DatabaseCommits, &[outcome]));
    for kind in JobKind::ALL {
        JOBS.iter().for_each(|outcome| born(Name::Jobs, &[kind.as_str(), outcome]));
    }
}

/// What a tenant can bring, as it is configured now.
pub fn tenant(metrics: &Metrics, tenant: &Tenant) {
    let id = metrics.tenant(tenant.policy.id.as_str());
    let born = |name, labels: &[&str]| metrics.add(name, labels, 0.0);
    for owner in OWNERS {
        for metric in METRICS {
            let promise = [owner_word(owner), metric_word(metric)];
            TARGETS.iter().for_each(|end| {
                born(Name::SlaTargets, &[id, promise[0], promise[1], end]);
            });
        }
    }
    let layers: Vec<&str> = tenant.policy.layers.iter().map(|layer| layer.id.as_str()).collect();
    for (place, layer) in layers.iter().enumerate() {
        born(Name::LayerEntered, &[id, layer]);
        born(Name::ConversationsReopened, &[id, layer]);
        for channel in tenant.channels.keys() {
            born(Name::ConversationsOpened, &[id, layer, channel.as_str()]);
            for solved in SOLVED {
                let labels = [id, *layer, channel.as_str(), solved_word(solved)];
                born(Name::ConversationsResolved, &labels);
            }
        }
        for later in &layers[place + 1..] {
            born(Name::Escalations, &[id, layer, later]);
        }
        if place > 0 {
            ["true", "false"].iter().for_each(|missing| {
                born(Name::HandBacks, &[id, layer, missing]);
            });
        }
    }
    for channel in tenant.channels.keys() {
        born(Name::Demand, &[id, channel.as_str()]);
        INBOUND.iter().for_each(|end| born(Name::Inbound, &[id, channel.as_str(), end]));
        DELIVERIES.iter().for_each(|end| born(Name::Deliveries, &[id, channel.as_str(), end]));
    }
    for (kind, calls, one) in uses(tenant) {
        let plugin = one.plugin.as_str();
        for name in [Name::PluginCpu, Name::PluginTraps, Name::PluginTimeouts] {
            born(name, &[id, plugin, kind]);
        }
        for call in calls {
            CALLS.iter().for_each(|end| born(Name::PluginCalls, &[id, plugin, kind, call, end]));
        }
    }
}

/// Every use of a plugin with its kind and the calls of that kind.
fn uses(
    tenant: &Tenant,
) -> impl Iterator<Item = (&'static str, &'static [&'static str], &PluginUse)> {
    let channels = tenant.channels.values().map(|one| ("channel", &["receive", "send"][..], one));
    let bots = tenant.bots.values().map(|one| ("bot", &["turn"][..], one));
    let taggers = tenant.taggers.iter().map(|one| ("tagger", &["suggest"][..], one));
    let slas = tenant.sla.iter().map(|one| ("sla", &["targets"][..], one));
    let reports = tenant.reports.values().map(|one| ("report", &["build"][..], one));
    channels.chain(bots).chain(taggers).chain(slas).chain(reports)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words of a label are those that its metric's help names.
    #[test]
    fn every_word_is_a_documented_one() {
        let lists: [(Name, &[&str]); 8] = [
            (Name::SlaTargets, &TARGETS),
            (Name::Jobs, &JOBS),
            (Name::DatabaseCommits, &COMMITS),
            (Name::ConfigReloads, &RELOADS),
            (Name::PluginsRefused, &PLUGINS),
            (Name::Deliveries, &DELIVERIES),
            (Name::Inbound, &INBOUND),
            (Name::PluginCalls, &CALLS),
        ];
        for (name, words) in lists {
            for word in words {
                assert!(name.help().contains(word), "{}: {word}", name.as_str());
            }
        }
    }

    #[test]
    fn a_first_event_is_an_increase() {
        let metrics = Metrics::new(&[], 10).unwrap();
        node(&metrics);
        let text = metrics.render();
        for line in [
            r#"kerros_config_reloads_total{outcome="refused"} 0"#,
            r#"kerros_jobs_total{kind="deliver",outcome="dead"} 0"#,
            r#"kerros_database_commits_total{outcome="unavailable"} 0"#,
        ] {
            assert!(text.contains(line), "{line} is missing in\n{text}");
        }
    }
}
