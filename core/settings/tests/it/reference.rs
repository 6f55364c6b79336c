//! `config/default.toml` is the reference: every key, its default, and a word on it.

use std::path::PathBuf;

use kerros_settings::Settings;
use serde_json::Value;

fn reference() -> (PathBuf, String) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../config/default.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    (path, text)
}

#[test]
fn it_says_every_key_with_the_built_in_default() {
    let (path, text) = reference();
    let (document, faults) = kerros_settings::Document::parse(&path, &text);
    assert_eq!(faults, []);
    let built_in = serde_json::to_value(Settings::default()).unwrap();
    assert_eq!(leaves(&document.value), leaves(&built_in));
}

#[test]
fn every_key_has_a_comment() {
    let (_, text) = reference();
    let lines: Vec<&str> = text.lines().collect();
    for (n, line) in lines.iter().enumerate() {
        let is_key = line.split_once(" = ").is_some_and(|(key, _)| !key.starts_with('#'));
        assert!(!is_key || lines[n - 1].starts_with('#'), "line {}: {line} has no comment", n + 1);
    }
}

#[test]
fn the_schemas_beside_it_are_those_of_this_version() {
    for (name, schema) in kerros_settings::schema::all() {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../config/schema").join(name);
        let written: Value =
            serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(written, schema, "{name} is old: run `kerros check --schema`");
    }
}

/// Key paths and values; amounts as written.
fn leaves(value: &Value) -> std::collections::BTreeMap<String, Value> {
    fn walk(value: &Value, path: &str, out: &mut std::collections::BTreeMap<String, Value>) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    walk(value, &format!("{path}.{key}"), out);
                }
            }
            other => drop(out.insert(path.to_owned(), other.clone())),
        }
    }
    let mut out = std::collections::BTreeMap::new();
    walk(value, "", &mut out);
    out
}
