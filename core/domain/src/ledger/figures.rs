//! Figures beside the ledger, as METRICS defines them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{DemandFact, Outcome, Ratio, Source};
use crate::id::ContactId;
use crate::policy::{LayerKind, TenantPolicy};
use crate::time::Timestamp;

/// First contact resolution, with its window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fcr {
    /// Solved by people at the first contact / solved by people.
    pub ratio: Ratio,
    /// No new contact on the topic within this time, in seconds.
    pub window_s: u64,
}

/// First contact resolution of the conversations in `period` that people resolved: no reopen, and no
/// new contact of the same customer on the same topic within the window. Two contacts are on the same
/// topic if they share a tag, or if one of them has none to tell by. `facts` must reach a window
/// beyond the period, or late new contacts are missed.
#[must_use]
pub fn fcr(
    facts: &[DemandFact],
    policy: &TenantPolicy,
    period: std::ops::Range<Timestamp>,
    window_s: u64,
) -> Fcr {
    let window_ms = i64::try_from(window_s).unwrap_or(i64::MAX).saturating_mul(1000);
    let mut by_contact: BTreeMap<ContactId, Vec<&DemandFact>> = BTreeMap::new();
    for fact in facts {
        if let Some(contact) = fact.contact {
            by_contact.entry(contact).or_default().push(fact);
        }
    }
    let came_back = |fact: &DemandFact, resolved_at: Timestamp| {
        let others = fact.contact.and_then(|contact| by_contact.get(&contact));
        others.into_iter().flatten().any(|other| {
            other.source != fact.source
                && other.began_at > resolved_at
                && other.began_at <= resolved_at.plus_millis(window_ms)
                && same_topic(fact, other)
        })
    };
    let mut ratio = Ratio { part: 0, whole: 0 };
    for fact in facts.iter().filter(|fact| period.contains(&fact.began_at)) {
        let Outcome::Solved { layer, .. } = &fact.outcome else { continue };
        let people = policy.layer(layer).is_some_and(|layer| layer.kind.has_people());
        let Some(resolved_at) = fact.resolved_at.filter(|_| people) else { continue };
        ratio.whole += 1;
        ratio.part += u64::from(fact.reopened == 0 && !came_back(fact, resolved_at));
    }
    Fcr { ratio, window_s }
}

fn same_topic(one: &DemandFact, other: &DemandFact) -> bool {
    one.tags.is_empty() || other.tags.is_empty() || !one.tags.is_disjoint(&other.tags)
}

/// How long things took, in seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Durations {
    /// How many were measured.
    pub count: u64,
    /// Mean, rounded down.
    pub mean_s: u64,
    /// Half took at most this.
    pub median_s: u64,
    /// Nine of ten took at most this.
    pub p90_s: u64,
    /// The longest.
    pub max_s: u64,
}

impl Durations {
    /// Sums up; `None` of nothing. Percentiles are nearest-rank: a value that occurred.
    #[must_use]
    pub fn of(mut seconds: Vec<u64>) -> Option<Self> {
        seconds.sort_unstable();
        let max_s = *seconds.last()?;
        let count = seconds.len();
        let rank = |percent: usize| seconds[(count * percent).div_ceil(100).clamp(1, count) - 1];
        let total: u128 = seconds.iter().map(|s| u128::from(*s)).sum();
        Some(Self {
            count: count as u64,
            mean_s: u64::try_from(total / count as u128).unwrap_or(u64::MAX),
            median_s: rank(50),
            p90_s: rank(90),
            max_s,
        })
    }
}

/// First response times: in calendar time, and in the opening hours of the first layer worked by
/// people that the conversation entered.
#[must_use]
pub fn first_response(
    facts: &[DemandFact],
    policy: &TenantPolicy,
) -> (Option<Durations>, Option<Durations>) {
    let answered = |fact: &DemandFact| {
        let (from, to) = (fact.reached_person_at?, fact.first_response_at?);
        // Where a person wrote before the customer did, nobody waited.
        let calendar_ms = u64::try_from(to.since(from)).ok()?;
        let hours = fact
            .entered
            .iter()
            .filter_map(|layer| policy.layer(layer))
            .find(|layer| layer.kind.has_people())
            .and_then(|layer| policy.hours(layer));
        let business_ms = hours.map_or(calendar_ms, |hours| hours.elapsed_ms(from, to));
        Some((calendar_ms / 1000, business_ms / 1000))
    };
    let (calendar, business) = facts.iter().filter_map(answered).unzip();
    (Durations::of(calendar), Durations::of(business))
}

/// Bot conversations that never reached a person / bot conversations. Not a resolution rate.
#[must_use]
pub fn bot_containment(facts: &[DemandFact], policy: &TenantPolicy) -> Ratio {
    let mut ratio = Ratio { part: 0, whole: 0 };
    for fact in facts.iter().filter(|fact| matches!(fact.source, Source::Conversation(_))) {
        let kinds: Vec<LayerKind> = fact
            .entered
            .iter()
            .filter_map(|layer| policy.layer(layer))
            .map(|layer| layer.kind)
            .collect();
        if kinds.contains(&LayerKind::SelfService) {
            ratio.whole += 1;
            ratio.part += u64::from(!kinds.iter().any(|kind| kind.has_people()));
        }
    }
    ratio
}

/// How good escalations are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalationQuality {
    /// Escalations with every required field / escalations.
    pub complete: Ratio,
    /// Returned for missing facts / escalations.
    pub bounced: Ratio,
}

/// Briefing completeness and bounce-back.
#[must_use]
pub fn escalation_quality(facts: &[DemandFact]) -> EscalationQuality {
    let sum = |of: fn(&DemandFact) -> u32| facts.iter().map(|fact| u64::from(of(fact))).sum();
    let whole = sum(|fact| fact.escalations);
    EscalationQuality {
        complete: Ratio { part: sum(|fact| fact.complete_briefings), whole },
        bounced: Ratio { part: sum(|fact| fact.bounced), whole },
    }
}
