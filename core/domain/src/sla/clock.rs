//! The clocks of targets: when they run, stand still, and how they end.
//!
//! After every command `keep` brings each live target in line with what the conversation now is:
//!
//! - **first response** runs from the customer's first message that reached people until a person
//!   answers; bots and notices do not count.
//! - **next response** runs from the oldest unanswered customer message, and only after the first
//!   response has happened; later messages do not restart it; an answer or the resolve ends it, and
//!   a new one waits for the next message.
//! - **resolution** runs from opening to the resolve, and goes on after a reopen.
//!
//! A target bound to a layer runs only while that layer has the conversation. `Pending` and
//! `OtherOwner` pauses stop a clock; the time used so far is kept. So does a call that waits for its moment,
//! the one that the customer named or the next try: nobody promises to call before that. A target is met if it ends at or
//! before due, else breached; breaches and warnings are recorded once.

use super::{Metric, PauseOn, Target, TargetSpec, TargetState};
use crate::calendar::Calendar;
use crate::conversation::{Conversation, State};
use crate::decide::turn::Turn;
use crate::event::Event;
use crate::policy::TenantPolicy;
use crate::time::Timestamp;

/// Due when a calendar never opens: a hundred years on, which is never.
const NEVER_MS: i64 = 36_525 * 86_400_000;

/// What a command did that ends or resumes clocks.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Turned {
    /// A person wrote to the customer.
    pub answered: bool,
    /// It was resolved.
    pub resolved: bool,
    /// It was opened again.
    pub reopened: bool,
}

/// When `spec` is due and when to warn, on a clock that runs from `from` and has used `used_ms`.
pub(crate) fn due(
    policy: &TenantPolicy,
    spec: &TargetSpec,
    from: Timestamp,
    used_ms: u64,
) -> (Timestamp, Option<Timestamp>) {
    let within_ms = spec.within_s.saturating_mul(1000);
    let after = |budget_ms: u64| {
        let left = budget_ms.saturating_sub(used_ms);
        match calendar(policy, spec) {
            Some(calendar) => calendar.deadline(from, left),
            None => i64::try_from(left).ok().map(|left| from.plus_millis(left)),
        }
        .unwrap_or_else(|| from.plus_millis(NEVER_MS))
    };
    let warn_at = spec.warn_at.map(|percent| {
        let share = u128::from(within_ms) * u128::from(percent) / 100;
        after(u64::try_from(share).unwrap_or(u64::MAX))
    });
    (after(within_ms), warn_at)
}

/// Business milliseconds a target has used by `now`.
#[must_use]
pub fn used_ms(policy: &TenantPolicy, target: &Target, now: Timestamp) -> u64 {
    if target.state != TargetState::Running {
        return target.used_ms;
    }
    let running = match calendar(policy, &target.spec) {
        Some(calendar) => calendar.elapsed_ms(target.resumed_at, now),
        None => u64::try_from(now.since(target.resumed_at)).unwrap_or(0),
    };
    target.used_ms.saturating_add(running)
}

fn calendar<'p>(policy: &'p TenantPolicy, spec: &TargetSpec) -> Option<&'p Calendar> {
    spec.calendar.as_ref().and_then(|name| policy.calendars.get(name)).map(|hours| &**hours)
}

/// Whether a first response was given before its promise could begin.
pub(crate) fn is_over(c: &Conversation, spec: &TargetSpec) -> bool {
    spec.metric == Metric::FirstResponse
        && match &spec.layer {
            Some(layer) => c.answered.contains(layer),
            None => c.first_response_at.is_some(),
        }
}

/// Whether the clock of such a promise runs in this conversation.
pub(crate) fn runs(c: &Conversation, policy: &TenantPolicy, spec: &TargetSpec) -> bool {
    let timed = match spec.metric {
        Metric::FirstResponse => c.reached_person_at.is_some() && !is_over(c, spec),
        Metric::NextResponse => c.first_response_at.is_some() && c.unanswered_since.is_some(),
        Metric::Resolution => true,
    };
    timed && c.state.is_open() && !stopped(c, policy, spec)
}

fn stopped(c: &Conversation, policy: &TenantPolicy, spec: &TargetSpec) -> bool {
    let elsewhere = spec.layer.as_ref().is_some_and(|layer| *layer != c.layer);
    let pauses = |pause: &PauseOn| match pause {
        PauseOn::Pending => c.state == State::Pending,
        PauseOn::OtherOwner => policy.layer(&c.layer).is_some_and(|l| l.owner != spec.owner),
    };
    elsewhere || c.waits_for_call() || spec.pause_on.iter().any(pauses)
}

/// Since when a promise asked for only now has been running.
pub(crate) fn began(c: &Conversation, spec: &TargetSpec) -> Timestamp {
    let began = match spec.metric {
        Metric::FirstResponse => c.reached_person_at,
        Metric::NextResponse => c.unanswered_since,
        Metric::Resolution => None,
    }
    .unwrap_or(c.opened_at);
    // After a change of hands, not before this holder had it.
    if spec.layer.is_some() || c.escalations > 0 { began.max(c.held_since) } else { began }
}

pub(crate) fn next_number(c: &Conversation) -> u32 {
    c.targets.iter().map(|target| target.number).max().unwrap_or(0) + 1
}

