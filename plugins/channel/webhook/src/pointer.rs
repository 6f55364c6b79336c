//! Values by JSON pointer (RFC 6901).

use serde_json::{Map, Value};

/// A text, or a number as text, at a pointer; empty counts as absent.
pub fn text(value: &Value, pointer: &str) -> Option<String> {
    match value.pointer(pointer)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Puts a value at a pointer, making the objects on the way. What is no object on the way is replaced; `""` is the
/// whole.
pub fn put(root: &mut Value, pointer: &str, value: Value) {
    let mut place = root;
    for key in pointer.split('/').skip(1) {
        let key = key.replace("~1", "/").replace("~0", "~");
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        place = &mut place[key.as_str()];
    }
    *place = value;
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_put_where_the_pointer_says() {
        let mut body = Value::Null;
        put(&mut body, "/a/b", json!(1));
        put(&mut body, "/a/c~1d", json!(2));
        put(&mut body, "/e", json!("x"));
        assert_eq!(body, json!({ "a": { "b": 1, "c/d": 2 }, "e": "x" }));
        assert_eq!(text(&body, "/a/c~1d").as_deref(), Some("2"));
        assert_eq!(text(&body, "/e").as_deref(), Some("x"));
        assert_eq!(text(&body, "/a"), None);
    }
}
