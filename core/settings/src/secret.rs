//! Secrets: where they come from, and a value that never shows itself.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A secret's value. Shows as `***` wherever it might be printed.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    /// Keeps a value.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value, for the one place that needs it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(if self.is_empty() { "" } else { "***" })
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d).map(Self)
    }
}

/// Where a secret comes from. Config names it, never holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SecretSource {
    /// An environment variable of the server.
    Env {
        /// Its name.
        env: String,
    },
    /// A file; spaces and line ends around the value are dropped.
    File {
        /// Its path; a relative one starts in the config folder.
        file: PathBuf,
    },
    /// Made at first start from 32 random bytes and kept in the data folder under `secrets/`.
    Generated {
        /// Always true.
        generated: bool,
    },
}

/// What may stand where a secret is named.
pub const ALLOWED: &str = "allowed is { env = \"NAME\" }, { file = \"path\" } or { generated = true }, never the secret itself";

impl JsonSchema for SecretSource {
    fn schema_name() -> Cow<'static, str> {
        "SecretSource".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let one = |name: &str, value: serde_json::Value| {
            serde_json::json!({
                "type": "object",
                "properties": { name: value },
                "required": [name],
                "additionalProperties": false
            })
        };
        json_schema!({
            "anyOf": [
                one("env", serde_json::json!({ "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" })),
                one("file", serde_json::json!({ "type": "string", "minLength": 1 })),
                one("generated", serde_json::json!({ "const": true })),
            ],
            "x-secret": true,
            "x-stand-in": { "generated": true },
            "x-allowed": ALLOWED
        })
    }
}

/// A value that may hold a password: text, or where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Guarded {
    /// The value itself.
    Plain(Secret),
    /// Where it comes from.
    From(SecretSource),
}

impl JsonSchema for Guarded {
    fn schema_name() -> Cow<'static, str> {
        "Guarded".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let source = SecretSource::json_schema(generator);
        json_schema!({
            "anyOf": [{ "type": "string" }, source],
            "x-secret": true,
            "x-stand-in": "",
            "x-allowed": "a text, { env = \"NAME\" } or { file = \"path\" }"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_shows_itself() {
        let secret = Secret::new("hunter2");
        let shown = format!(
            "{secret} {secret:?} {:?} {} {}",
            Some(&secret),
            serde_json::to_string(&secret).unwrap(),
            serde_json::to_string(&Guarded::Plain(secret.clone())).unwrap(),
        );
        assert!(!shown.contains("hunter2"), "{shown}");
        assert_eq!(secret.reveal(), "hunter2");
    }
}
