//! One call by hand, and examples to begin with: what `kerros plugin dev` shows.

use std::path::Path;

use kerros_app::ports::plugin::PluginError;
use kerros_host::{Script, Tape};
use serde::Serialize;
use serde_json::{Value, json};

use crate::kind;
use crate::ports::Outside;
use crate::report::Figures;
use crate::rig::{Budget, Rig};
use crate::run::apart;
use crate::vector::{self, Vector};

/// What a call gave, and took.
#[derive(Debug, Clone, Serialize)]
pub struct Tried {
    /// The answer; none if it ended in an error.
    pub answer: Option<Value>,
    /// The error.
    pub error: Option<PluginError>,
    /// Time, instructions, memory.
    pub figures: Option<Figures>,
    /// Lines the plugin wrote to the log.
    pub log: Vec<String>,
    /// A later call with the same input answered otherwise.
    pub differs: bool,
}

/// Makes one call under production's engine and limits.
///
/// # Errors
/// The plugin does not load, the config is not valid by its schema, or the input is not the call's.
pub fn try_vector(wasm: &[u8], vector: &Vector, budget: &Budget) -> Result<Tried, String> {
    apart(|runtime| {
        let rig = Rig::new(wasm, budget)?;
        let example = rig.loaded.manifest.example.clone();
        let config = vector.config.clone().or(example).unwrap_or_else(|| json!({}));
        let faults = rig.config_faults(&config);
        if !faults.is_empty() {
            return Err(format!("the config is not valid:\n{}", faults.join("\n")));
        }
        let tape = if vector.signed { Tape::playing(Script::Signed) } else { Tape::default() };
        let (config, outside) = (config.to_string(), Outside::of(vector));
        let run = rig.run(&vector.call, &config, &vector.input, &outside);
        let ran = runtime.block_on(tape.run(run))?;
        // The same lines come with each repeat: those of the first are shown.
        let repeats =
            ran.figures.map_or(1, |taken| taken.calls + 1 + usize::from(taken.fuel.is_some()));
        let lines: Vec<String> = tape.lines();
        let first = lines.len().div_ceil(repeats);
        Ok(Tried {
            differs: ran.other_answer.is_some(),
            figures: ran.figures,
            log: lines.into_iter().take(first).collect(),
            error: ran.answer.as_ref().err().cloned(),
            answer: ran.answer.ok(),
        })
    })
}

/// The author's vectors, each named with its file, and a plain sample of each call before them.
#[must_use]
pub fn examples(wasm: &[u8], folder: &Path) -> Vec<Vector> {
    let Ok(seen) = kerros_host::inspect(wasm) else { return Vec::new() };
    let manifest = &seen.manifest;
    let mut calls: Vec<&str> =
        kind::probes(manifest.kind, manifest).iter().map(|probe| probe.call).collect();
    calls.sort_unstable();
    calls.dedup();
    let samples = calls.into_iter().map(|call| Vector {
        name: format!("a plain {call}"),
        call: call.to_owned(),
        input: kind::whole(manifest.kind, call, &json!({})),
        ..Vector::default()
    });
    let own = vector::read(folder).into_iter().flat_map(|(file, vectors)| {
        let named =
            move |vector: Vector| Vector { name: format!("{file}: {}", vector.name), ..vector };
        vectors.unwrap_or_default().into_iter().map(named)
    });
    samples.chain(own).collect()
}
