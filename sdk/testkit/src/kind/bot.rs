//! Bots: `turn`, given a turn.

use kerros_app::ports::bot::BotPlugins;
use kerros_app::ports::plugin::{Call, PluginError};
use kerros_host::Host;
use serde_json::{Value, json};

use super::{Probe, conversation, no_such, read, shown};
use crate::conformance::awkward_texts;
use crate::sample::lay;

pub(super) async fn call(
    host: &Host,
    call: Call<'_>,
    verb: &str,
    input: &Value,
) -> Result<Result<Value, PluginError>, String> {
    match verb {
        "turn" => shown(host.turn(call, &read(lay(&sample(), input))?).await),
        _ => Err(no_such(verb, &["turn"])),
    }
}

pub(super) fn sample() -> Value {
    json!({
        "trigger": { "trigger": "message" },
        "conversation": conversation(),
        "state": null,
        "now_ms": 1_792_000_000_000_i64,
        "layers": [{ "layer": "first-line", "open": true, "opens_at_ms": null }],
    })
}

pub(super) fn probes() -> Vec<Probe> {
    let started = json!({ "trigger": "started" });
    let mut probes = vec![
        Probe::new("turn", "a plain message", json!({})),
        Probe::new("turn", "no messages", json!({ "conversation": { "messages": [] } })),
        Probe::new("turn", "no layers", json!({ "layers": [] })),
        Probe::new("turn", "an unknown language", json!({ "conversation": { "language": "tlh" } })),
        Probe::new(
            "turn",
            "a long talk",
            json!({ "conversation": { "messages": vec![json!({}); 20] } }),
        ),
    ];
    for language in ["fi", "sv", "en"] {
        let input =
            json!({ "trigger": started, "conversation": { "messages": [], "language": language } });
        probes.push(Probe::new("turn", &format!("started ({language})"), input));
    }
    for state in ["", "not JSON", "null", "{}", "[1,2]", "7", r#"{"step":"gone","n":-1}"#] {
        let input = json!({ "state": state });
        probes.push(Probe::new("turn", &format!("a foreign state {state:?}"), input));
    }
    for (name, text) in awkward_texts() {
        let input = json!({ "conversation": { "messages": [{ "text": text }] } });
        probes.push(Probe::new("turn", name, input));
    }
    probes
}
