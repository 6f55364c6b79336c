//! What was expected against what came.

use kerros_app::ports::plugin::PluginError;
use serde_json::Value;

/// The first difference, with its place; `None` if `found` is what `expected` asks for. Keys that an expected object
/// leaves out are not looked at.
pub(crate) fn difference(expected: &Value, found: &Value) -> Option<String> {
    walk(expected, found, "")
}

fn walk(expected: &Value, found: &Value, place: &str) -> Option<String> {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            expected.iter().find_map(|(key, value)| {
                let place = format!("{place}/{key}");
                walk(value, found.get(key).unwrap_or(&Value::Null), &place)
            })
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => expected
            .iter()
            .zip(found)
            .enumerate()
            .find_map(|(n, (expected, found))| walk(expected, found, &format!("{place}/{n}"))),
        (Value::Array(expected), Value::Array(list)) => Some(format!(
            "at {}: expected {} elements, found {}: {found}",
            at(place),
            expected.len(),
            list.len(),
        )),
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => None,
        _ if expected == found => None,
        _ => Some(format!("at {}: expected {expected}, found {found}", at(place))),
    }
}

fn at(place: &str) -> &str {
    if place.is_empty() { "the top" } else { place }
}

/// As [`difference`], for an error: by its name, or by an object whose `message` is a part of the error's.
pub(crate) fn error_difference(expected: &Value, found: &PluginError) -> Option<String> {
    let shown = serde_json::to_value(found).unwrap_or_default();
    let said = shown["message"].as_str().unwrap_or_default();
    match expected {
        Value::String(name) if shown["error"] == name.as_str() => None,
        Value::String(name) => Some(format!("expected the error {name}, found {shown}")),
        Value::Object(object) => {
            let mut rest = object.clone();
            if let Some(Value::String(part)) = rest.remove("message")
                && !said.contains(&part)
            {
                return Some(format!("expected {part:?} in the message, found {said:?}"));
            }
            difference(&Value::Object(rest), &shown)
        }
        other => Some(format!("expect_error must be a name or an object, found {other}")),
    }
}

#[cfg(test)]
mod tests {
    use kerros_app::ports::plugin::PluginError;
    use serde_json::json;

    use super::{difference, error_difference};

    #[test]
    fn finds_the_first_difference() {
        let found = json!({ "a": 1, "list": [{ "b": "x", "c": null }, 2] });
        for (expected, difference_found) in [
            (json!({}), None),
            (json!({ "a": 1.0, "list": [{ "b": "x" }, 2] }), None),
            (json!({ "list": [{ "c": null, "d": null }, 2] }), None),
            (json!({ "a": 2 }), Some("at /a: expected 2, found 1")),
            (
                json!({ "list": [{ "b": "y" }, 2] }),
                Some("at /list/0/b: expected \"y\", found \"x\""),
            ),
            (json!({ "z": 1 }), Some("at /z: expected 1, found null")),
            (
                json!({ "list": [2] }),
                Some("at /list: expected 1 elements, found 2: [{\"b\":\"x\",\"c\":null},2]"),
            ),
            (
                json!([]),
                Some(
                    "at the top: expected [], found {\"a\":1,\"list\":[{\"b\":\"x\",\"c\":null},2]}",
                ),
            ),
        ] {
            assert_eq!(difference(&expected, &found).as_deref(), difference_found);
        }
    }

    #[test]
    fn an_error_is_known_by_name_or_message() {
        let found = PluginError::Invalid { message: "no rules here".to_owned() };
        for (expected, same) in [
            (json!("invalid"), true),
            (json!("permanent"), false),
            (json!({ "error": "invalid", "message": "rules" }), true),
            (json!({ "message": "flows" }), false),
            (json!({ "error": "temporary" }), false),
            (json!(7), false),
        ] {
            assert_eq!(error_difference(&expected, &found).is_none(), same, "{expected}");
        }
    }
}
