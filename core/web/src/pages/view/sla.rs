//! SLA targets as people see them: what, whose, how long is left; by text and icon, never by colour alone.

use kerros_app::tenant::Tenant;
use kerros_domain::conversation::Conversation;
use kerros_domain::sla::{Metric, Owner, Target, TargetState};
use kerros_domain::time::Timestamp;
use serde::Serialize;

use super::Look;
use crate::i18n::time;

/// A target as shown. `console.js` keeps `text` going from `due_ms` and `warn_ms`.
#[derive(Debug, Clone, Serialize)]
pub struct Sla {
    /// `running`, `warn`, `late`, `paused`, `met`, `missed`.
    pub state: &'static str,
    /// An icon of the sprite.
    pub icon: &'static str,
    /// What is timed: `First response`.
    pub label: String,
    /// Whose promise: `vendor` or `client`.
    pub owner: &'static str,
    /// `12 min left`, `late by 5 min`.
    pub text: String,
    /// What is left, or over with a minus, alone: `12 min`.
    pub short: String,
    /// When due, if a clock ticks towards or past it.
    pub due_ms: Option<i64>,
    /// When to turn into a warning.
    pub warn_ms: Option<i64>,
    /// Everything, for the title.
    pub exact: String,
    #[serde(skip)]
    rank: (u8, i64),
}

/// The key of a metric in messages.
#[must_use]
pub fn metric_key(metric: Metric) -> &'static str {
    match metric {
        Metric::FirstResponse => "sla-first-response",
        Metric::NextResponse => "sla-next-response",
        Metric::Resolution => "sla-resolution",
    }
}

/// Whether what the target times is still to be done.
fn still_to_do(conversation: &Conversation, target: &Target) -> bool {
    if !conversation.state.is_open() {
        return false;
    }
    match target.spec.metric {
        Metric::FirstResponse => conversation.first_response_at.is_none(),
        Metric::NextResponse => {
            conversation.unanswered_since.is_some_and(|s| s <= target.started_at)
        }
        Metric::Resolution => true,
    }
}

/// A target, if it is worth showing.
#[must_use]
pub fn sla(
    look: &Look,
    tenant: &Tenant,
    conversation: &Conversation,
    target: &Target,
) -> Option<Sla> {
    let say = look.say;
    let promise = time::length(say, i64::try_from(target.spec.within_s).unwrap_or(i64::MAX) * 1000);
    let left = |due: Timestamp| time::countdown(say, due.since(look.now)).into();
    let used = time::length(say, i64::try_from(target.used_ms).unwrap_or(i64::MAX));
    let late = |due: Timestamp| say.with("sla-late", &[("time", left(due))]);
    let plain = |due: Timestamp| time::countdown(say, due.since(look.now));
    let mut short = None;
    let (state, icon, text, rank) = match (target.state, target.due_at) {
        (TargetState::Running, Some(due)) if look.now > due => {
            short = Some(format!("−{}", plain(due)));
            ("late", "late", late(due), (0, due.0))
        }
        (TargetState::Running, Some(due)) => {
            short = Some(plain(due));
            let warned =
                target.warned_at.is_some() || target.warn_at.is_some_and(|warn| look.now >= warn);
            let text = say.with("sla-left", &[("time", left(due))]);
            if warned {
                ("warn", "warn", text, (1, due.0))
            } else {
                ("running", "clock", text, (1, due.0))
            }
        }
        (TargetState::Breached, Some(due)) if still_to_do(conversation, target) => {
            short = Some(format!("−{}", plain(due)));
            ("late", "late", late(due), (0, due.0))
        }
        (TargetState::Breached, _) => ("missed", "late", say.t("sla-missed"), (3, 0)),
        (TargetState::Paused, _) => {
            let rest = target.spec.within_s.saturating_mul(1000).saturating_sub(target.used_ms);
            let rest = time::countdown(say, i64::try_from(rest).unwrap_or(i64::MAX));
            short = Some(rest.clone());
            ("paused", "pause", say.with("sla-paused", &[("time", rest.into())]), (2, 0))
        }
        (TargetState::Met, _) => {
            ("met", "check-circle", say.with("sla-met", &[("time", used.into())]), (5, 0))
        }
        (TargetState::Running, None) | (TargetState::Waiting | TargetState::Dropped, _) => {
            return None;
        }
    };
    let mut label = say.t(metric_key(target.spec.metric));
    // A promise of a layer that it has left goes on: it says whose it is.
    if let Some(layer) = target.spec.layer.as_ref().filter(|layer| **layer != conversation.layer) {
        label = format!("{label}, {}", look.layer(tenant, layer));
    }
    let owner = match target.spec.owner {
        Owner::Vendor => "vendor",
        Owner::Client => "client",
    };
    let whose = say.t(if owner == "vendor" { "sla-owner-vendor" } else { "sla-owner-client" });
    let mut exact = say.with(
        "sla-exact",
        &[("what", label.clone().into()), ("whose", whose.into()), ("within", promise.into())],
    );
    if let Some(due) = target.due_at {
        exact.push_str(" · ");
        exact.push_str(&say.with("sla-due", &[("when", look.when(due).exact.into())]));
    }
    let ticks = matches!(state, "running" | "warn" | "late");
    Some(Sla {
        state,
        icon,
        label,
        owner,
        short: short.unwrap_or_else(|| text.clone()),
        text,
        due_ms: target.due_at.filter(|_| ticks).map(|t| t.0),
        warn_ms: target.warn_at.filter(|_| ticks).map(|t| t.0),
        exact,
        rank,
    })
}

/// Every target that runs, stands or is settled, the most pressing first; those whose clock has not begun say
/// nothing yet.
#[must_use]
pub fn all(look: &Look, tenant: &Tenant, conversation: &Conversation) -> Vec<Sla> {
    let mut all: Vec<Sla> = conversation
        .targets
        .iter()
        .filter_map(|target| sla(look, tenant, conversation, target))
        .collect();
    all.sort_by_key(|sla| sla.rank);
    all
}

/// The one for a row of the queue: running, late or paused.
#[must_use]
pub fn pressing(look: &Look, tenant: &Tenant, conversation: &Conversation) -> Option<Sla> {
    if !conversation.state.is_open() {
        return None;
    }
    all(look, tenant, conversation).into_iter().find(|sla| sla.rank.0 <= 2)
}
