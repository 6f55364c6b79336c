//! Who has it: queue, person, waiting for the customer.

use super::turn::Turn;
use super::{passing, wrong_state};
use crate::command::Refusal;
use crate::conversation::State;
use crate::event::Event;
use crate::id::UserId;

pub(super) fn open(turn: &mut Turn<'_>) -> Result<(), Refusal> {
    if turn.conversation.state != State::OutOfHours {
        return Err(wrong_state(turn));
    }
    turn.write(Event::Queued);
    Ok(())
}

/// To the person who has it already nothing changes, except that waiting for the customer ends.
pub(super) fn assign(turn: &mut Turn<'_>, user: UserId) -> Result<(), Refusal> {
    let conversation = &turn.conversation;
    if !conversation.state.is_with_people() {
        return Err(wrong_state(turn));
    }
    if conversation.state != State::Assigned || conversation.assignee != Some(user) {
        turn.write(Event::Assigned { user });
    }
    Ok(())
}

pub(super) fn pend(turn: &mut Turn<'_>) -> Result<(), Refusal> {
    if turn.conversation.state != State::Assigned {
        return Err(wrong_state(turn));
    }
    turn.write(Event::Pended);
    Ok(())
}

/// Back into the queue; after hours it waits for the next shift like a new one.
pub(super) fn release(turn: &mut Turn<'_>) -> Result<(), Refusal> {
    if !matches!(turn.conversation.state, State::Assigned | State::Pending) {
        return Err(wrong_state(turn));
    }
    turn.write(Event::Released);
    passing::place(turn);
    Ok(())
}
