//! Goals against what is.

use serde::{Deserialize, Serialize};

use super::{Ledger, Ratio};
use crate::policy::Goal;

/// A goal and how it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GoalCheck {
    /// The goal.
    pub goal: Goal,
    /// The share it binds; of nothing if the layer is not in the ledger.
    pub actual: Ratio,
    /// Whether it is met; `None` without a denominator, or when the goal sets no bound.
    pub met: Option<bool>,
}

impl Ledger {
    /// Checks goals, in their order.
    #[must_use]
    pub fn check(&self, goals: &[Goal]) -> Vec<GoalCheck> {
        goals
            .iter()
            .map(|goal| {
                let actual =
                    self.share(&goal.layer, goal.share).unwrap_or(Ratio { part: 0, whole: 0 });
                GoalCheck { met: met(goal, actual), goal: goal.clone(), actual }
            })
            .collect()
    }
}

fn met(goal: &Goal, actual: Ratio) -> Option<bool> {
    let share = actual.value()?;
    if goal.at_least.is_none() && goal.under.is_none() {
        return None;
    }
    let enough = goal.at_least.is_none_or(|bound| share >= bound);
    let few = goal.under.is_none_or(|bound| share < bound);
    Some(enough && few)
}
