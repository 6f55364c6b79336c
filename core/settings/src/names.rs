//! Names in a plugin's config: its schema says with `x-names` what a text names, and here it is looked up.
//!
//! `"x-names": "layer"` on a text, or on a list of texts, means that each is the name of a layer of the tenant; so
//! with `segment`, `tag`, `channel`, `calendar` and `secret`. A JSON pointer, `"/steps"`, means the keys
//! that lie there in the same config. `"x-also": ["always"]` lists words that mean something of their own.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::fault::Faults;
use crate::near::nearest;
use crate::{key, tenant};

/// The keyword that says what a text names.
pub const KEYWORD: &str = "x-names";
/// What a text may name, beside a pointer into its own config.
pub const KINDS: [&str; 6] = ["layer", "segment", "tag", "channel", "calendar", SECRET];
/// What a text names that is the name of a secret: somebody may have put the secret itself there, so it is never shown.
pub const SECRET: &str = "secret";

/// What may stand there.
pub(crate) const A_SECRET: &str =
    "allowed is a name out of this plugin's secrets, never the secret itself";

/// References that lead to references may go round in circles.
const DEEPEST: usize = 64;

/// The names there are, by what they name. What is not here is not looked up.
#[derive(Debug, Clone, Default)]
pub struct Known(BTreeMap<&'static str, Vec<String>>);

impl Known {
    /// What a tenant's file defines, and the secrets of one use of a plugin.
    #[must_use]
    pub fn of<'a>(tenant: &tenant::Tenant, secrets: impl Iterator<Item = &'a String>) -> Self {
        let mut known = Self::default();
        known.add("layer", tenant.layers.iter().map(|layer| layer.id.clone()));
        known.add("segment", tenant.segments.iter().map(|segment| segment.id.clone()));
        known.add("channel", tenant.channels.keys().cloned());
        known.add("calendar", tenant.calendars.keys().cloned());
        known.add(SECRET, secrets.cloned());
        // No list means that any tag will do.
        if !tenant.tags.allowed.is_empty() {
            known.add("tag", tenant.tags.allowed.iter().cloned());
        }
        known
    }

    fn add(&mut self, what: &'static str, names: impl Iterator<Item = String>) {
        self.0.insert(what, names.collect());
    }
}

/// Whether a schema's text names a secret, in any of its alternatives.
#[must_use]
pub(crate) fn is_secret(node: &Value) -> bool {
    node.get(KEYWORD).and_then(Value::as_str) == Some(SECRET)
        || ["oneOf", "anyOf", "allOf"]
            .iter()
            .filter_map(|list| node.get(list)?.as_array())
            .flatten()
            .any(is_secret)
}

/// Tells every name in a config that is nobody's. The config stands at the key path `at` of its document.
pub fn check(schema: &Value, config: &Value, at: &str, known: &Known, faults: &mut Faults<'_>) {
    let mut search = Search { schema, found: BTreeSet::new() };
    search.look(schema, config, "", 0);
    for Named { pointer, what, name, also } in search.found {
        if also.contains(&name) {
            continue;
        }
        let inside = what.starts_with('/').then(|| keys(config.pointer(&what)));
        let Some(names) = inside.as_ref().or_else(|| known.0.get(what.as_str())) else { continue };
        if names.contains(&name) {
            continue;
        }
        let at = key::below(at, &pointer, config);
        let words = names.iter().chain(&also).map(String::as_str);
        if what == SECRET {
            let allowed = match nearest(&name, words.clone()) {
                Some(near) => format!("{A_SECRET}; did you mean {near:?}?"),
                None if names.is_empty() => format!("{A_SECRET}: it has none"),
                None => format!("{A_SECRET}; there are {}", names.join(", ")),
            };
            faults.wrong(&at, "", allowed);
            continue;
        }
        let what = match what.strip_prefix('/') {
            Some(place) => format!("name in {}", place.replace('/', ".")),
            None => what,
        };
        tenant::unknown(faults, &at, &name, &what, &words.collect::<Vec<_>>());
    }
}

fn keys(value: Option<&Value>) -> Vec<String> {
    value.and_then(Value::as_object).map(|map| map.keys().cloned().collect()).unwrap_or_default()
}

/// A text that names something, and where.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Named {
    pointer: String,
    what: String,
    name: String,
    also: Vec<String>,
}

/// Walks schema and value side by side; a set, because alternatives lead to the same text.
struct Search<'a> {
    schema: &'a Value,
    found: BTreeSet<Named>,
}

impl<'a> Search<'a> {
    fn look(&mut self, node: &'a Value, value: &Value, pointer: &str, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        if let Some(what) = node.get(KEYWORD).and_then(Value::as_str) {
            self.note(node, what, value, pointer);
        }
        if let Some(target) = node.get("$ref").and_then(Value::as_str)
            && let Some(target) =
                target.strip_prefix('#').and_then(|place| self.schema.pointer(place))
        {
            self.look(target, value, pointer, depth + 1);
        }
        for list in ["oneOf", "anyOf", "allOf"] {
            for one in node.get(list).and_then(Value::as_array).into_iter().flatten() {
                self.look(one, value, pointer, depth + 1);
            }
        }
        for one in ["if", "then", "else"].iter().filter_map(|name| node.get(name)) {
            self.look(one, value, pointer, depth + 1);
        }
        match value {
            Value::Object(map) => {
                for (name, inner) in map {
                    let place = below(pointer, name);
                    if let Some(names) = node.get("propertyNames") {
                        self.look(names, &Value::from(name.as_str()), &place, depth + 1);
                    }
                    let own = node.get("properties").and_then(|all| all.get(name));
                    if let Some(node) = own.or_else(|| node.get("additionalProperties")) {
                        self.look(node, inner, &place, depth + 1);
                    }
                }
            }
            Value::Array(items) => {
                let first = node.get("prefixItems").and_then(Value::as_array);
                for (n, inner) in items.iter().enumerate() {
                    let own = first.and_then(|all| all.get(n));
                    if let Some(node) = own.or_else(|| node.get("items")) {
                        self.look(node, inner, &format!("{pointer}/{n}"), depth + 1);
                    }
                }
            }
            _ => {}
        }
    }

    fn note(&mut self, node: &Value, what: &str, value: &Value, pointer: &str) {
        let also = node.get("x-also").and_then(Value::as_array).into_iter().flatten();
        let also: Vec<String> = also.filter_map(|word| Some(word.as_str()?.to_owned())).collect();
        let mut add = |name: &Value, pointer: String| {
            if let Some(name) = name.as_str() {
                let (what, name) = (what.to_owned(), name.to_owned());
                self.found.insert(Named { pointer, what, name, also: also.clone() });
            }
        };
        match value {
            Value::Array(items) => {
                for (n, item) in items.iter().enumerate() {
                    add(item, format!("{pointer}/{n}"));
                }
            }
            one => add(one, pointer.to_owned()),
        }
    }
}

