//! Settings from the environment.

use serde_json::Value;

use crate::document::Document;
use crate::fault::Place;

/// What variables of settings begin with.
pub const PREFIX: &str = "KERROS_";

/// The settings among these variables. `KERROS_SERVER__LISTEN` is `server.listen`. A name without `__`
/// counts only if it is a key of the top: platforms put names of their own beside ours (Kubernetes sets
/// `KERROS_PORT` for a service called kerros).
pub(super) fn read(variables: &[(String, String)], top: &[String]) -> Document {
    let mut values = Vec::new();
    for (name, text) in variables {
        let Some(rest) = name.strip_prefix(PREFIX) else { continue };
        let path = rest.to_ascii_lowercase().replace("__", ".");
        if path.contains('.') || top.contains(&path) {
            values.push((path, value(text), Place::Variable { name: name.clone() }));
        }
    }
    values.sort_by(|a, b| a.0.cmp(&b.0));
    Document::given(values)
}

/// A number, a truth, a list or table as TOML writes them; anything else is text.
fn value(text: &str) -> Value {
    let line = format!("v = {text}");
    let (document, faults) = Document::parse(std::path::Path::new(""), &line);
    match document.value.get("v") {
        Some(value) if faults.is_empty() && !text.contains('\n') => value.clone(),
        _ => Value::String(text.to_owned()),
    }
}
