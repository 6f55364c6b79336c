//! How long an answer or a solution took, promised or not: what the histograms of response and
//! resolution times are made of.
//!
//! - **first response**: from the customer's first message that reached people to the first message
//!   by a person.
//! - **next response**: from the oldest unanswered customer message to a person's answer, or to the resolve.
//! - **resolution**: from opening to the resolve; after a reopen the whole time so far.
//!
//! Counted in the calendar of the conversation's own promise of that kind, so that a late answer always
//! lies above the promise; without one in the opening hours of the layer that had it. Pauses are not taken
//! off: that is the business of a promise's clock.

use super::{Metric, TargetState};
use crate::calendar::Calendar;
use crate::conversation::{Conversation, State};
use crate::id::LayerId;
use crate::policy::TenantPolicy;
use crate::time::Timestamp;

/// One answer or solution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Took {
    /// What was timed.
    pub metric: Metric,
    /// The layer that had the conversation.
    pub layer: LayerId,
    /// Open milliseconds it took.
    pub ms: u64,
}

/// What the step from `before` to `after` at `now` answered or solved, each once.
#[must_use]
pub fn took(
    before: &Conversation,
    after: &Conversation,
    policy: &TenantPolicy,
    now: Timestamp,
) -> Vec<Took> {
    let first = before.first_response_at.is_none() && after.first_response_at.is_some();
    // A bot's answer is none of a person; what is closed was not answered.
    let next = before.first_response_at.is_some()
        && after.unanswered_since.is_none()
        && before.state.is_with_people()
        && after.state != State::Closed;
    let solved = before.resolution.is_none() && after.resolution.is_some();
    let began = [
        (Metric::FirstResponse, before.reached_person_at.filter(|_| first)),
        (Metric::NextResponse, before.unanswered_since.filter(|_| next)),
        (Metric::Resolution, solved.then_some(before.opened_at)),
    ];
    let layer = &before.layer;
    let since = |(metric, from): (Metric, Option<Timestamp>)| {
        let from = from?;
        let ms = match calendar(before, policy, metric) {
            Some(calendar) => calendar.elapsed_ms(from, now),
            None => u64::try_from(now.since(from)).unwrap_or(0),
        };
        Some(Took { metric, layer: layer.clone(), ms })
    };
    began.into_iter().filter_map(since).collect()
}

/// The calendar of the layer's own promise, else of the conversation's, else the layer's hours.
fn calendar<'p>(
    c: &Conversation,
    policy: &'p TenantPolicy,
    metric: Metric,
) -> Option<&'p Calendar> {
    let promised = c
        .targets
        .iter()
        .filter(|target| target.state != TargetState::Dropped && target.spec.metric == metric)
        .filter(|target| target.spec.layer.as_ref().is_none_or(|layer| *layer == c.layer))
        .max_by_key(|target| target.spec.layer.is_some());
    match promised {
        Some(target) => {
            let name = target.spec.calendar.as_ref()?;
            policy.calendars.get(name).map(|hours| &**hours)
        }
        None => policy.layer(&c.layer).and_then(|layer| policy.hours(layer)),
    }
}
