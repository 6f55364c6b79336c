//! SLA targets: what was promised, on which clock, and how it went.
//!
//! The types are here, the rules in [`clock`]; how long everything took, promised or not, in [`took`].

pub(crate) mod ask;
pub mod clock;
pub mod took;

use serde::{Deserialize, Serialize};

use crate::id::{CalendarId, LayerId};
use crate::time::Timestamp;

/// What is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// From the customer's first message that reached a personal layer to the first message by a person.
    /// Bound to a layer: from the moment that layer has it to the first message by its own people.
    FirstResponse,
    /// From the oldest unanswered customer message to the answer.
    NextResponse,
    /// From opening to the last resolve.
    Resolution,
}

/// Whose promise it is: two sides share the work, so two clocks run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// The outsourcing vendor.
    Vendor,
    /// The client company's experts.
    Client,
}

/// What stops a target's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseOn {
    /// We wait for the customer.
    Pending,
    /// The other owner's people hold the conversation.
    OtherOwner,
}

/// A promise asked for by an SLA plugin, before the engine has put a clock on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetSpec {
    /// What is timed.
    pub metric: Metric,
    /// Whose promise.
    pub owner: Owner,
    /// The promise, in seconds of `calendar` time.
    pub within_s: u64,
    /// The calendar whose open time counts; `None` counts all time.
    pub calendar: Option<CalendarId>,
    /// What stops the clock.
    pub pause_on: Vec<PauseOn>,
    /// Warn when this many percent of the promise are used, 1 to 99.
    pub warn_at: Option<u8>,
    /// The layer for which it holds.
    pub layer: Option<LayerId>,
}

/// Where a target stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetState {
    /// Promised; what it times has not begun.
    Waiting,
    /// The clock runs.
    Running,
    /// The clock stands still.
    Paused,
    /// Done at or before due.
    Met,
    /// Not done by due. Stays so even if done later.
    Breached,
    /// No longer asked for (conversation closed as spam, policy changed).
    Dropped,
}

/// A promise with its clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Counts the targets of a conversation from 1; with the conversation it names this one.
    pub number: u32,
    /// The promise.
    pub spec: TargetSpec,
    /// Where it stands.
    pub state: TargetState,
    /// When the clock started (when it was promised, while it waits).
    pub started_at: Timestamp,
    /// Business milliseconds used up to `resumed_at` (or in all, when not running).
    pub used_ms: u64,
    /// When the clock last began to run.
    pub resumed_at: Timestamp,
    /// When it will be (or was) due; `None` while paused.
    pub due_at: Option<Timestamp>,
    /// When to warn; `None` while paused, when warned, or without a warning.
    pub warn_at: Option<Timestamp>,
    /// When it was warned.
    pub warned_at: Option<Timestamp>,
    /// When it was met or breached.
    pub settled_at: Option<Timestamp>,
}

impl TargetState {
    /// Whether the promise is still to be kept.
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Waiting | Self::Running | Self::Paused)
    }
}

impl TargetSpec {
    /// What tells promises of one conversation apart: the same key asked again is the same promise.
    #[must_use]
    pub const fn key(&self) -> (Metric, Owner, Option<&LayerId>) {
        (self.metric, self.owner, self.layer.as_ref())
    }
}

#[cfg(test)]
mod tests;
