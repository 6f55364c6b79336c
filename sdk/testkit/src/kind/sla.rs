//! SLA plugins: `targets`, given facts.

use kerros_app::ports::plugin::{Call, PluginError};
use kerros_app::ports::sla::SlaPlugins;
use kerros_host::Host;
use serde_json::{Value, json};

use super::{Probe, no_such, read, shown};
use crate::sample::lay;

pub(super) async fn call(
    host: &Host,
    call: Call<'_>,
    verb: &str,
    input: &Value,
) -> Result<Result<Value, PluginError>, String> {
    match verb {
        "targets" => shown(host.targets(call, &read(lay(&sample(), input))?).await),
        _ => Err(no_such(verb, &["targets"])),
    }
}

pub(super) fn sample() -> Value {
    json!({
        "channel": "chat",
        "priority": "normal",
        "segment": null,
        "language": "en",
        "layer": "first-line",
        "layer_kind": "personal",
        "layers": layers(),
        "tags": [],
    })
}

fn layers() -> Value {
    json!([
        { "id": "self-service", "kind": "self_service", "owner": "vendor", "calendar": null },
        { "id": "first-line", "kind": "personal", "owner": "vendor", "calendar": "first-line" },
        { "id": "experts", "kind": "expert", "owner": "client", "calendar": "experts" },
    ])
}

pub(super) fn probes() -> Vec<Probe> {
    let mut probes = vec![
        Probe::new("targets", "no layers", json!({ "layers": [] })),
        Probe::new("targets", "a layer that is not in the list", json!({ "layer": "lost" })),
        Probe::new(
            "targets",
            "empty names",
            json!({ "channel": "", "language": "", "segment": "" }),
        ),
        Probe::new("targets", "an unknown priority", json!({ "priority": "whenever" })),
        Probe::new("targets", "a thousand tags", json!({ "tags": vec!["tag"; 1000] })),
        Probe::new(
            "targets",
            "non-latin names",
            json!({ "channel": "чат", "segment": "客户", "tags": ["🧾"] }),
        ),
    ];
    for priority in ["low", "normal", "high", "urgent"] {
        for (layer, kind) in
            [("self-service", "self_service"), ("first-line", "personal"), ("experts", "expert")]
        {
            let input = json!({ "priority": priority, "layer": layer, "layer_kind": kind });
            probes.push(Probe::new("targets", &format!("{priority}, {layer}"), input));
        }
    }
    probes
}
