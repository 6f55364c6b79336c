//! Messages, and what a bot keeps between them.

use super::turn::Turn;
use super::{accepts_message, passing, wrong_state};
use crate::command::Refusal;
use crate::conversation::State;
use crate::event::Event;
use crate::id::MessageId;
use crate::message::{Author, Visibility};
use crate::preview::preview;

/// Bytes a message or a bot's memory may have.
const MAX_BYTES: usize = 16_384;

pub(super) fn add(
    turn: &mut Turn<'_>,
    message: MessageId,
    author: &Author,
    visibility: Visibility,
    text: &str,
) -> Result<(), Refusal> {
    if text.trim().is_empty() || text.len() > MAX_BYTES {
        return Err(Refusal::TextSize { bytes: text.len() });
    }
    // What a customer writes, the customer has seen.
    let visibility = if *author == Author::Contact { Visibility::Public } else { visibility };
    if !allowed(turn, author, visibility) {
        return Err(wrong_state(turn));
    }
    let before = turn.conversation.state;
    let by = match author {
        Author::Person { user } => turn.by().or(Some(*user)),
        _ => turn.by(),
    };
    let event =
        Event::MessageAdded { message, author: author.clone(), visibility, preview: preview(text) };
    turn.write_by(by, event);
    let held = matches!(before, State::Assigned | State::Pending);
    let left = *author == Author::Contact && held && passing::leave_if_closed(turn);
    match (author, before) {
        (Author::Contact, State::Pending) if !left => match turn.conversation.assignee {
            Some(user) => turn.follow(Event::Assigned { user }),
            None => turn.follow(Event::Queued),
        },
        (Author::Contact, State::Resolved) => {
            turn.follow(Event::Reopened);
            turn.turned.reopened = true;
            passing::place(turn);
        }
        (Author::Person { user }, _) if visibility == Visibility::Public => {
            turn.turned.answered = true;
            // Who answers from the queue has it: two people must not answer the same one.
            if matches!(before, State::Queued | State::OutOfHours) {
                turn.write_by(by, Event::Assigned { user: *user });
            }
        }
        _ => {}
    }
    Ok(())
}

/// Notes may always be added. A closed conversation takes nothing else; a person first takes it over
/// from the bot (a handoff) before speaking to the customer.
fn allowed(turn: &Turn<'_>, author: &Author, visibility: Visibility) -> bool {
    let conversation = &turn.conversation;
    match (author, visibility) {
        (Author::Contact, _) => accepts_message(conversation, turn.policy, turn.now),
        (_, Visibility::Internal) => true,
        (Author::Person { .. }, Visibility::Public) => {
            !matches!(conversation.state, State::Closed | State::Bot)
        }
        (Author::Bot | Author::System, Visibility::Public) => conversation.state != State::Closed,
    }
}

pub(super) fn remember(turn: &mut Turn<'_>, state: Option<String>) -> Result<(), Refusal> {
    if turn.conversation.state == State::Closed {
        return Err(wrong_state(turn));
    }
    let bytes = state.as_ref().map_or(0, String::len);
    if bytes > MAX_BYTES {
        return Err(Refusal::TextSize { bytes });
    }
    if turn.conversation.bot_state != state {
        turn.write(Event::BotRemembered { state });
    }
    Ok(())
}
