//! What a plugin says of itself: the author's `plugin.toml`, checked, as the JSON that the component carries.
//!
//! The form of the JSON is fixed in `sdk/wit/README.md`; the host checks it again when it loads a plugin.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{BuildError, io};

/// The versions of a kind's contract that a plugin may be built against, the newest first: the host speaks them all.
#[must_use]
pub fn versions(kind: &str) -> &'static [&'static str] {
    match kind {
        "channel" => &["0.2.0", "0.1.0"],
        _ => &["0.1.0"],
    }
}

/// What a channel may be for, beside customers.
const ROLES: [&str; 3] = ["cases", "leads", "calls"];

/// Name of the custom section that carries the manifest.
pub const SECTION: &str = "kerros:manifest";

/// The schema's keyword that says what a text names; `kerros check` looks the name up in the tenant's file.
const NAMES: &str = "x-names";

/// What a text may name, beside a pointer into its own config.
pub const NAMED: [&str; 6] = ["layer", "segment", "tag", "channel", "calendar", "secret"];

/// What a plugin asks for, as the manifest's words.
pub type Wants = Vec<String>;

/// A plugin's description of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// `kind/name`.
    pub id: String,
    /// The plugin's version, semver.
    pub version: String,
    /// `channel`, `bot`, `tagger`, `sla` or `report`.
    pub kind: String,
    /// The version of the kind's contract.
    pub api: String,
    /// A name for people.
    pub title: String,
    /// One sentence.
    pub description: String,
    /// JSON Schema of its config.
    pub config: Value,
    /// A config that is valid by it.
    pub example: Value,
    /// `http:HOST`, `secret`, `search`, `kv`, `facts`.
    pub wants: Wants,
    /// A channel whose messages reach the customer by socket.
    pub live: bool,
    /// What a channel is for, beside customers: `cases` (colleagues discuss them), `leads` (another system takes
    /// them over), `calls` (people ask to be called).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The kind of address that a channel writes to, also one that a customer left elsewhere: `mail` or `phone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub takes: Option<String>,
    /// `warm`: an instance may serve many calls of one use. Always so for JavaScript and Python.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lane: Option<String>,
}

/// Something wrong in `plugin.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The key, with dots.
    pub key: String,
    /// What is wrong and what is allowed.
    pub reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.reason)
    }
}

impl Manifest {
    /// Reads `plugin.toml` (and `config.schema.json`, if the schema lies there) of a plugin's folder.
    ///
    /// # Errors
    /// All faults at once, or an unreadable file.
    pub fn read(folder: &Path) -> Result<Self, BuildError> {
        let path = folder.join("plugin.toml");
        let text = std::fs::read_to_string(&path).map_err(io(&path))?;
        let schema_path = folder.join("config.schema.json");
        let schema = match std::fs::read_to_string(&schema_path) {
            Ok(text) => Some(text),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
            Err(e) => return Err(io(&schema_path)(e)),
        };
        Self::parse(&text, schema.as_deref())
            .map_err(|faults| BuildError::Manifest { path, faults })
    }

    /// Makes a manifest of `plugin.toml`'s text and of `config.schema.json`'s, if there is one.
    ///
    /// # Errors
    /// Every fault found.
    pub fn parse(text: &str, schema: Option<&str>) -> Result<Self, Vec<Fault>> {
        let table: toml::Table = text.parse().map_err(|e: toml::de::Error| {
            vec![Fault { key: "plugin.toml".into(), reason: e.to_string().trim_end().into() }]
        })?;
        let mut reader = Reader { table, faults: Vec::new() };
        let manifest = reader.manifest(schema);
        if reader.faults.is_empty() { Ok(manifest) } else { Err(reader.faults) }
    }

