//! Conditions on hours, segment, language, channel, tags and answers.

use std::collections::BTreeMap;

use kerros_plugin::bot::Turn;
use serde::Deserialize;

use crate::text::{OneOrMore, plain};

/// Everything named must hold.
#[derive(Deserialize)]
pub struct Condition {
    open: Option<String>,
    closed: Option<String>,
    segment: Option<OneOrMore<String>>,
    language: Option<OneOrMore<String>>,
    channel: Option<OneOrMore<String>>,
    tag: Option<OneOrMore<String>>,
    answer: Option<Answer>,
    #[serde(default)]
    all: Vec<Condition>,
    #[serde(default)]
    any: Vec<Condition>,
    not: Option<Box<Condition>>,
}

#[derive(Deserialize)]
struct Answer {
    name: String,
    is: Option<OneOrMore<String>>,
    at_least: Option<f64>,
    at_most: Option<f64>,
    given: Option<bool>,
}

/// What conditions look at, as it is in the middle of a turn.
pub struct Seen<'a> {
    pub turn: &'a Turn,
    pub language: &'a str,
    pub segment: Option<&'a str>,
    pub tags: &'a [String],
    pub answers: &'a BTreeMap<String, String>,
}

impl Condition {
    pub fn holds(&self, seen: &Seen<'_>) -> bool {
        let among = |names: &Option<OneOrMore<String>>, found: Option<&str>| {
            names.as_ref().is_none_or(|names| {
                found.is_some_and(|found| names.as_slice().iter().any(|name| name == found))
            })
        };
        let tagged = self.tag.as_ref().is_none_or(|tags| {
            tags.as_slice()
                .iter()
                .any(|tag| seen.tags.contains(tag) || seen.turn.conversation.tags.contains(tag))
        });
        self.open.as_ref().is_none_or(|layer| is_open(seen.turn, layer) == Some(true))
            && self.closed.as_ref().is_none_or(|layer| is_open(seen.turn, layer) == Some(false))
            && among(&self.segment, seen.segment)
            && among(&self.language, Some(seen.language))
            && among(&self.channel, Some(&seen.turn.conversation.channel))
            && tagged
            && self.answer.as_ref().is_none_or(|answer| answer.holds(seen.answers))
            && self.all.iter().all(|condition| condition.holds(seen))
            && (self.any.is_empty() || self.any.iter().any(|condition| condition.holds(seen)))
            && self.not.as_ref().is_none_or(|condition| !condition.holds(seen))
    }
}

/// Whether a layer is open; `None` for one the tenant does not have.
fn is_open(turn: &Turn, layer: &str) -> Option<bool> {
    turn.layers.iter().find(|hours| hours.layer == layer).map(|hours| hours.open)
}

impl Answer {
    fn holds(&self, answers: &BTreeMap<String, String>) -> bool {
        let given = answers.get(&self.name);
        let number = || given.and_then(|text| text.parse::<f64>().ok());
        self.given.is_none_or(|wanted| given.is_some() == wanted)
            && self.is.as_ref().is_none_or(|values| {
                given.is_some_and(|given| {
                    values.as_slice().iter().any(|value| plain(value) == plain(given))
                })
            })
            && self.at_least.is_none_or(|least| number().is_some_and(|n| n >= least))
            && self.at_most.is_none_or(|most| number().is_some_and(|n| n <= most))
    }
}
