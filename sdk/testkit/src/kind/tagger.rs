//! Taggers: `suggest`, given a conversation.

use kerros_app::ports::plugin::{Call, PluginError};
use kerros_app::ports::tagger::TaggerPlugins;
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
        "suggest" => shown(host.tag(call, &read(lay(&conversation(), input))?).await),
        _ => Err(no_such(verb, &["suggest"])),
    }
}

pub(super) fn probes() -> Vec<Probe> {
    let mut probes = vec![
        Probe::new("suggest", "a plain message", json!({})),
        Probe::new("suggest", "no messages", json!({ "messages": [] })),
        Probe::new("suggest", "an unknown language", json!({ "language": "tlh" })),
        Probe::new("suggest", "a long talk", json!({ "messages": vec![json!({}); 20] })),
    ];
    for (name, text) in awkward_texts() {
        for language in ["fi", "sv", "en"] {
            let input = json!({ "language": language, "messages": [{ "text": text }] });
            probes.push(Probe::new("suggest", &format!("{name} ({language})"), input));
        }
    }
    probes
}
