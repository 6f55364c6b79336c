//! Targets by rules, the most specific first.
//!
//! A rule without a layer is the owner's promise for the whole conversation; one with a layer is that layer's own. While
//! the other owner's people hold the conversation a clock stands still, so each side answers for its own time. The
//! client's first response has no meaning before its experts get the conversation: without a layer it is each
//! of the client's layers' own.
//!
//! Start in [`Standard::targets`], then [`rule`].

mod rule;

#[cfg(test)]
mod tests;

use kerros_plugin::sla::{Facts, Layer, Metric, Owner, PauseOn, Sla, Target};
use kerros_plugin::{Error, log};
use rule::Rule;
use serde::Deserialize;

kerros_plugin::sla!(Standard);

struct Standard;

#[derive(Deserialize)]
struct Config {
    #[serde(default = "warn_at")]
    warn_at: u8,
    #[serde(default = "pause_on")]
    pause_on: Vec<PauseOn>,
    targets: Vec<Rule>,
}

fn warn_at() -> u8 {
    80
}

fn pause_on() -> Vec<PauseOn> {
    vec![PauseOn::Pending, PauseOn::OtherOwner]
}

/// The most targets the contract allows.
const MOST: usize = 32;

/// A target on its way: what it is for, and how specific the rule was that set it.
struct Chosen<'a> {
    layer: Option<&'a Layer>,
    rule: &'a Rule,
}

impl Chosen<'_> {
    fn is_for(&self, rule: &Rule, layer: Option<&Layer>) -> bool {
        self.rule.metric == rule.metric
            && self.rule.owner == rule.owner
            && self.layer.map(|l| &l.id) == layer.map(|l| &l.id)
    }
}

impl Sla for Standard {
    type Config = Config;

    fn targets(config: &Config, facts: &Facts) -> Result<Vec<Target>, Error> {
        let mut chosen: Vec<Chosen<'_>> = Vec::new();
        for rule in config.targets.iter().filter(|rule| rule.matches(facts)) {
            for layer in layers(rule, facts) {
                match chosen.iter_mut().find(|known| known.is_for(rule, layer)) {
                    Some(known) if known.rule.specificity() > rule.specificity() => {}
                    Some(known) => known.rule = rule,
                    None => chosen.push(Chosen { layer, rule }),
                }
            }
        }
        if chosen.len() > MOST {
            log::warn("more than 32 targets: the last ones are left out");
            chosen.truncate(MOST);
        }
        chosen.iter().map(|chosen| target(config, facts, chosen)).collect()
    }
}

/// For which layers a rule promises; one `None` is the whole conversation.
fn layers<'a>(rule: &Rule, facts: &'a Facts) -> Vec<Option<&'a Layer>> {
    if let Some(names) = &rule.layer {
        let named = facts.layers.iter().filter(|layer| names.holds(&layer.id));
        let found: Vec<_> = named.map(Some).collect();
        if found.is_empty() {
            log::warn("a target names no layer of this tenant");
        }
        return found;
    }
    if rule.owner == Owner::Client && rule.metric == Metric::FirstResponse {
        let own = facts.layers.iter().filter(|layer| has_people(layer, Owner::Client));
        return own.map(Some).collect();
    }
    vec![None]
}

fn target(config: &Config, facts: &Facts, chosen: &Chosen<'_>) -> Result<Target, Error> {
    let Chosen { layer, rule } = chosen;
    let within_s = rule.within_s().ok_or_else(|| {
        Error::invalid(format!("within: expected a time like 15m, found {:?}", rule.within))
    })?;
    let calendar = match rule.calendar.as_deref() {
        Some("always") => None,
        Some(calendar) => Some(calendar.to_owned()),
        None => {
            let first = || facts.layers.iter().find(|layer| has_people(layer, rule.owner));
            layer.or_else(first).and_then(|layer| layer.calendar.clone())
        }
    };
    let percent = rule.warn_at.unwrap_or(config.warn_at);
    Ok(Target {
        metric: rule.metric,
        owner: rule.owner,
        within_s,
        calendar,
        pause_on: rule.pause_on.clone().unwrap_or_else(|| config.pause_on.clone()),
        warn_at: (percent > 0).then_some(percent),
        layer: layer.map(|layer| layer.id.clone()),
    })
}

fn has_people(layer: &Layer, owner: Owner) -> bool {
    let owned_by = match owner {
        Owner::Vendor => "vendor",
        Owner::Client => "client",
    };
    layer.kind != "self_service" && layer.owner == owned_by
}
