//! An author's example: what goes in, what must come out.

use std::collections::BTreeMap;
use std::path::Path;

use kerros_app::ports::outbound::Response;
use kerros_app::ports::search::Hit;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One example. A file in `vectors/` holds one, or a list of them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    /// What it shows.
    pub name: String,
    /// The call: `receive`, `send`, `fetch`; `turn`; `suggest`; `targets`; `build`.
    pub call: String,
    /// The use's config; the manifest's example if left out.
    #[serde(default)]
    pub config: Option<Value>,
    /// The input, as far as it differs from the kind's sample. In a raw thing, `{secret-mac:NAME}` in a header
    /// becomes the lower-case hex HMAC-SHA256 of the body, and a body that is no text is sent as JSON.
    #[serde(default)]
    pub input: Value,
    /// Secrets by name.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    /// Every check of a secret fits: an input found by chance behind a signature, again.
    #[serde(default)]
    pub signed: bool,
    /// What the outside answers to a bot.
    #[serde(default)]
    pub http: Vec<Exchange>,
    /// What the help center finds for a bot.
    #[serde(default)]
    pub search: Vec<Hit>,
    /// What a bot's own store holds.
    #[serde(default)]
    pub kv: BTreeMap<String, String>,
    /// Facts by name for a report.
    #[serde(default)]
    pub facts: BTreeMap<String, Value>,
    /// The answer. Keys left out of an object are not compared; a list must be as long as it is here.
    #[serde(default)]
    pub expect: Option<Value>,
    /// The error: its name (`invalid`, `temporary`, `permanent`), or an object whose `message` must be found in the
    /// error's message.
    #[serde(default)]
    pub expect_error: Option<Value>,
}

/// A request that a bot makes, and its answer. Used up in order.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// The url asked for, exactly.
    pub url: String,
    /// The method, if it matters.
    #[serde(default)]
    pub method: Option<String>,
    /// The answer.
    pub response: Response,
}

/// All vectors of a plugin's folder by file name, in order. A faulty file is `Err` with the reason.
pub(crate) fn read(folder: &Path) -> Vec<(String, Result<Vec<Vector>, String>)> {
    let Ok(entries) = std::fs::read_dir(folder.join("vectors")) else { return Vec::new() };
    let mut files: Vec<_> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "json"))
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let vectors = std::fs::read_to_string(&path)
                .map_err(|e| e.to_string())
                .and_then(|text| parse(&text));
            (name, vectors)
        })
        .collect()
}

fn parse(text: &str) -> Result<Vec<Vector>, String> {
    let value: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
    let list = match value {
        Value::Array(list) => list,
        one => vec![one],
    };
    let vectors: Vec<Vector> = list
        .into_iter()
        .enumerate()
        .map(|(place, value)| {
            serde_json::from_value(value).map_err(|e| format!("vector {}: {e}", place + 1))
        })
        .collect::<Result<_, _>>()?;
    match vectors.iter().find(|v| v.expect.is_some() == v.expect_error.is_some()) {
        Some(vector) => Err(format!("{:?} must have either expect or expect_error", vector.name)),
        None if vectors.is_empty() => Err("holds no vectors".to_owned()),
        None => Ok(vectors),
    }
}
