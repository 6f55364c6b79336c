//! Taking over the set of promises that an SLA plugin asks for.

use super::clock::{self, next_number};
use super::{TargetSpec, TargetState};
use crate::command::Refusal;
use crate::conversation::State;
use crate::decide::turn::Turn;
use crate::event::Event;

/// Brings the conversation's targets in line with what is asked: by (metric, owner, layer), the last
/// one given counts. What is missing is dropped, what is new begins, what changed keeps the time used
/// so far. What is settled (met, breached) stays settled.
pub(crate) fn ask(turn: &mut Turn<'_>, specs: Vec<TargetSpec>) -> Result<(), Refusal> {
    if turn.conversation.state == State::Closed {
        return Err(Refusal::WrongState { state: State::Closed });
    }
    for spec in &specs {
        check(turn, spec)?;
    }
    let mut wanted: Vec<TargetSpec> = Vec::with_capacity(specs.len());
    for spec in specs {
        match wanted.iter_mut().find(|known| known.key() == spec.key()) {
            Some(known) => *known = spec,
            None => wanted.push(spec),
        }
    }
    let dropped: Vec<u32> = turn
        .conversation
        .targets
        .iter()
        .filter(|target| target.state.is_live())
        .filter(|target| !wanted.iter().any(|spec| spec.key() == target.spec.key()))
        .map(|target| target.number)
        .collect();
    for number in dropped {
        turn.follow(Event::TargetDropped { number });
    }
    for spec in wanted {
        take(turn, spec);
    }
    Ok(())
}

fn take(turn: &mut Turn<'_>, spec: TargetSpec) {
    let known =
        turn.conversation.targets.iter().rfind(|target| {
            target.state != TargetState::Dropped && target.spec.key() == spec.key()
        });
    match known {
        Some(target) if !target.state.is_live() || target.spec == spec => {}
        Some(target) if target.state == TargetState::Running => {
            let (number, from) = (target.number, target.resumed_at);
            let (due_at, warn_at) = clock::due(turn.policy, &spec, from, target.used_ms);
            turn.follow(Event::TargetSet { number, spec, from: None, due_at, warn_at });
        }
        Some(target) => {
            let number = target.number;
            turn.follow(Event::TargetAsked { number, spec });
        }
        None => begin(turn, spec),
    }
}

fn begin(turn: &mut Turn<'_>, spec: TargetSpec) {
    let number = next_number(&turn.conversation);
    if !clock::runs(&turn.conversation, turn.policy, &spec) {
        // A first answer that was given before it was promised is not timed.
        if !clock::is_over(&turn.conversation, &spec) {
            turn.follow(Event::TargetAsked { number, spec });
        }
        return;
    }
    let from = clock::began(&turn.conversation, &spec).min(turn.now);
    let (due_at, warn_at) = clock::due(turn.policy, &spec, from, 0);
    let from = (from < turn.now).then_some(from);
    turn.follow(Event::TargetSet { number, spec, from, due_at, warn_at });
}

fn check(turn: &Turn<'_>, spec: &TargetSpec) -> Result<(), Refusal> {
    let policy = turn.policy;
    let unknown = |what: String| Err(Refusal::Unknown { what });
    if let Some(name) = &spec.calendar
        && !policy.calendars.contains_key(name)
    {
        return unknown(format!("calendar {name}"));
    }
    if let Some(name) = &spec.layer
        && policy.layer(name).is_none()
    {
        return unknown(format!("layer {name}"));
    }
    if spec.within_s == 0 {
        return unknown("a target within 0 s".to_owned());
    }
    if let Some(percent) = spec.warn_at
        && !(1..=99).contains(&percent)
    {
        return unknown(format!("a warning at {percent} %"));
    }
    Ok(())
}
