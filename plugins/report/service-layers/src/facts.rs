//! Facts as the host gives them. What a later host adds is passed over.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A share with its denominator.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Ratio {
    pub part: u64,
    pub whole: u64,
}

impl Ratio {
    /// In percent; `None` of nothing.
    pub fn percent(self) -> Option<f64> {
        (self.whole > 0).then(|| self.part as f64 * 100.0 / self.whole as f64)
    }
}

/// `ledger`.
#[derive(Deserialize)]
pub struct Ledger {
    pub demand: u64,
    pub unresolved: u64,
    pub abandoned: u64,
    pub self_service: Ratio,
    pub layers: Vec<Layer>,
    #[serde(default)]
    pub goals: Vec<Goal>,
    pub fcr: Option<Ratio>,
    pub fcr_window_days: Option<u64>,
    pub first_response_calendar: Option<Durations>,
    pub first_response_business: Option<Durations>,
    pub bot_containment: Option<Ratio>,
    pub escalations: Option<Escalations>,
}

#[derive(Deserialize)]
pub struct Layer {
    pub layer: String,
    #[serde(default)]
    title: BTreeMap<String, String>,
    pub entered: u64,
    pub solved: u64,
    pub confirmed: u64,
    pub assumed: u64,
    pub by_person: u64,
    pub provisional: u64,
    pub of_entered: Ratio,
    pub cumulative: Ratio,
}

#[derive(Deserialize)]
pub struct Goal {
    pub layer: String,
    pub share: String,
    pub at_least: Option<f64>,
    pub under: Option<f64>,
    pub actual: Ratio,
    pub met: Option<bool>,
}

#[derive(Deserialize)]
pub struct Durations {
    pub count: u64,
    pub median_s: u64,
    pub p90_s: u64,
}

#[derive(Deserialize)]
pub struct Escalations {
    pub complete: Ratio,
    pub bounced: Ratio,
}

/// `daily`, one per day.
#[derive(Deserialize)]
pub struct Day {
    pub date: String,
    pub demand: u64,
    pub unresolved: u64,
    pub abandoned: u64,
    pub layers: Vec<DayLayer>,
}

#[derive(Deserialize)]
pub struct DayLayer {
    pub layer: String,
    pub solved: u64,
}

/// `channels`; no channel is the help center.
#[derive(Deserialize)]
pub struct Channel {
    pub channel: Option<String>,
    pub demand: u64,
    pub solved: u64,
}

/// `tags`.
#[derive(Deserialize)]
pub struct Tag {
    pub tag: String,
    pub demand: u64,
    pub of: u64,
}

/// `hours`.
#[derive(Deserialize)]
pub struct Hour {
    pub hour: u8,
    pub demand: u64,
    pub while_closed: u64,
}

/// `sla`.
#[derive(Deserialize)]
pub struct Promise {
    pub metric: String,
    pub owner: String,
    pub met: u64,
    pub breached: u64,
    pub open: u64,
}

impl Layer {
    /// What people read, in the language or any; the name of a layer that is gone.
    pub fn title(&self, language: &str) -> &str {
        let own = self.title.get(language).or_else(|| self.title.get("en"));
        own.or_else(|| self.title.values().next()).map_or(&self.layer, |title| title)
    }
}

impl Ledger {
    /// Every unit of demand has exactly one outcome.
    pub fn adds_up(&self) -> bool {
        let solved: u64 = self.layers.iter().map(|layer| layer.solved).sum();
        let kinds = self
            .layers
            .iter()
            .all(|layer| layer.confirmed + layer.assumed + layer.by_person == layer.solved);
        kinds && solved + self.unresolved + self.abandoned == self.demand
    }

    /// What people read for a layer by its name.
    pub fn title<'a>(&'a self, layer: &'a str, language: &str) -> &'a str {
        let found = self.layers.iter().find(|line| line.layer == layer);
        found.map_or(layer, |line| line.title(language))
    }
}