    /// The JSON that goes into the component.
    #[must_use]
    pub fn to_json(&self) -> String {
        // A value with string keys only, so it cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Takes keys out of the table; what is left over at the end is a fault.
struct Reader {
    table: toml::Table,
    faults: Vec<Fault>,
}

impl Reader {
    fn manifest(&mut self, schema: Option<&str>) -> Manifest {
        let id = self.text("id", 64);
        let kind = id.split('/').next().unwrap_or_default().to_owned();
        if !id.is_empty() && !is_id(&id) {
            let kinds = crate::KINDS.join(", ");
            self.fault(
                "id",
                format!(
                    "expected kind/name, the kind one of {kinds}, the name lower case letters, \
                     digits and -, found {id:?}"
                ),
            );
        }
        let version = self.text("version", 32);
        if !version.is_empty() && !is_version(&version) {
            self.fault("version", format!("expected a version like 1.2.3, found {version:?}"));
        }
        let api = self.api(&kind);
        let title = self.text("title", 60);
        let description = self.text("description", 300);
        let live = self.flag("live");
        if live && kind != "channel" {
            self.fault("live", "only a channel can be live");
        }
        let role = self.role(&kind);
        let takes = match self.table.remove("takes") {
            None => None,
            Some(toml::Value::String(takes))
                if kind == "channel" && matches!(takes.as_str(), "mail" | "phone") =>
            {
                Some(takes)
            }
            Some(other) => {
                self.fault(
                    "takes",
                    format!("expected \"mail\" or \"phone\", of a channel, found {other}"),
                );
                None
            }
        };
        let lane = match self.table.remove("lane") {
            None => None,
            Some(toml::Value::String(lane)) if lane == "warm" => Some(lane),
            Some(other) => {
                self.fault("lane", format!("expected \"warm\", found {other}"));
                None
            }
        };
        let wants = self.wants(&kind);
        let config = self.schema(schema);
        let example = match self.table.remove("example") {
            Some(value @ toml::Value::Table(_)) => self.json("example", &value),
            Some(_) => self.wrong("example", "expected a table"),
            None => self.wrong("example", "missing: a config that is valid by the schema"),
        };
        #[cfg(feature = "schema")]
        self.check_example(&config, &example);
        for key in std::mem::take(&mut self.table).keys() {
            self.fault(
                key,
                "unknown key; known are id, version, api, title, description, live, role, takes, lane, \
                 wants, config, example",
            );
        }
        Manifest {
            id,
            version,
            kind,
            api,
            title,
            description,
            config,
            example,
            wants,
            live,
            role,
            takes,
            lane,
        }
    }

    /// The contract's version in full: `0.2` stands for `0.2.0`.
    fn api(&mut self, kind: &str) -> String {
        let written = self.text("api", 16);
        let known = versions(kind);
        let meant =
            |version: &&&str| **version == written || version.starts_with(&format!("{written}."));
        match known.iter().find(meant) {
            Some(version) if !written.is_empty() => (*version).to_owned(),
            _ => {
                if !written.is_empty() {
                    let known = known.join(" and ");
                    self.fault("api", format!("this build knows {known}, found {written:?}"));
                }
                written
            }
        }
    }

    fn fault(&mut self, key: &str, reason: impl Into<String>) {
        self.faults.push(Fault { key: key.into(), reason: reason.into() });
    }

    fn wrong(&mut self, key: &str, reason: &str) -> Value {
        self.fault(key, reason);
        Value::Null
    }

    fn text(&mut self, key: &str, most: usize) -> String {
        match self.table.remove(key) {
            Some(toml::Value::String(text)) if text.trim().is_empty() => {
                self.fault(key, "is empty");
            }
            Some(toml::Value::String(text)) if text.chars().count() > most => {
                self.fault(key, format!("is longer than {most} characters"));
            }
            Some(toml::Value::String(text)) => return text,
            Some(other) => {
                self.fault(key, format!("expected a text, found {}", other.type_str()));
            }
            None => self.fault(key, "missing"),
        }
        String::new()
    }

    fn flag(&mut self, key: &str) -> bool {
        match self.table.remove(key) {
            None => false,
            Some(toml::Value::Boolean(flag)) => flag,
            Some(other) => {
                self.fault(key, format!("expected true or false, found {}", other.type_str()));
                false
            }
        }
    }

    fn role(&mut self, kind: &str) -> Option<String> {
        match self.table.remove("role")? {
            toml::Value::String(role) if ROLES.contains(&role.as_str()) => {
                if kind != "channel" {
                    self.fault("role", "only a channel has one");
                }
                Some(role)
            }
            other => {
                self.fault("role", format!("expected one of {}, found {other}", ROLES.join(", ")));
                None
            }
        }
    }

    fn wants(&mut self, kind: &str) -> Wants {
        let list = match self.table.remove("wants") {
            None => return Wants::new(),
            Some(toml::Value::Array(list)) => list,
            Some(other) => {
                self.fault("wants", format!("expected a list, found {}", other.type_str()));
                return Wants::new();
            }
        };
        let mut wants = Wants::new();
        for (place, want) in list.iter().enumerate() {
            let key = format!("wants[{place}]");
            match want.as_str() {
                Some(want) => match check_want(kind, want) {
                    Ok(()) => wants.push(want.to_owned()),
                    Err(reason) => self.fault(&key, reason),
                },
                None => self.fault(&key, format!("expected a text, found {}", want.type_str())),
            }
        }
        wants
    }

    fn schema(&mut self, beside: Option<&str>) -> Value {
        let schema = match (self.table.remove("config"), beside) {
            (Some(_), Some(_)) => {
                return self.wrong("config", "is here and in config.schema.json; keep one");
            }
            (None, None) => {
                return self.wrong(
                    "config",
                    "missing: the JSON Schema of the config, here as TOML or in \
                     config.schema.json",
                );
            }
            (Some(value), None) => self.json("config", &value),
            (None, Some(text)) => match serde_json::from_str(text) {
                Ok(value) => value,
                Err(e) => {
                    self.fault("config.schema.json", e.to_string());
                    return Value::Null;
                }
            },
        };
        self.names(&schema);
        if schema.get("type").and_then(Value::as_str) != Some("object") {
            self.fault("config.type", "a plugin's config is a table: expected \"object\"");
        }
        schema
    }

    /// A keyword that nobody knows would look up nothing.
    fn names(&mut self, node: &Value) {
        match node {
            Value::Object(map) => {
                match map.get(NAMES) {
                    Some(Value::String(what))
                        if NAMED.contains(&what.as_str()) || what.starts_with('/') => {}
                    // A property may be called so.
                    Some(Value::Object(_)) | None => {}
                    Some(other) => self.fault(
                        "config",
                        format!(
                            "{NAMES} is one of {}, or a JSON pointer into the config, found {other}",
                            NAMED.join(", ")
                        ),
                    ),
                }
                map.values().for_each(|inner| self.names(inner));
            }
            Value::Array(items) => items.iter().for_each(|inner| self.names(inner)),
            _ => {}
        }
    }

    /// TOML as JSON; a date has no place in either a schema or a config.
    fn json(&mut self, key: &str, value: &toml::Value) -> Value {
        match value {
            toml::Value::String(text) => Value::from(text.as_str()),
            toml::Value::Integer(number) => Value::from(*number),
            toml::Value::Float(number) => Value::from(*number),
            toml::Value::Boolean(flag) => Value::from(*flag),
            toml::Value::Datetime(date) => Value::from(date.to_string()),
            toml::Value::Array(list) => list
                .iter()
                .enumerate()
                .map(|(place, value)| self.json(&format!("{key}[{place}]"), value))
                .collect(),
            toml::Value::Table(table) => table
                .iter()
                .map(|(name, value)| (name.clone(), self.json(&format!("{key}.{name}"), value)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }

    #[cfg(feature = "schema")]
    fn check_example(&mut self, schema: &Value, example: &Value) {
        if schema.is_null() || example.is_null() {
            return;
        }
        match jsonschema::validator_for(schema) {
            Err(e) => self.fault("config", format!("not a JSON Schema: {e}")),
            Ok(validator) => {
                for e in validator.iter_errors(example) {
                    let place = e.instance_path().to_string().replace('/', ".");
                    self.fault(&format!("example{place}"), e.to_string());
                }
            }
        }
    }
}

/// `kind/name` with a known kind and a name of lower case letters, digits and inner dashes.
pub(crate) fn is_id(id: &str) -> bool {
    id.split_once('/').is_some_and(|(kind, name)| crate::KINDS.contains(&kind) && is_name(name))
}

/// 1 to 40 lower case letters, digits and inner dashes, beginning with a letter.
pub(crate) fn is_name(name: &str) -> bool {
    name.len() <= 40
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('-')
        && !name.contains("--")
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// Three numbers with dots; a pre-release or build part may follow.
fn is_version(version: &str) -> bool {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    core.split('.').count() == 3
        && core
            .split('.')
            .all(|n| !n.is_empty() && n.len() <= 9 && n.chars().all(|c| c.is_ascii_digit()))
}

fn check_want(kind: &str, want: &str) -> Result<(), String> {
    let kinds: &[&str] = match want {
        "secret" => &["channel", "bot"],
        "search" => &["bot"],
        "facts" => &["report"],
        "kv" => &["bot"],
        _ => match want.strip_prefix("http:") {
            Some(host) if is_host(host) => &["channel", "bot"],
            Some(host) => {
                return Err(format!(
                    "expected http: and a host, *.host or *, with an optional port; found {host:?}"
                ));
            }
            None => {
                return Err(format!(
                    "unknown: {want:?}; known are http:HOST, secret, search, kv, facts"
                ));
            }
        },
    };
    if kinds.contains(&kind) {
        return Ok(());
    }
    Err(format!("{want:?} is for kinds {}, not {kind:?}", kinds.join(", ")))
}

/// A host name, `*.host` or `*`, with an optional port.
fn is_host(host: &str) -> bool {
    let (name, port) = host.split_once(':').unwrap_or((host, "443"));
    let plain = name.strip_prefix("*.").unwrap_or(name);
    port.parse::<u16>().is_ok_and(|port| port > 0)
        && (name == "*"
            || (!plain.is_empty()
                && plain.split('.').all(|part| {
                    !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
                })))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        id = "channel/pigeon"
        version = "1.0.0"
        api = "0.1"
        title = "Pigeon"
        description = "Carries notes."
        wants = ["http:api.pigeon.example", "secret"]
        [config]
        type = "object"
        required = ["loft"]
        properties.loft = { type = "string" }
        [example]
        loft = "roof"
    "#;

    #[test]
    fn a_good_file_becomes_the_json_the_host_reads() {
        let manifest = Manifest::parse(GOOD, None).unwrap();
        let json: Value = serde_json::from_str(&manifest.to_json()).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "id": "channel/pigeon", "version": "1.0.0", "kind": "channel", "api": "0.1.0",
                "title": "Pigeon", "description": "Carries notes.",
                "config": {
                    "type": "object", "required": ["loft"],
                    "properties": { "loft": { "type": "string" } }
                },
                "example": { "loft": "roof" },
                "wants": ["http:api.pigeon.example", "secret"], "live": false
            })
        );
    }

    #[test]
    fn every_fault_is_named_with_its_key() {
        let cases = [
            ("id = \"channel/pigeon\"", "id = \"Pigeon\"", "id"),
            ("id = \"channel/pigeon\"", "id = \"channel/Pi geon\"", "id"),
            ("version = \"1.0.0\"", "version = \"1\"", "version"),
            ("version = \"1.0.0\"", "", "version"),
            ("api = \"0.1\"", "api = \"2.0\"", "api"),
            ("api = \"0.1\"", "api = 0.1", "api"),
            ("title = \"Pigeon\"", "title = \" \"", "title"),
            ("http:api.pigeon.example", "http:https://x", "wants[0]"),
            ("\"secret\"]", "\"sekret\"]", "wants[1]"),
            ("\"secret\"]", "\"facts\"]", "wants[1]"),
            ("type = \"object\"", "type = \"array\"", "config.type"),
            ("title = \"Pigeon\"", "title = \"Pigeon\"\nrole = \"spam\"", "role"),
            ("type = \"string\" }", "type = \"string\", x-names = \"lair\" }", "config"),
            ("[example]", "[exmaple]", "example"),
            ("[example]", "[exmaple]", "exmaple"),
        ];
        for (from, to, key) in cases {
            let text = GOOD.replacen(from, to, 1);
            assert_ne!(text, GOOD, "{from}");
            let faults = Manifest::parse(&text, None).unwrap_err();
            assert!(faults.iter().any(|f| f.key == key), "{to}: {faults:?}");
        }
        let both = Manifest::parse(GOOD, Some("{}")).unwrap_err();
        assert_eq!(both[0].key, "config");
    }

    #[test]
    fn two_faults_are_told_at_once() {
        let text = GOOD.replace("1.0.0", "one").replace("\"0.1\"", "\"9\"");
        assert_eq!(Manifest::parse(&text, None).unwrap_err().len(), 2);
    }

    #[cfg(feature = "schema")]
    #[test]
    fn an_example_that_breaks_the_schema_is_a_fault() {
        let text = GOOD.replace("loft = \"roof\"", "loft = 3");
        let faults = Manifest::parse(&text, None).unwrap_err();
        assert_eq!(faults[0].key, "example.loft");
    }
}
