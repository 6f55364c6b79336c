//! Key paths as people read them: `layers[1].title.fi`.

/// Joins a key to a path; keys that are not bare words are quoted.
#[must_use]
pub fn join(path: &str, key: &str) -> String {
    let bare =
        !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let key = if bare { key.to_owned() } else { format!("{key:?}") };
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

/// The path of an item of a list.
#[must_use]
pub fn item(path: &str, index: usize) -> String {
    format!("{path}[{index}]")
}

/// Without its last key or index; empty at the top.
#[must_use]
pub fn parent(path: &str) -> &str {
    let mut quoted = false;
    let mut cut = 0;
    for (at, c) in path.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '.' | '[' if !quoted => cut = at,
            _ => {}
        }
    }
    &path[..cut]
}

/// From a JSON pointer, `/layers/1/title`, read against the value it points into.
#[must_use]
pub fn from_pointer(pointer: &str, root: &serde_json::Value) -> String {
    below("", pointer, root)
}

/// As [`from_pointer`], for a value that itself stands at a path.
#[must_use]
pub fn below(at: &str, pointer: &str, root: &serde_json::Value) -> String {
    let mut path = at.to_owned();
    let mut here = Some(root);
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        here = match here {
            Some(serde_json::Value::Array(items)) => {
                let index = part.parse().unwrap_or(0);
                path = item(&path, index);
                items.get(index)
            }
            other => {
                path = join(&path, &part);
                other.and_then(|value| value.get(&part))
            }
        };
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_like_the_file() {
        let root = serde_json::json!({"layers": [{"a.b": {"1": 2}}]});
        assert_eq!(from_pointer("/layers/0/a.b/1", &root), "layers[0].\"a.b\".1");
        assert_eq!(parent("layers[0].\"a.b\""), "layers[0]");
        assert_eq!(parent("layers[0]"), "layers");
        assert_eq!(parent("layers"), "");
    }
}
