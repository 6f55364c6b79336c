//! `[[goals]]`: what was agreed on layers, each with the share it binds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Tenant, unknown};
use crate::fault::Faults;

/// A goal of one layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// The layer.
    pub layer: String,
    /// Which share it binds; every share names what it is a share of.
    pub share: Share,
    /// At least this share, 0 to 1.
    #[serde(default)]
    pub at_least: Option<f64>,
    /// Under this share, 0 to 1.
    #[serde(default)]
    pub under: Option<f64>,
}

/// What a goal binds: `of_demand` is solved by the layer / demand, `of_entered` solved by it / entered
/// it, `cumulative` solved by it or an earlier one / demand, `entered` entered it / demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    OfDemand,
    OfEntered,
    Cumulative,
    Entered,
}

pub(super) fn validate(tenant: &Tenant, faults: &mut Faults<'_>) {
    let layers: Vec<&str> = tenant.layers.iter().map(|layer| layer.id.as_str()).collect();
    for (n, goal) in tenant.goals.iter().enumerate() {
        let at = format!("goals[{n}]");
        if !layers.contains(&goal.layer.as_str()) {
            unknown(faults, &format!("{at}.layer"), &goal.layer, "layer", &layers);
        }
        for (name, share) in [("at_least", goal.at_least), ("under", goal.under)] {
            let Some(share) = share else { continue };
            if !(0.0..=1.0).contains(&share) {
                let allowed = "allowed is a share from 0 to 1 (25 % is 0.25)";
                faults.wrong(&format!("{at}.{name}"), &share.to_string(), allowed);
            }
        }
        if goal.at_least.is_some() == goal.under.is_some() {
            let found = if goal.under.is_some() { "both at_least and under" } else { "no bound" };
            faults.wrong(&at, found, "allowed is one of at_least and under");
        }
    }
}
