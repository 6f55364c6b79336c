//! The schemas of the first-party plugins' configs: what names something says so.

use std::path::{Path, PathBuf};

use serde_json::Value;

fn manifests() -> Vec<kerros_build::Manifest> {
    let plugins = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins");
    let inside = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect()
    };
    let mut all: Vec<PathBuf> = inside(&plugins).iter().flat_map(|kind| inside(kind)).collect();
    all.retain(|folder| folder.join("plugin.toml").is_file());
    all.iter().map(|folder| kerros_build::Manifest::read(folder).unwrap()).collect()
}

/// Every property below `node`, with its name and its schema.
fn properties<'a>(node: &'a Value, found: &mut Vec<(&'a str, &'a Value)>) {
    match node {
        Value::Object(map) => {
            for (key, inner) in map {
                if let ("properties", Value::Object(own)) = (key.as_str(), inner) {
                    found.extend(own.iter().map(|(name, schema)| (name.as_str(), schema)));
                }
                properties(inner, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|inner| properties(inner, found)),
        _ => {}
    }
}

/// A keyword of a schema, or of what it refers to.
fn keyword<'a>(root: &'a Value, node: &'a Value, name: &str) -> Option<&'a Value> {
    let referred = || {
        let place = node.get("$ref")?.as_str()?.strip_prefix('#')?;
        keyword(root, root.pointer(place)?, name)
    };
    node.get(name).or_else(referred)
}

#[test]
fn what_names_a_secret_says_so() {
    let mut seen = 0;
    for manifest in manifests() {
        let mut all = Vec::new();
        properties(&manifest.config, &mut all);
        for (name, schema) in all {
            let about = schema.get("description").and_then(Value::as_str).unwrap_or_default();
            let text = keyword(&manifest.config, schema, "type") == Some(&"string".into());
            let by_name = ["secret", "token"].iter().any(|end| name.ends_with(end));
            let by_words = about.starts_with("Name of") && about.contains("secret");
            if text && (by_name || by_words) {
                let names = keyword(&manifest.config, schema, "x-names");
                assert_eq!(names, Some(&"secret".into()), "{}: {name}", manifest.id);
                seen += 1;
            }
        }
    }
    assert!(seen >= 15, "only {seen} found");
}

#[test]
fn what_may_hold_a_secret_is_never_shown() {
    let mut seen = 0;
    for manifest in manifests() {
        let mut all = Vec::new();
        properties(&manifest.config, &mut all);
        for (name, schema) in all {
            let about = schema.get("description").and_then(Value::as_str).unwrap_or_default();
            if about.contains("{secret:NAME}") {
                let values = schema.get("additionalProperties").unwrap_or(schema);
                assert_eq!(values.get("x-secret"), Some(&true.into()), "{}: {name}", manifest.id);
                seen += 1;
            }
        }
    }
    assert!(seen >= 5, "only {seen} found");
}

#[test]
fn authors_and_operators_know_the_same_kinds_of_name() {
    assert_eq!(kerros_build::NAMED, kerros_settings::names::KINDS);
}
