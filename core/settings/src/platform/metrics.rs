//! `[metrics]`: what `/metrics` shows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Faults;

/// Metrics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    /// More bucket edges of SLA times, in seconds.
    pub buckets: Vec<f64>,
    /// Tenants with a label of their own.
    #[schemars(range(min = 1, max = 10_000))]
    pub tenants: usize,
}

impl Default for Metrics {
    fn default() -> Self {
        Self { buckets: Vec::new(), tenants: 200 }
    }
}

impl Metrics {
    pub(super) fn validate(&self, faults: &mut Faults<'_>) {
        for (n, edge) in self.buckets.iter().enumerate() {
            if !(*edge > 0.0 && edge.is_finite()) {
                let allowed = "allowed is a number of seconds above 0";
                faults.wrong(&format!("metrics.buckets[{n}]"), &edge.to_string(), allowed);
            }
        }
    }
}
