//! Calls: the customer's wish to be called, and a colleague's call for the person who has it.

use super::turn::Turn;
use super::wrong_state;
use crate::call::{Call, CallOutcome, CallPlan, within};
use crate::command::Refusal;
use crate::conversation::State;
use crate::event::Event;
use crate::time::Timestamp;

pub(super) fn call_agent(turn: &mut Turn<'_>, by: String) -> Result<(), Refusal> {
    if turn.conversation.state == State::Closed {
        return Err(wrong_state(turn));
    }
    turn.write(Event::AgentCalled { by });
    Ok(())
}

pub(super) fn attend(turn: &mut Turn<'_>) {
    if turn.conversation.attention.is_some() {
        turn.write(Event::Attended);
    }
}

pub(super) fn tell_closed(turn: &mut Turn<'_>) {
    if !turn.conversation.told_closed {
        turn.follow(Event::ToldClosed);
    }
}

/// A call for later leaves the queue until its moment.
pub(super) fn request(
    turn: &mut Turn<'_>,
    number: String,
    not_before: Option<Timestamp>,
) -> Result<(), Refusal> {
    if !turn.conversation.state.is_open() {
        return Err(wrong_state(turn));
    }
    turn.write(Event::CallRequested { number, not_before });
    if let Some(at) = not_before.filter(|at| *at > turn.now)
        && matches!(turn.conversation.state, State::Queued | State::OutOfHours)
    {
        wait(turn, at);
    }
    Ok(())
}

/// What nobody answered is called again later, by whoever is there then; what was tried often enough
/// stays with the person who tried.
pub(super) fn end(
    turn: &mut Turn<'_>,
    outcome: CallOutcome,
    plan: &CallPlan,
) -> Result<(), Refusal> {
    if !turn.conversation.state.is_with_people() {
        return Err(wrong_state(turn));
    }
    if !turn.conversation.call.as_ref().is_some_and(Call::is_open) {
        return Err(Refusal::NoCall);
    }
    turn.write(Event::CallEnded { outcome });
    turn.turned.answered = true;
    if outcome != CallOutcome::NoAnswer {
        return Ok(());
    }
    let attempts = turn.conversation.call.as_ref().map_or(0, |call| call.attempts);
    let hours = turn.layer().and_then(|layer| turn.policy.hours(layer));
    if let Some(at) = plan.next(attempts, turn.now, hours) {
        if turn.conversation.assignee.is_some() {
            turn.follow(Event::Released);
        }
        turn.follow(Event::Waits { until: Some(at) });
    }
    Ok(())
}

fn wait(turn: &mut Turn<'_>, at: Timestamp) {
    let hours = turn.layer().and_then(|layer| turn.policy.hours(layer));
    if let Some(until) = within(at, hours) {
        turn.follow(Event::Waits { until: Some(until) });
    }
}
