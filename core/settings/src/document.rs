//! A TOML file (or another source) with the line of every key.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Number, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::fault::{Fault, Place, Weight};
use crate::key;

/// A parsed source: its value, and where each key stands.
#[derive(Debug, Clone)]
pub struct Document {
    /// What it says. Dates are text.
    pub value: Value,
    origin: Origin,
    lines: BTreeMap<String, usize>,
}

#[derive(Debug, Clone)]
enum Origin {
    File(PathBuf),
    /// Key path to the variable or flag that set it.
    Given(BTreeMap<String, Place>),
}

impl Document {
    /// Reads TOML text. Whatever can be read is returned beside the faults of syntax.
    #[must_use]
    pub fn parse(path: &Path, text: &str) -> (Self, Vec<Fault>) {
        let (table, errors) = DeTable::parse_recoverable(text);
        let starts = line_starts(text);
        let line_of = |at: usize| starts.partition_point(|start| *start <= at).max(1);
        let mut faults: Vec<Fault> = errors
            .iter()
            .map(|error| Fault {
                place: Place::File {
                    path: path.to_owned(),
                    line: error.span().map(|span| line_of(span.start)),
                },
                key: String::new(),
                what: format!("not TOML: {}", error.message().replace('\n', "; ")),
                weight: Weight::Fault,
            })
            .collect();
        faults.sort();
        let mut lines = BTreeMap::new();
        let value = read_table(table.get_ref(), "", &line_of, &mut lines);
        (Self { value, origin: Origin::File(path.to_owned()), lines }, faults)
    }

    /// Values that came from variables or flags: key path (dots only), value, and where it came from.
    #[must_use]
    pub fn given(values: Vec<(String, Value, Place)>) -> Self {
        let mut root = Value::Object(Map::new());
        let mut places = BTreeMap::new();
        for (path, value, place) in values {
            let mut here = &mut root;
            let mut so_far = String::new();
            for part in path.split('.') {
                so_far = key::join(&so_far, part);
                places.entry(so_far.clone()).or_insert_with(|| place.clone());
                if !here.is_object() {
                    *here = Value::Object(Map::new());
                }
                let Value::Object(map) = here else { break };
                here = map.entry(part).or_insert(Value::Null);
            }
            *here = value;
            places.insert(so_far, place);
        }
        Self { value: root, origin: Origin::Given(places), lines: BTreeMap::new() }
    }

    /// Where a key stands, if it is in this document.
    #[must_use]
    pub fn place(&self, key: &str) -> Option<Place> {
        match &self.origin {
            Origin::File(path) => self
                .lines
                .get(key)
                .map(|line| Place::File { path: path.clone(), line: Some(*line) }),
            Origin::Given(places) => places.get(key).cloned(),
        }
    }

    /// The document as a whole.
    #[must_use]
    pub fn whole(&self) -> Place {
        match &self.origin {
            Origin::File(path) => Place::File { path: path.clone(), line: None },
            Origin::Given(places) => places
                .values()
                .next()
                .cloned()
                .unwrap_or(Place::Flag { name: "settings".to_owned() }),
        }
    }
}

fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

fn read_table(
    table: &DeTable<'_>,
    path: &str,
    line_of: &dyn Fn(usize) -> usize,
    lines: &mut BTreeMap<String, usize>,
) -> Value {
    let mut map = Map::new();
    for (name, value) in table {
        let path = key::join(path, name.get_ref());
        lines.insert(path.clone(), line_of(name.span().start));
        map.insert(name.get_ref().to_string(), read(value, &path, line_of, lines));
    }
    Value::Object(map)
}

fn read(
    value: &Spanned<DeValue<'_>>,
    path: &str,
    line_of: &dyn Fn(usize) -> usize,
    lines: &mut BTreeMap<String, usize>,
) -> Value {
    match value.get_ref() {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Boolean(yes) => Value::Bool(*yes),
        DeValue::Datetime(at) => Value::String(at.to_string()),
        DeValue::Integer(digits) => i64::from_str_radix(digits.as_str(), digits.radix())
            .map_or_else(|_| Value::String(digits.as_str().to_owned()), Value::from),
        DeValue::Float(digits) => digits
            .as_str()
            .parse()
            .ok()
            .and_then(Number::from_f64)
            .map_or_else(|| Value::String(digits.as_str().to_owned()), Value::Number),
        DeValue::Array(items) => Value::Array(
            items
                .iter()
                .enumerate()
                .map(|(index, item)| {
                    let path = key::item(path, index);
                    lines.insert(path.clone(), line_of(item.span().start));
                    read(item, &path, line_of, lines)
                })
                .collect(),
        ),
        DeValue::Table(table) => read_table(table, path, line_of, lines),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_line_of_every_key() {
        let text = "a = 1\n[b]\nc = [\n  2026-01-06,\n  'x',\n]\n[[d]]\ne = 1.5\n[[d]]\ne = 2\n";
        let (document, faults) = Document::parse(Path::new("f.toml"), text);
        assert_eq!(faults, []);
        let line = |key: &str| document.place(key).map(|place| place.to_string());
        assert_eq!(line("a").as_deref(), Some("f.toml:1"));
        assert_eq!(line("b.c[1]").as_deref(), Some("f.toml:5"));
        assert_eq!(line("d[1].e").as_deref(), Some("f.toml:10"));
        assert_eq!(line("d[2]"), None);
        assert_eq!(document.value["b"]["c"][0], "2026-01-06");
    }

    #[test]
    fn every_fault_of_syntax_is_told() {
        let (_, faults) = Document::parse(Path::new("f.toml"), "a = \nb = 1\nc = [1,, 2]\n");
        let lines: Vec<_> = faults.iter().map(|f| f.place.to_string()).collect();
        assert_eq!(lines, ["f.toml:1", "f.toml:3"]);
    }
}
