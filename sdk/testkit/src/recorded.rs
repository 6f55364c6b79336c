//! Calls that failed in production and were kept (`keep_failed_calls`): made again, with the host's answers as they were,
//! until they do not fail any more.

use std::path::Path;

use kerros_app::ports::plugin::PluginError;
use kerros_host::{HostCall, Kind, Script, Tape};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::matching::difference;
use crate::ports::Outside;
use crate::report::Case;
use crate::rig::Rig;

/// The form of file that is read.
const FORMAT: u32 = 1;

/// A kept call, as far as it is needed here; what an author adds is `config` and `expect`.
#[derive(Deserialize)]
struct Recorded {
    format: u32,
    kind: Kind,
    call: String,
    input: Value,
    #[serde(default)]
    transcript: Vec<HostCall>,
    #[serde(default)]
    config: Option<Value>,
    #[serde(default)]
    expect: Option<Value>,
}

/// Makes every call in `folder/recorded` again.
pub(crate) async fn replay(rig: &Rig, folder: &Path, cases: &mut Vec<Case>) {
    let Ok(entries) = std::fs::read_dir(folder.join("recorded")) else { return };
    let mut files: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    files.sort();
    for path in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let read = std::fs::read_to_string(&path).map_err(|e| e.to_string());
        let fault = match read.and_then(|text| parse(rig, &text)) {
            Ok(recorded) => again(rig, recorded).await,
            Err(reason) => Some(reason),
        };
        cases.push(Case { suite: "recorded".to_owned(), name, fault, figures: None });
    }
}

fn parse(rig: &Rig, text: &str) -> Result<Recorded, String> {
    let recorded: Recorded =
        serde_json::from_str(text).map_err(|e| format!("not a kept call: {e}"))?;
    let own = rig.loaded.manifest.kind;
    if recorded.format != FORMAT {
        return Err(format!("format {}; this version reads {FORMAT}", recorded.format));
    }
    if recorded.kind != own {
        return Err(format!("a call of a {}; this is a {own}", recorded.kind));
    }
    Ok(recorded)
}

/// What is wrong, if anything.
async fn again(rig: &Rig, recorded: Recorded) -> Option<String> {
    let Recorded { call, input, transcript, config, expect, .. } = recorded;
    // The host's port and the contract have two names for it.
    let call = if call == "tag" { "suggest" } else { call.as_str() };
    let example = rig.loaded.manifest.example.clone();
    let config = config.or(example).unwrap_or_else(|| json!({})).to_string();
    let mut answers = Vec::new();
    for _ in 0..2 {
        let tape = Tape::playing(Script::Whole(transcript.clone()));
        match tape.run(rig.plainly(call, &config, &input, &Outside::default())).await {
            Ok(answer) => answers.push(answer),
            Err(reason) => return Some(reason),
        }
    }
    match &answers[0] {
        Err(
            error @ (PluginError::Fault { .. }
            | PluginError::Timeout
            | PluginError::Unavailable { .. }),
        ) => Some(format!("it still breaks: {error}")),
        first if *first != answers[1] => {
            Some("the same call gave another answer the second time".to_owned())
        }
        Ok(answer) => expect.and_then(|expected| difference(&expected, answer)),
        Err(error) => expect.map(|_| format!("expected an answer, found an error: {error}")),
    }
}
