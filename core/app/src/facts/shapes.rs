//! Facts as a report plugin reads them, in JSON.

use std::collections::BTreeMap;

use kerros_domain::id::Language;
use kerros_domain::ledger::{Durations, EscalationQuality, Ledger, Ratio};
use kerros_domain::policy::{Share, TenantPolicy};
use kerros_domain::sla::{Metric, Owner};
use serde::Serialize;

/// `ledger`: demand and what became of it, with goals.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LedgerFact {
    /// Units of demand.
    pub demand: u64,
    /// Still open, or closed unsolved.
    pub unresolved: u64,
    /// Given up before an answer.
    pub abandoned: u64,
    /// Solved by self-service layers / demand.
    pub self_service: Ratio,
    /// The layers, in order.
    pub layers: Vec<LayerFact>,
    /// The goals, in order.
    pub goals: Vec<GoalFact>,
    /// Solved at the first contact / solved by people.
    pub fcr: Ratio,
    /// No new contact on the topic within this many days.
    pub fcr_window_days: u64,
    /// First response in calendar time, seconds.
    pub first_response_calendar: Option<Durations>,
    /// First response in opening hours, seconds.
    pub first_response_business: Option<Durations>,
    /// Bot conversations that never reached a person / bot conversations.
    pub bot_containment: Ratio,
    /// Briefing completeness and bounce-back.
    pub escalations: EscalationQuality,
}

/// A layer in the ledger.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LayerFact {
    /// Its name.
    pub layer: String,
    /// What people read, by language; empty for a layer that is gone.
    pub title: BTreeMap<Language, String>,
    /// `self_service`, `personal`, `expert`; `null` for a layer that is gone.
    pub kind: Option<&'static str>,
    /// Demand that entered it.
    pub entered: u64,
    /// Solved by it.
    pub solved: u64,
    /// Of those, said the customer.
    pub confirmed: u64,
    /// Of those, for all one can tell.
    pub assumed: u64,
    /// Of those, said a person.
    pub by_person: u64,
    /// Of the solved, may still be reopened.
    pub provisional: u64,
    /// Solved by it / demand.
    pub of_demand: Ratio,
    /// Solved by it / entered it.
    pub of_entered: Ratio,
    /// Solved by it or an earlier layer / demand.
    pub cumulative: Ratio,
    /// Entered it / demand.
    pub entered_share: Ratio,
}

/// A goal and how it stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GoalFact {
    /// The layer.
    pub layer: String,
    /// `of_demand`, `of_entered`, `cumulative`, `entered`.
    pub share: Share,
    /// At least this share, 0 to 1.
    pub at_least: Option<f64>,
    /// Under this share, 0 to 1.
    pub under: Option<f64>,
    /// How it stands.
    pub actual: Ratio,
    /// Whether it is met; `null` without a denominator.
    pub met: Option<bool>,
}

/// `daily`: one per day of the period, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DayFact {
    /// `2026-11-22`, in the tenant's time zone.
    pub date: String,
    /// Units of demand that began on it.
    pub demand: u64,
    /// Of those, open or closed unsolved.
    pub unresolved: u64,
    /// Of those, given up before an answer.
    pub abandoned: u64,
    /// What each layer did with them.
    pub layers: Vec<DayLayer>,
}

/// A layer's part of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DayLayer {
    /// Its name.
    pub layer: String,
    /// Demand that entered it.
    pub entered: u64,
    /// Solved by it.
    pub solved: u64,
}

/// `channels`: demand by channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChannelFact {
    /// The channel; `null` is the help center.
    pub channel: Option<String>,
    /// Units of demand.
    pub demand: u64,
    /// Of those, solved.
    pub solved: u64,
}

/// `tags`: demand by tag, most first. One unit may have several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TagFact {
    /// The tag.
    pub tag: String,
    /// Units of demand with it.
    pub demand: u64,
    /// Of all demand.
    pub of: u64,
}

/// `hours`: demand by hour of day in the tenant's time zone, 24 of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HourFact {
    /// 0 to 23.
    pub hour: u8,
    /// Units of demand that began in it.
    pub demand: u64,
    /// Of those, while the first layer of people was closed.
    pub while_closed: u64,
}

/// `sla`: promises of the period's conversations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SlaFact {
    /// What is timed.
    pub metric: Metric,
    /// Whose promise.
    pub owner: Owner,
    /// Kept.
    pub met: u64,
    /// Broken.
    pub breached: u64,
    /// Not decided yet.
    pub open: u64,
}

impl SlaFact {
    pub(super) const fn new((metric, owner): (Metric, Owner)) -> Self {
        Self { metric, owner, met: 0, breached: 0, open: 0 }
    }
}

pub(super) fn layers(ledger: &Ledger, policy: &TenantPolicy) -> Vec<LayerFact> {
    let nothing = Ratio { part: 0, whole: ledger.demand };
    ledger
        .layers
        .iter()
        .map(|line| {
            let share = |share| ledger.share(&line.layer, share).unwrap_or(nothing);
            LayerFact {
                layer: line.layer.to_string(),
                title: policy.layer(&line.layer).map(|l| l.title.clone()).unwrap_or_default(),
                kind: line.kind.map(crate::targets::kind_name),
                entered: line.entered,
                solved: line.solved(),
                confirmed: line.confirmed,
                assumed: line.assumed,
                by_person: line.by_person,
                provisional: line.provisional,
                of_demand: share(Share::OfDemand),
                of_entered: share(Share::OfEntered),
                cumulative: share(Share::Cumulative),
                entered_share: share(Share::Entered),
            }
        })
        .collect()
}

pub(super) fn goals(ledger: &Ledger, policy: &TenantPolicy) -> Vec<GoalFact> {
    ledger
        .check(&policy.goals)
        .into_iter()
        .map(|check| GoalFact {
            layer: check.goal.layer.to_string(),
            share: check.goal.share,
            at_least: check.goal.at_least,
            under: check.goal.under,
            actual: check.actual,
            met: check.met,
        })
        .collect()
}
