//! Text in the tenant's languages.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::fault::Faults;
use crate::key;

/// Text by language, or one text for all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Texts {
    /// The same in every language.
    Same(String),
    /// By language.
    By(BTreeMap<String, String>),
}

impl Default for Texts {
    fn default() -> Self {
        Self::By(BTreeMap::new())
    }
}

impl Texts {
    /// By language, for these languages; a missing one takes the first language's.
    #[must_use]
    pub fn in_languages(&self, languages: &[String]) -> BTreeMap<String, String> {
        let of = |language: &String| match self {
            Self::Same(text) => Some(text.clone()),
            Self::By(texts) => {
                texts.get(language).or_else(|| texts.get(languages.first()?)).cloned()
            }
        };
        languages.iter().filter_map(|l| Some((l.clone(), of(l)?))).collect()
    }

    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::By(texts) if texts.is_empty())
    }

    /// A language that the tenant does not serve is a fault; one that is missing is a warning, except
    /// the first: the others fall back on it.
    pub fn validate(&self, at: &str, languages: &[String], faults: &mut Faults<'_>) {
        let Self::By(texts) = self else { return };
        for language in texts.keys().filter(|language| !languages.contains(language)) {
            let allowed = format!("allowed are the tenant's languages: {}", languages.join(", "));
            faults.wrong(&key::join(at, language), &format!("{language:?}"), allowed);
        }
        for (n, language) in languages.iter().enumerate() {
            if texts.contains_key(language) || texts.is_empty() {
                continue;
            }
            if n == 0 {
                let allowed =
                    format!("the first language, {language}, is needed: others fall back on it");
                faults.wrong(at, "no text in it", allowed);
            } else {
                faults.warn(at, format!("no text in {language}; the first language's is shown"));
            }
        }
    }
}

impl JsonSchema for Texts {
    fn schema_name() -> Cow<'static, str> {
        "Texts".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "string", "minLength": 1 },
                { "type": "object", "additionalProperties": { "type": "string", "minLength": 1 } }
            ],
            "x-stand-in": "-",
            "x-allowed": "a text, or a table of texts by language like { fi = \"...\", en = \"...\" }"
        })
    }
}