fn below(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(schema: &Value, config: &Value) -> Vec<String> {
        let mut known = Known::default();
        known.add("layer", ["first-line", "experts"].map(String::from).into_iter());
        known.add("segment", ["private"].map(String::from).into_iter());
        known.add("calendar", ["shop"].map(String::from).into_iter());
        known.add(SECRET, ["shop_in"].map(String::from).into_iter());
        let mut faults = Faults::new(&[]);
        check(schema, config, "bots.x.config", &known, &mut faults);
        faults
            .into_vec()
            .into_iter()
            .map(|fault| format!("{}: {}", fault.key, fault.what))
            .collect()
    }

    #[test]
    fn names_are_found_wherever_they_stand() {
        let schema = json!({
            "properties": {
                "to": { "$ref": "#/$defs/name", "x-names": "layer" },
                "for": { "$ref": "#/$defs/one_or_more", "x-names": "segment" },
                "hours": { "type": "string", "x-names": "calendar", "x-also": ["always"] },
                "by_layer": { "propertyNames": { "x-names": "layer" }, "additionalProperties": { "x-names": "segment" } },
                "pair": { "prefixItems": [{ "x-names": "layer" }], "items": { "x-names": "segment" } },
                "rules": { "items": { "$ref": "#/$defs/rule" } },
                "free": { "type": "string" },
                "team": { "x-names": "nobody knows this kind" },
            },
            "$defs": {
                "name": { "type": "string" },
                "one_or_more": { "oneOf": [{ "$ref": "#/$defs/name" }, { "type": "array", "items": { "$ref": "#/$defs/name" } }] },
                "rule": { "properties": { "all": { "items": { "$ref": "#/$defs/rule" } }, "layer": { "x-names": "layer" } } },
                "round": { "$ref": "#/$defs/round" },
            },
        });
        let good = json!({
            "to": "experts", "for": ["private"], "hours": "always", "by_layer": { "experts": "private" },
            "pair": ["experts", "private"], "rules": [{ "all": [{ "layer": "first-line" }] }], "free": "x", "team": "y",
        });
        assert_eq!(told(&schema, &good), [""; 0]);
        let bad = json!({
            "to": "expert", "for": ["private", "companies"], "hours": "shopp", "by_layer": { "a/b": "privat" },
            "pair": ["private", "experts"], "rules": [{ "all": [{ "layer": "second-line" }] }],
        });
        insta::assert_snapshot!(told(&schema, &bad).join("\n"), @r##"
        bots.x.config.by_layer."a/b": found "a/b"; no such layer; there are first-line, experts
        bots.x.config.by_layer."a/b": found "privat"; no such segment; did you mean "private"?
        bots.x.config.for[1]: found "companies"; no such segment; there are private
        bots.x.config.hours: found "shopp"; no such calendar; did you mean "shop"?
        bots.x.config.pair[0]: found "private"; no such layer; there are first-line, experts
        bots.x.config.pair[1]: found "experts"; no such segment; there are private
        bots.x.config.rules[0].all[0].layer: found "second-line"; no such layer; there are first-line, experts
        bots.x.config.to: found "expert"; no such layer; did you mean "experts"?
        "##);
    }

    #[test]
    fn a_pointer_names_keys_of_the_same_config() {
        let schema = json!({
            "properties": { "start": { "x-names": "/steps" }, "steps": { "additionalProperties": { "properties": { "goto": { "x-names": "/steps" } } } } },
        });
        let config = json!({ "start": "hello", "steps": { "hello": { "goto": "bye" }, "by": { "goto": "hello" } } });
        assert_eq!(
            told(&schema, &config),
            [
                "bots.x.config.steps.hello.goto: found \"bye\"; no such name in steps; did you mean \"by\"?"
            ]
        );
    }

    #[test]
    fn a_secret_in_the_place_of_its_name_is_never_shown() {
        let schema = json!({ "properties": { "token": { "x-names": "secret" } } });
        for pasted in ["0123456789abcdef0123456789abcdef", "xoxb-hunter2"] {
            let told = told(&schema, &json!({ "token": pasted })).join("\n");
            assert!(told.contains("there are shop_in") && !told.contains(pasted), "{told}");
        }
        let near = told(&schema, &json!({ "token": "shop-in" })).join("\n");
        assert!(near.ends_with("did you mean \"shop_in\"?"), "{near}");
    }

    #[test]
    fn references_that_go_round_end() {
        let schema = json!({ "$ref": "#/$defs/a", "$defs": { "a": { "$ref": "#/$defs/a" } } });
        assert_eq!(told(&schema, &json!("x")), [""; 0]);
    }
}
