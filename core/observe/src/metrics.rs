//! The registry: every [`Name`] registered once, written by name and label values.

use std::collections::BTreeMap;

use prometheus::{
    CounterVec, Encoder, GaugeVec, HistogramOpts, HistogramVec, Opts, Registry, TextEncoder,
};

use crate::buckets::edges;
use crate::name::{Kind, Name};
use crate::tenants::TenantLabels;

/// The registry could not be made: a defect, found by the first test that makes one.
#[derive(Debug, thiserror::Error)]
#[error("metric {name} could not be registered: {source}")]
pub struct RegistryError {
    /// Which metric.
    name: &'static str,
    /// Why.
    source: prometheus::Error,
}

enum Family {
    Counter(CounterVec),
    Gauge(GaugeVec),
    Histogram(HistogramVec),
}

/// All metrics of a process.
pub struct Metrics {
    registry: Registry,
    families: BTreeMap<Name, Family>,
    tenants: TenantLabels,
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metrics").field("families", &self.families.len()).finish_non_exhaustive()
    }
}

impl Metrics {
    /// Registers everything. `targets` are the seconds of every configured SLA target; each becomes a bucket
    /// edge. At most `tenant_cap` tenants get a label of their own.
    pub fn new(targets: &[f64], tenant_cap: usize) -> Result<Self, RegistryError> {
        let registry = Registry::new();
        let mut families = BTreeMap::new();
        for &name in Name::ALL {
            let family = register(&registry, name, targets)
                .map_err(|source| RegistryError { name: name.as_str(), source })?;
            families.insert(name, family);
        }
        Ok(Self { registry, families, tenants: TenantLabels::new(tenant_cap) })
    }

    /// The label to use for a tenant (its id, or `other` beyond the cap).
    pub fn tenant<'a>(&self, id: &'a str) -> &'a str {
        self.tenants.label(id)
    }

    /// Adds `by` to a counter. Label values stand in the order of [`Name::labels`].
    pub fn add(&self, name: Name, labels: &[&str], by: f64) {
        if let Some(Family::Counter(counter)) = self.families.get(&name)
            && let Ok(counter) = counter.get_metric_with_label_values(labels)
        {
            counter.inc_by(by.max(0.0));
        }
    }

    /// Sets a gauge.
    pub fn set(&self, name: Name, labels: &[&str], to: f64) {
        if let Some(Family::Gauge(gauge)) = self.families.get(&name)
            && let Ok(gauge) = gauge.get_metric_with_label_values(labels)
        {
            gauge.set(to);
        }
    }

    /// Moves a gauge by `by`.
    pub fn shift(&self, name: Name, labels: &[&str], by: f64) {
        if let Some(Family::Gauge(gauge)) = self.families.get(&name)
            && let Ok(gauge) = gauge.get_metric_with_label_values(labels)
        {
            gauge.add(by);
        }
    }

    /// Observes a value in a histogram.
    pub fn observe(&self, name: Name, labels: &[&str], value: f64) {
        if let Some(Family::Histogram(histogram)) = self.families.get(&name)
            && let Ok(histogram) = histogram.get_metric_with_label_values(labels)
        {
            histogram.observe(value);
        }
    }

    /// Forgets every series of a gauge, before a scrape sets those that stand now.
    pub fn clear(&self, name: Name) {
        if let Some(Family::Gauge(gauge)) = self.families.get(&name) {
            gauge.reset();
        }
    }

    /// The text exposition format, version 0.0.4.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = Vec::new();
        if let Err(error) = TextEncoder::new().encode(&self.registry.gather(), &mut text) {
            tracing::error!(%error, "metrics could not be encoded");
        }
        String::from_utf8(text).unwrap_or_default()
    }
}

fn register(registry: &Registry, name: Name, targets: &[f64]) -> Result<Family, prometheus::Error> {
    let opts = Opts::new(name.as_str(), name.help());
    Ok(match name.kind() {
        Kind::Counter => {
            let family = CounterVec::new(opts, name.labels())?;
            registry.register(Box::new(family.clone()))?;
            Family::Counter(family)
        }
        Kind::Gauge => {
            let family = GaugeVec::new(opts, name.labels())?;
            registry.register(Box::new(family.clone()))?;
            Family::Gauge(family)
        }
        Kind::Histogram(kind) => {
            let opts = HistogramOpts::new(name.as_str(), name.help()).buckets(edges(kind, targets));
            let family = HistogramVec::new(opts, name.labels())?;
            registry.register(Box::new(family.clone()))?;
            Family::Histogram(family)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_registers_and_follows_the_naming_rules() {
        let metrics = Metrics::new(&[45.0], 8).unwrap();
        for name in Name::ALL {
            let text = name.as_str();
            assert!(text.starts_with("kerros_"), "{text}");
            assert_eq!(text.ends_with("_total"), name.kind() == Kind::Counter, "{text}");
            assert!(name.help().ends_with('.'), "{text}: help is a sentence");
            let labels: Vec<&str> = name.labels().iter().map(|_| "x").collect();
            match name.kind() {
                Kind::Counter => metrics.add(*name, &labels, 1.0),
                Kind::Gauge => metrics.set(*name, &labels, 1.0),
                Kind::Histogram(_) => metrics.observe(*name, &labels, 0.02),
            }
        }
        let text = metrics.render();
        for name in Name::ALL {
            assert!(text.contains(name.as_str()), "{} was not rendered", name.as_str());
        }
        assert!(text.contains(r#"le="45""#), "the configured target is an edge");
    }
}
