//! What is noted about a conversation: tags, urgency, customer group, language.

use super::turn::Turn;
use super::wrong_state;
use crate::command::Refusal;
use crate::conversation::{Priority, State};
use crate::event::Event;
use crate::id::{Language, SegmentId, Tag};

/// Tags may be put right after closing too: reports read them.
pub(super) fn add_tag(
    turn: &mut Turn<'_>,
    tag: Tag,
    confidence: Option<u8>,
) -> Result<(), Refusal> {
    if !turn.policy.tags.is_empty() && !turn.policy.tags.contains(&tag) {
        return Err(Refusal::UnknownTag { tag });
    }
    if !turn.conversation.tags.contains(&tag) {
        let confidence = confidence.map(|percent| percent.min(100));
        turn.write(Event::Tagged { tag, confidence });
    }
    Ok(())
}

pub(super) fn remove_tag(turn: &mut Turn<'_>, tag: Tag) {
    if turn.conversation.tags.contains(&tag) {
        turn.write(Event::Untagged { tag });
    }
}

pub(super) fn set_priority(turn: &mut Turn<'_>, priority: Priority) -> Result<(), Refusal> {
    not_closed(turn)?;
    if turn.conversation.priority != priority {
        turn.write(Event::PriorityChanged { priority });
    }
    Ok(())
}

pub(super) fn set_segment(turn: &mut Turn<'_>, segment: Option<SegmentId>) -> Result<(), Refusal> {
    not_closed(turn)?;
    if let Some(wanted) = &segment
        && !turn.policy.segments.iter().any(|known| known.id == *wanted)
    {
        return Err(Refusal::Unknown { what: format!("segment {wanted}") });
    }
    if turn.conversation.segment != segment {
        turn.write(Event::SegmentChanged { segment });
    }
    Ok(())
}

/// Any language: customers write in others than the tenant serves.
pub(super) fn set_language(turn: &mut Turn<'_>, language: Language) -> Result<(), Refusal> {
    not_closed(turn)?;
    if turn.conversation.language != language {
        turn.write(Event::LanguageChanged { language });
    }
    Ok(())
}

fn not_closed(turn: &Turn<'_>) -> Result<(), Refusal> {
    match turn.conversation.state {
        State::Closed => Err(wrong_state(turn)),
        _ => Ok(()),
    }
}
