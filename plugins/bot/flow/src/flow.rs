//! The flow as the config describes it.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::condition::Condition;
use crate::question::Check;
use crate::text::{OneOrMore, Text};

#[derive(Deserialize)]
pub struct Flow {
    pub start: String,
    #[serde(default = "english")]
    pub language: String,
    #[serde(default = "three")]
    pub tries: u32,
    #[serde(default)]
    pub person: Person,
    pub steps: BTreeMap<String, Step>,
}

fn english() -> String {
    "en".into()
}

fn three() -> u32 {
    3
}

/// What happens when a person has to take over.
#[derive(Default, Deserialize)]
pub struct Person {
    pub to: Option<String>,
    pub say: Option<Text>,
    #[serde(default)]
    pub words: Vec<String>,
}

#[derive(Deserialize)]
pub struct Step {
    pub language: Option<String>,
    pub segment: Option<String>,
    pub tag: Option<OneOrMore<String>>,
    pub say: Option<OneOrMore<Text>>,
    pub choose: Option<Choose>,
    pub ask: Option<Ask>,
    #[serde(default)]
    pub branch: Vec<Way>,
    pub hand_off: Option<HandOff>,
    pub resolve: Option<Resolve>,
    pub goto: Option<String>,
}

#[derive(Deserialize)]
pub struct Choose {
    pub text: Text,
    pub name: Option<String>,
    pub invalid: Option<Text>,
    pub tries: Option<u32>,
    pub otherwise: Option<String>,
    pub options: Vec<Choice>,
}

#[derive(Deserialize)]
pub struct Choice {
    pub label: Text,
    pub value: Option<String>,
    #[serde(default)]
    pub words: Vec<String>,
    pub goto: String,
}

#[derive(Deserialize)]
pub struct Ask {
    pub name: String,
    pub text: Text,
    pub invalid: Option<Text>,
    #[serde(flatten)]
    pub check: Check,
    #[serde(default)]
    pub optional: bool,
    pub tries: Option<u32>,
    pub failed: Option<String>,
    pub goto: String,
}

#[derive(Deserialize)]
pub struct Way {
    pub r#if: Condition,
    pub goto: String,
}

#[derive(Deserialize)]
pub struct HandOff {
    pub to: Option<String>,
    pub briefing: Option<BTreeMap<String, Text>>,
}

#[derive(Deserialize)]
pub struct Resolve {
    #[serde(default)]
    pub confirmed: bool,
}
