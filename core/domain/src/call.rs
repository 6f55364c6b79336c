//! A call that the customer asked for, and what becomes of it.

use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::time::Timestamp;

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    /// The customer was spoken to.
    Reached,
    /// Nobody answered.
    NoAnswer,
    /// Somebody else's number.
    WrongNumber,
}

/// A call to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The number to call, `+` and digits.
    pub number: String,
    /// Not before.
    pub not_before: Option<Timestamp>,
    /// Calls made so far.
    pub attempts: u32,
    /// How the last one ended.
    pub outcome: Option<CallOutcome>,
    /// When it was made.
    pub called_at: Option<Timestamp>,
}

impl Call {
    /// Whether it is still to be made.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.outcome, None | Some(CallOutcome::NoAnswer))
    }
}

/// When an unanswered call is made again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallPlan {
    /// Seconds after the first, second, ... unanswered call; its length is how often it is tried again.
    pub waits_s: Vec<u64>,
}

impl Default for CallPlan {
    /// After half an hour, after three hours, and a day later.
    fn default() -> Self {
        Self { waits_s: vec![1800, 3 * 3600, 24 * 3600] }
    }
}

impl CallPlan {
    /// The moment of the next call after `attempts` unanswered ones: moved into the opening hours if it
    /// falls outside them. `None` if it was tried often enough, or if it never opens again.
    #[must_use]
    pub fn next(
        &self,
        attempts: u32,
        now: Timestamp,
        hours: Option<&Calendar>,
    ) -> Option<Timestamp> {
        let place = usize::try_from(attempts.checked_sub(1)?).ok()?;
        let wait = *self.waits_s.get(place)?;
        let at =
            now.plus_millis(i64::try_from(wait).unwrap_or(i64::MAX / 2000).saturating_mul(1000));
        within(at, hours)
    }
}

/// The moment, or the opening after it if it falls outside the hours.
#[must_use]
pub fn within(at: Timestamp, hours: Option<&Calendar>) -> Option<Timestamp> {
    match hours {
        Some(hours) if !hours.is_open(at) => hours.next_opening(at),
        _ => Some(at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn an_unanswered_call_is_tried_again_inside_the_hours_and_not_for_ever() {
        let policy = sample::policy();
        let layer = policy.layers.iter().find(|layer| layer.id.as_str() == "first-line").unwrap();
        let hours = policy.hours(layer);
        let plan = CallPlan::default();
        let ten = sample::TUESDAY_10;
        assert_eq!(plan.next(1, ten, hours).unwrap().since(ten), 1_800_000);
        assert_eq!(plan.next(3, ten, hours).unwrap().since(ten), 24 * 3_600_000);
        assert_eq!(plan.next(4, ten, hours), None);
        assert_eq!(plan.next(0, ten, hours), None);
        // At 21:00 three hours later is midnight: the next morning at eight.
        let nine = ten.plus_millis(11 * 3_600_000);
        let next = plan.next(2, nine, hours).unwrap();
        assert!(hours.unwrap().is_open(next));
        assert_eq!(next.since(nine), 11 * 3_600_000);
        assert_eq!(plan.next(2, nine, None).unwrap().since(nine), 3 * 3_600_000);
    }
}
