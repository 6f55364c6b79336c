//! Passing a conversation between layers: handoff, escalation, and back.

use std::collections::BTreeMap;

use super::turn::Turn;
use super::wrong_state;
use crate::calendar::Calendar;
use crate::command::Refusal;
use crate::conversation::{Briefing, State};
use crate::event::Event;
use crate::id::LayerId;
use crate::policy::{Layer, LayerKind, OutOfHours, TenantPolicy};
use crate::time::Timestamp;

/// Enters a layer and gives the conversation to whoever has it there first.
pub(super) fn enter(turn: &mut Turn<'_>, layer: &LayerId) {
    let personal = turn.policy.layer(layer).is_none_or(|layer| layer.kind.has_people());
    turn.follow(Event::Entered { layer: layer.clone(), personal });
    place(turn);
}

/// Gives the conversation to its layer: to the bot, into the queue, or to wait for opening. A layer
/// that the policy no longer has counts as worked by people and open, so nobody is left unserved.
pub(super) fn place(turn: &mut Turn<'_>) {
    let event = match turn.layer() {
        Some(layer) if layer.kind == LayerKind::SelfService => Event::BotTook,
        Some(layer) => match closed(turn.policy, layer, turn.now) {
            Some(hours) => Event::Waits { until: hours.next_opening(turn.now) },
            None => Event::Queued,
        },
        None => Event::Queued,
    };
    turn.follow(event);
}

/// The hours of a layer that is closed now and keeps what comes until it opens.
fn closed<'p>(policy: &'p TenantPolicy, layer: &Layer, now: Timestamp) -> Option<&'p Calendar> {
    let captures = layer.kind.has_people() && layer.out_of_hours == OutOfHours::Capture;
    policy.hours(layer).filter(|hours| captures && !hours.is_open(now))
}

/// Takes the conversation from a person whose layer is closed, so that what a customer writes then is not left
/// with somebody who went home: it waits for opening, and goes to them first if they are there. Says whether it did.
pub(super) fn leave_if_closed(turn: &mut Turn<'_>) -> bool {
    let closed = turn.layer().is_some_and(|layer| closed(turn.policy, layer, turn.now).is_some());
    if closed {
        turn.follow(Event::Released);
        place(turn);
    }
    closed
}

/// A later layer by name, or the first later one that fits.
fn later<'a>(
    turn: &Turn<'a>,
    to: Option<LayerId>,
    fits: impl Fn(&Layer) -> bool,
    wanted: &str,
) -> Result<&'a Layer, Refusal> {
    let policy = turn.policy;
    let from = &turn.conversation.layer;
    let Some(to) = to else {
        let none = || Refusal::NoSuchLayer { wanted: wanted.to_owned() };
        return policy.layers_after(from).find(|layer| fits(layer)).ok_or_else(none);
    };
    let Some(index) = policy.layer_index(&to) else {
        return Err(Refusal::NoSuchLayer { wanted: to.to_string() });
    };
    if policy.layer_index(from).is_some_and(|current| index <= current) {
        return Err(Refusal::NotLater { from: from.clone(), to });
    }
    Ok(&policy.layers[index])
}

pub(super) fn hand_off(turn: &mut Turn<'_>, to: Option<LayerId>) -> Result<(), Refusal> {
    if turn.conversation.state != State::Bot {
        return Err(wrong_state(turn));
    }
    let people = |layer: &Layer| layer.kind.has_people();
    let layer = later(turn, to, people, "the next layer worked by people")?;
    // Where a briefing is required there is no way in without one.
    let missing = layer.missing_fields(&BTreeMap::new());
    if !missing.is_empty() {
        return Err(Refusal::BriefingIncomplete { missing });
    }
    turn.write(Event::Entered { layer: layer.id.clone(), personal: layer.kind.has_people() });
    place(turn);
    Ok(())
}

pub(super) fn escalate(
    turn: &mut Turn<'_>,
    to: Option<LayerId>,
    fields: BTreeMap<String, String>,
) -> Result<(), Refusal> {
    if !turn.conversation.state.is_open() {
        return Err(wrong_state(turn));
    }
    let layer = later(turn, to, |_| true, "the next layer")?;
    let missing = layer.missing_fields(&fields);
    if !missing.is_empty() {
        return Err(Refusal::BriefingIncomplete { missing });
    }
    let briefing = Briefing {
        fields,
        by: turn.by(),
        at: turn.now,
        from: turn.conversation.layer.clone(),
        to: layer.id.clone(),
    };
    turn.write(Event::Escalated { briefing });
    enter(turn, &layer.id);
    Ok(())
}

pub(super) fn hand_back(
    turn: &mut Turn<'_>,
    reason: String,
    missing_facts: bool,
    former_away: bool,
) -> Result<(), Refusal> {
    let conversation = &turn.conversation;
    if !conversation.state.is_with_people() {
        return Err(wrong_state(turn));
    }
    let origin = conversation.origins.last().filter(|origin| origin.to == conversation.layer);
    let Some(origin) = origin.cloned() else {
        return Err(Refusal::NotEscalated);
    };
    let Some(layer) = turn.policy.layer(&origin.layer) else {
        return Err(Refusal::NoSuchLayer { wanted: origin.layer.to_string() });
    };
    if reason.trim().is_empty() {
        return Err(Refusal::ReasonNeeded);
    }
    let from = conversation.layer.clone();
    let personal = layer.kind.has_people();
    let somebody_there = !former_away && closed(turn.policy, layer, turn.now).is_none();
    turn.write(Event::HandedBack { from, to: origin.layer.clone(), reason, missing_facts });
    turn.follow(Event::Entered { layer: origin.layer, personal });
    match origin.assignee {
        Some(user) if personal && somebody_there => turn.follow(Event::Assigned { user }),
        _ => place(turn),
    }
    Ok(())
}
