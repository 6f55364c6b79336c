//! The demand ledger: every unit of demand with exactly one outcome, and the shares that goals bind.
//!
//! It is read from one [`DemandFact`] per unit of demand, which a current conversation row or a
//! help-center visit gives. Every share is a [`Ratio`], which carries its denominator.

mod fact;
mod figures;
mod goals;

use serde::{Deserialize, Serialize};

pub use fact::{DemandFact, Outcome, Source, VisitFact};
pub use figures::{
    Durations, EscalationQuality, Fcr, bot_containment, escalation_quality, fcr, first_response,
};
pub use goals::GoalCheck;

use crate::conversation::Solved;
use crate::id::LayerId;
use crate::policy::{LayerKind, Share, TenantPolicy};

/// A share with its denominator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ratio {
    /// How many.
    pub part: u64,
    /// Of how many.
    pub whole: u64,
}

impl Ratio {
    /// The share, 0 to 1; `None` of nothing.
    #[must_use]
    pub fn value(self) -> Option<f64> {
        (self.whole > 0).then(|| self.part as f64 / self.whole as f64)
    }

    /// The share in percent; `None` of nothing.
    #[must_use]
    pub fn percent(self) -> Option<f64> {
        self.value().map(|share| share * 100.0)
    }
}

/// What one layer did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerLine {
    /// The layer.
    pub layer: LayerId,
    /// Who works in it; `None` if the policy no longer has it.
    pub kind: Option<LayerKind>,
    /// Demand that entered it.
    pub entered: u64,
    /// Solved by it, said the customer.
    pub confirmed: u64,
    /// Solved by it, for all one can tell.
    pub assumed: u64,
    /// Solved by it, said a person.
    pub by_person: u64,
    /// How many of the solved may still be reopened.
    pub provisional: u64,
}

impl LayerLine {
    fn new(layer: LayerId, kind: Option<LayerKind>) -> Self {
        Self { layer, kind, entered: 0, confirmed: 0, assumed: 0, by_person: 0, provisional: 0 }
    }

    /// Solved by it, in whichever way.
    #[must_use]
    pub const fn solved(&self) -> u64 {
        self.confirmed + self.assumed + self.by_person
    }
}

/// Demand and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// Units of demand.
    pub demand: u64,
    /// What each layer did, in the policy's order; layers it no longer has come last.
    pub layers: Vec<LayerLine>,
    /// Still open, or closed unsolved.
    pub unresolved: u64,
    /// The customer gave up before an answer.
    pub abandoned: u64,
}

/// A line of [`Ledger::outcomes`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum OutcomeLine {
    /// Solved by a layer.
    Solved {
        /// Which.
        layer: LayerId,
    },
    /// Still open, or closed unsolved.
    Unresolved,
    /// The customer gave up before an answer.
    Abandoned,
}

impl Ledger {
    /// Counts a period's demand.
    #[must_use]
    pub fn of<'a>(facts: impl IntoIterator<Item = &'a DemandFact>, policy: &TenantPolicy) -> Self {
        let layers =
            policy.layers.iter().map(|layer| LayerLine::new(layer.id.clone(), Some(layer.kind)));
        let mut ledger = Self { demand: 0, layers: layers.collect(), unresolved: 0, abandoned: 0 };
        for fact in facts {
            ledger.count(fact);
        }
        ledger
    }

    fn count(&mut self, fact: &DemandFact) {
        self.demand += 1;
        for layer in &fact.entered {
            self.line(layer).entered += 1;
        }
        match &fact.outcome {
            Outcome::Solved { layer, solved, provisional } => {
                let line = self.line(layer);
                match solved {
                    Solved::Confirmed => line.confirmed += 1,
                    Solved::Assumed => line.assumed += 1,
                    Solved::ByPerson => line.by_person += 1,
                }
                line.provisional += u64::from(*provisional);
            }
            Outcome::Unresolved => self.unresolved += 1,
            Outcome::Abandoned => self.abandoned += 1,
        }
    }

    fn line(&mut self, layer: &LayerId) -> &mut LayerLine {
        let index = match self.layers.iter().position(|line| line.layer == *layer) {
            Some(index) => index,
            None => {
                self.layers.push(LayerLine::new(layer.clone(), None));
                self.layers.len() - 1
            }
        };
        &mut self.layers[index]
    }

    /// A share of a layer; `None` if the ledger has no such layer.
    #[must_use]
    pub fn share(&self, layer: &LayerId, share: Share) -> Option<Ratio> {
        let index = self.layers.iter().position(|line| line.layer == *layer)?;
        let line = &self.layers[index];
        Some(match share {
            Share::OfDemand => Ratio { part: line.solved(), whole: self.demand },
            Share::OfEntered => Ratio { part: line.solved(), whole: line.entered },
            Share::Entered => Ratio { part: line.entered, whole: self.demand },
            Share::Cumulative => {
                let part = self.layers[..=index].iter().map(LayerLine::solved).sum();
                Ratio { part, whole: self.demand }
            }
        })
    }

    /// Demand solved by self-service layers / demand.
    #[must_use]
    pub fn self_service_rate(&self) -> Ratio {
        self.of_demand(
            |line| {
                if line.kind == Some(LayerKind::SelfService) { line.solved() } else { 0 }
            },
        )
    }

    fn of_demand(&self, part: impl Fn(&LayerLine) -> u64) -> Ratio {
        Ratio { part: self.layers.iter().map(part).sum(), whole: self.demand }
    }

    /// Every outcome with its share of demand. The parts add up to demand.
    #[must_use]
    pub fn outcomes(&self) -> Vec<(OutcomeLine, Ratio)> {
        let ratio = |part| Ratio { part, whole: self.demand };
        let solved = self
            .layers
            .iter()
            .map(|line| (OutcomeLine::Solved { layer: line.layer.clone() }, ratio(line.solved())));
        solved
            .chain([
                (OutcomeLine::Unresolved, ratio(self.unresolved)),
                (OutcomeLine::Abandoned, ratio(self.abandoned)),
            ])
            .collect()
    }
}

/// Parts of a whole in tenths of a percent that add up to exactly 1000 (largest remainders are rounded
/// up, the first of equals first), so that a printed column sums to 100.0 %. All 0 of nothing. The
/// parts must add up to the whole.
#[must_use]
pub fn rounded_permille(parts: &[u64]) -> Vec<u32> {
    let whole: u128 = parts.iter().map(|part| u128::from(*part)).sum();
    if whole == 0 {
        return vec![0; parts.len()];
    }
    let scaled = |part: u64| u128::from(part) * 1000;
    let mut rounded: Vec<u32> =
        parts.iter().map(|part| u32::try_from(scaled(*part) / whole).unwrap_or(1000)).collect();
    let missing = 1000_u32.saturating_sub(rounded.iter().sum());
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(scaled(parts[*index]) % whole));
    for index in order.into_iter().take(usize::try_from(missing).unwrap_or(0)) {
        rounded[index] += 1;
    }
    rounded
}

#[cfg(test)]
mod tests;
