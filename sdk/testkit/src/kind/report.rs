//! Reports: `build`, given a period.

use std::sync::Arc;

use kerros_app::ports::plugin::{Call, PluginError};
use kerros_app::ports::report::ReportPlugins;
use kerros_host::Host;
use serde_json::{Value, json};

use super::{Probe, no_such, read, shown};
use crate::ports::Shared;
use crate::sample::lay;

pub(super) async fn call(
    host: &Host,
    call: Call<'_>,
    verb: &str,
    input: &Value,
    facts: &Shared,
) -> Result<Result<Value, PluginError>, String> {
    match verb {
        "build" => {
            let period = read(lay(&sample(), input))?;
            shown(host.build(call, &period, Arc::new(facts.clone())).await)
        }
        _ => Err(no_such(verb, &["build"])),
    }
}

pub(super) fn sample() -> Value {
    json!({
        "month": "2026-11",
        "from_ms": 1_793_484_000_000_i64,
        "to_ms": 1_796_076_000_000_i64,
        "time_zone": "Europe/Helsinki",
        "language": "en",
        "tenant_title": "Aurinko",
    })
}

/// No facts are given here: a report must say so with an error, or do without.
pub(super) fn probes() -> Vec<Probe> {
    let mut probes = vec![
        Probe::new("build", "an empty period", json!({ "from_ms": 0, "to_ms": 0 })),
        Probe::new(
            "build",
            "a period that ends before it begins",
            json!({ "from_ms": 9, "to_ms": 1 }),
        ),
        Probe::new("build", "a month that is none", json!({ "month": "soon" })),
        Probe::new(
            "build",
            "an unknown language and zone",
            json!({ "language": "tlh", "time_zone": "Mars" }),
        ),
        Probe::new("build", "a title with markup", json!({ "tenant_title": "<b>A & B</b>" })),
        Probe::new("build", "no title", json!({ "tenant_title": "" })),
    ];
    for language in ["fi", "sv", "en"] {
        let name = format!("without facts ({language})");
        probes.push(Probe::new("build", &name, json!({ "language": language })));
    }
    probes
}