/// Brings every target in line with the conversation after a command.
pub(crate) fn keep(turn: &mut Turn<'_>) {
    let targets = turn.conversation.targets.len();
    for index in 0..targets {
        match turn.conversation.targets[index].state {
            TargetState::Waiting => wait(turn, index),
            TargetState::Running => run(turn, index),
            TargetState::Paused => stand(turn, index),
            TargetState::Met if turn.turned.reopened => go_on(turn, index),
            TargetState::Breached if turn.turned.answered || turn.turned.resolved => {
                again(turn, index);
            }
            TargetState::Met | TargetState::Breached | TargetState::Dropped => {}
        }
    }
}

fn closed(turn: &Turn<'_>) -> bool {
    turn.conversation.state == State::Closed
}

fn wait(turn: &mut Turn<'_>, index: usize) {
    let target = &turn.conversation.targets[index];
    let number = target.number;
    if closed(turn) {
        turn.follow(Event::TargetDropped { number });
    } else if runs(&turn.conversation, turn.policy, &target.spec) {
        let spec = target.spec.clone();
        let (due_at, warn_at) = due(turn.policy, &spec, turn.now, 0);
        turn.follow(Event::TargetSet { number, spec, from: None, due_at, warn_at });
    }
}

fn run(turn: &mut Turn<'_>, index: usize) {
    let target = &turn.conversation.targets[index];
    let number = target.number;
    if let Some(due_at) = target.due_at
        && due_at < turn.now
    {
        let metric = target.spec.metric;
        turn.follow(Event::TargetBreached { number, due_at });
        if metric == Metric::NextResponse && turn.conversation.unanswered_since.is_none() {
            again(turn, index);
        }
        return;
    }
    let warn = target.warn_at.is_some_and(|at| at <= turn.now);
    if ended(turn, target) {
        meet(turn, index);
    } else if closed(turn) {
        turn.follow(Event::TargetDropped { number });
    } else if runs(&turn.conversation, turn.policy, &target.spec) {
        if warn {
            turn.follow(Event::TargetWarned { number });
        }
    } else if is_stale(&turn.conversation, target) {
        turn.follow(Event::TargetDropped { number });
        again(turn, index);
    } else {
        let used_ms = used_ms(turn.policy, target, turn.now);
        if warn {
            turn.follow(Event::TargetWarned { number });
        }
        turn.follow(Event::TargetPaused { number, used_ms });
    }
}

fn stand(turn: &mut Turn<'_>, index: usize) {
    let target = &turn.conversation.targets[index];
    let number = target.number;
    if target.used_ms > target.spec.within_s.saturating_mul(1000) {
        // The promise was shortened below what was used already.
        turn.follow(Event::TargetBreached { number, due_at: turn.now });
    } else if ended(turn, target) {
        meet(turn, index);
    } else if closed(turn) {
        turn.follow(Event::TargetDropped { number });
    } else if runs(&turn.conversation, turn.policy, &target.spec) {
        resume(turn, index);
    } else if is_stale(&turn.conversation, target) {
        turn.follow(Event::TargetDropped { number });
        again(turn, index);
    }
}

/// Whether the command brought what the target times.
fn ended(turn: &Turn<'_>, target: &Target) -> bool {
    match target.spec.metric {
        Metric::FirstResponse => turn.turned.answered && is_over(&turn.conversation, &target.spec),
        Metric::NextResponse => turn.turned.answered || turn.turned.resolved,
        Metric::Resolution => turn.turned.resolved,
    }
}

/// A next response whose message a bot has answered, after the conversation went back to it.
fn is_stale(c: &Conversation, target: &Target) -> bool {
    target.spec.metric == Metric::NextResponse && c.unanswered_since.is_none()
}

fn meet(turn: &mut Turn<'_>, index: usize) {
    let target = &turn.conversation.targets[index];
    let used_ms = used_ms(turn.policy, target, turn.now);
    turn.follow(Event::TargetMet { number: target.number, used_ms });
    again(turn, index);
}

/// After a next response has ended, the same promise waits for the next message.
fn again(turn: &mut Turn<'_>, index: usize) {
    if closed(turn) {
        return;
    }
    let spec = &turn.conversation.targets[index].spec;
    let later = &turn.conversation.targets[index + 1..];
    if spec.metric == Metric::NextResponse && !later.iter().any(|t| t.spec.key() == spec.key()) {
        let spec = spec.clone();
        let number = next_number(&turn.conversation);
        turn.follow(Event::TargetAsked { number, spec });
    }
}

/// A resolution that was met goes on when the conversation is opened again.
fn go_on(turn: &mut Turn<'_>, index: usize) {
    let target = &turn.conversation.targets[index];
    if target.spec.metric != Metric::Resolution {
        return;
    }
    if runs(&turn.conversation, turn.policy, &target.spec) {
        resume(turn, index);
    } else {
        let (number, used_ms) = (target.number, target.used_ms);
        turn.follow(Event::TargetPaused { number, used_ms });
    }
}

fn resume(turn: &mut Turn<'_>, index: usize) {
    let target = &turn.conversation.targets[index];
    let number = target.number;
    let (due_at, warn_at) = due(turn.policy, &target.spec, turn.now, target.used_ms);
    let warn_at = warn_at.filter(|_| target.warned_at.is_none());
    turn.follow(Event::TargetResumed { number, due_at, warn_at });
}
