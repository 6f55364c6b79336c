//! Inputs written short: an author names what matters, the kind's sample fills in the rest.

use serde_json::{Map, Value};

/// Lays `over` on `base`: objects key by key; the elements of a list each on the base's first element, which serves
/// as their pattern.
pub(crate) fn lay(base: &Value, over: &Value) -> Value {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            let mut laid: Map<String, Value> = base.clone();
            for (key, value) in over {
                let value = match base.get(key) {
                    Some(below) => lay(below, value),
                    None => value.clone(),
                };
                laid.insert(key.clone(), value);
            }
            Value::Object(laid)
        }
        (Value::Array(base), Value::Array(over)) => {
            let pattern = base.first().unwrap_or(&Value::Null);
            Value::Array(over.iter().map(|element| lay(pattern, element)).collect())
        }
        (base, Value::Null) if base.is_object() || base.is_array() => base.clone(),
        (_, over) => over.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::lay;

    #[test]
    fn fills_in_what_is_left_out() {
        let base = json!({ "id": "1", "list": [{ "by": "contact", "text": "" }], "none": null });
        for (over, laid) in [
            (json!(null), base.clone()),
            (json!({}), base.clone()),
            (
                json!({ "id": "2", "list": [{ "text": "a" }, { "text": "b", "by": "bot" }] }),
                json!({ "id": "2", "none": null, "list": [
                    { "by": "contact", "text": "a" }, { "by": "bot", "text": "b" }] }),
            ),
            (json!({ "list": [] }), json!({ "id": "1", "list": [], "none": null })),
            (
                json!({ "none": "x" }),
                json!({ "id": "1", "none": "x",
                "list": [{ "by": "contact", "text": "" }] }),
            ),
        ] {
            assert_eq!(lay(&base, &over), laid);
        }
    }
}
