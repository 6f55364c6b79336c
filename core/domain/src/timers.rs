//! What time brings to a conversation: warnings and breaches, opening of a waiting layer, the end of
//! a quiet bot talk, settling after the reopen window.
//!
//! The store keeps [`next_due`] in one indexed column; whatever claims a due row calls [`on_time`].
//! Both depend on nothing but the conversation, the policy and `now`, so a restart loses nothing and
//! doing it twice does nothing more.

use crate::command::Refusal;
use crate::conversation::{CloseReason, Conversation, Solved, State};
use crate::decide;
use crate::decide::turn::Turn;
use crate::event::{Entry, Event};
use crate::policy::TenantPolicy;
use crate::sla::{TargetState, clock};
use crate::time::Timestamp;

/// When [`on_time`] next has something to do; `None` if only a person or the customer can move it.
#[must_use]
pub fn next_due(conversation: &Conversation, policy: &TenantPolicy) -> Option<Timestamp> {
    let targets = conversation
        .targets
        .iter()
        .filter(|target| target.state == TargetState::Running)
        .flat_map(|target| {
            // Due itself is in time; the moment after is not.
            let breach = target.due_at.map(|due| due.plus_millis(1));
            [breach, target.warn_at]
        })
        .flatten();
    let holder = match conversation.state {
        State::OutOfHours => conversation.waits_until,
        State::Bot => Some(falls_silent_at(conversation, policy)),
        State::Resolved => settles_at(conversation, policy),
        State::Queued | State::Assigned | State::Pending | State::Closed => None,
    };
    targets.chain(holder).min()
}

/// When the reopen window ends.
pub(crate) fn settles_at(c: &Conversation, policy: &TenantPolicy) -> Option<Timestamp> {
    c.resolution.as_ref().map(|resolution| after(resolution.at, policy.reopen_window_s))
}

/// When a bot talk counts as left.
fn falls_silent_at(c: &Conversation, policy: &TenantPolicy) -> Timestamp {
    let last = c.last_message_at.map_or(c.held_since, |at| at.max(c.held_since));
    after(last, policy.bot_silence_s)
}

fn after(at: Timestamp, seconds: u64) -> Timestamp {
    at.plus_millis(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000))
}

/// Does everything that is due at `now`; afterwards [`next_due`] is later than `now`. An empty list
/// means nothing was due.
///
/// A bot talk gone quiet counts as solved (assumed) if the bot had answered the customer's last
/// message, else as abandoned: an unanswered question is never solved.
///
/// # Errors
/// None today: time is never refused. The type leaves room, as [`decide::decide`] has it.
pub fn on_time(
    conversation: &Conversation,
    policy: &TenantPolicy,
    now: Timestamp,
) -> Result<(Conversation, Vec<Entry>), Refusal> {
    let mut turn = Turn::new(conversation.clone(), policy, None, now);
    if turn.conversation.state == State::OutOfHours
        && turn.conversation.waits_until.is_some_and(|until| until <= now)
    {
        // The hours may have changed since: then it waits on.
        let hours = turn.layer().and_then(|layer| policy.hours(layer));
        match hours.filter(|hours| !hours.is_open(now)) {
            Some(hours) => turn.follow(Event::Waits { until: hours.next_opening(now) }),
            None => turn.follow(Event::Queued),
        }
    }
    if turn.conversation.state == State::Bot && falls_silent_at(&turn.conversation, policy) <= now {
        let c = &turn.conversation;
        if c.customer_messages > 0 && c.unanswered_since.is_none() {
            decide::resolve(&mut turn, Solved::Assumed);
        } else {
            decide::close(&mut turn, CloseReason::Abandoned);
        }
    }
    if turn.conversation.state == State::Resolved
        && settles_at(&turn.conversation, policy).is_some_and(|at| at <= now)
    {
        decide::close(&mut turn, CloseReason::Settled);
    }
    clock::keep(&mut turn);
    Ok(turn.finish())
}

#[cfg(test)]
mod tests;
