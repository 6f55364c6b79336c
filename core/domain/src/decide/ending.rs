//! Resolving, reopening and closing.

use super::turn::Turn;
use super::{passing, wrong_state};
use crate::command::Refusal;
use crate::conversation::{CloseReason, Solved, State};
use crate::event::Event;

pub(super) fn resolve_by(turn: &mut Turn<'_>, solved: Solved) -> Result<(), Refusal> {
    let conversation = &turn.conversation;
    if !conversation.state.is_open() {
        return Err(wrong_state(turn));
    }
    if solved == Solved::ByPerson && turn.policy.tag_required && conversation.tags.is_empty() {
        return Err(Refusal::TagNeeded);
    }
    resolve(turn, solved);
    Ok(())
}

/// Resolves an open conversation in the layer that has it.
pub(crate) fn resolve(turn: &mut Turn<'_>, solved: Solved) {
    let layer = turn.conversation.layer.clone();
    turn.write(Event::Resolved { layer, solved });
    turn.turned.resolved = true;
}

pub(super) fn reopen(turn: &mut Turn<'_>) -> Result<(), Refusal> {
    if turn.conversation.state != State::Resolved {
        return Err(wrong_state(turn));
    }
    turn.write(Event::Reopened);
    turn.turned.reopened = true;
    passing::place(turn);
    Ok(())
}

/// Settled follows a resolve; unsolved and abandoned end what is open; spam and duplicates end anything.
pub(super) fn close_for(turn: &mut Turn<'_>, reason: CloseReason) -> Result<(), Refusal> {
    let state = turn.conversation.state;
    let fits = match reason {
        CloseReason::Settled => state == State::Resolved,
        CloseReason::Unsolved | CloseReason::Abandoned => state.is_open(),
        CloseReason::Spam | CloseReason::Merged => state != State::Closed,
    };
    if !fits {
        return Err(wrong_state(turn));
    }
    close(turn, reason);
    Ok(())
}

/// Closes a conversation for good.
pub(crate) fn close(turn: &mut Turn<'_>, reason: CloseReason) {
    turn.write(Event::Closed { reason });
}
