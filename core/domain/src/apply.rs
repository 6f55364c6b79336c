//! Folding the journal: what each event does to a conversation.
//!
//! [`crate::decide`] changes conversations only through here, so a journal folded again is always
//! the state that was stored (`kerros db verify` holds the store to it).

use std::collections::BTreeSet;

use crate::call::Call;
use crate::conversation::{Conversation, Origin, Resolution, State};
use crate::decide::Opening;
use crate::event::{Entry, Event};
use crate::id::{ConversationId, LayerId};
use crate::message::{Author, Visibility};
use crate::sla::{Target, TargetSpec, TargetState};
use crate::time::Timestamp;

/// A journal that does not fold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// The first entry is something else.
    #[error("the journal must begin with an opened entry of sequence 1, found sequence {seq}")]
    NotOpened {
        /// What was found.
        seq: u64,
    },
    /// It was opened again.
    #[error("entry {seq} opens the conversation a second time")]
    OpenedTwice {
        /// Where.
        seq: u64,
    },
    /// An entry is missing or doubled.
    #[error("expected entry {expected}, found {found}")]
    Gap {
        /// What should come.
        expected: u64,
        /// What was found.
        found: u64,
    },
    /// The entry belongs to another conversation.
    #[error("an entry of {found} among those of {expected}")]
    OtherConversation {
        /// Whose journal it is.
        expected: ConversationId,
        /// Whose entry was found.
        found: ConversationId,
    },
    /// A target that was never set.
    #[error("entry {seq} names target {number}, which is not there")]
    NoSuchTarget {
        /// Where.
        seq: u64,
        /// Which.
        number: u32,
    },
}

/// Folds one entry in; `None` is the conversation before its first entry.
///
/// Between `Opened` and the `Entered` that always follows it the layer's name is empty.
///
/// # Errors
/// [`FoldError`] if the entry cannot be the next one.
pub fn apply(state: Option<Conversation>, entry: &Entry) -> Result<Conversation, FoldError> {
    match state {
        None => begin(entry),
        Some(mut conversation) => {
            advance(&mut conversation, entry)?;
            Ok(conversation)
        }
    }
}

/// Folds the next entry into a conversation; on an error nothing has changed.
pub(crate) fn advance(conversation: &mut Conversation, entry: &Entry) -> Result<(), FoldError> {
    if entry.conversation != conversation.id {
        return Err(FoldError::OtherConversation {
            expected: conversation.id,
            found: entry.conversation,
        });
    }
    let expected = conversation.seq + 1;
    if entry.seq != expected {
        return Err(FoldError::Gap { expected, found: entry.seq });
    }
    step(conversation, entry)?;
    conversation.seq = entry.seq;
    Ok(())
}

/// Folds a whole journal, in order.
///
/// # Errors
/// As [`apply`]; `NotOpened` if there is no entry at all.
pub fn fold<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Result<Conversation, FoldError> {
    let mut state = None;
    for entry in entries {
        state = Some(apply(state, entry)?);
    }
    state.ok_or(FoldError::NotOpened { seq: 0 })
}

fn begin(entry: &Entry) -> Result<Conversation, FoldError> {
    match &entry.event {
        Event::Opened { tenant, contact, channel, thread, segment, language, priority, number }
            if entry.seq == 1 =>
        {
            let facts = Opening {
                id: entry.conversation,
                tenant: tenant.clone(),
                contact: *contact,
                channel: channel.clone(),
                thread: thread.clone(),
                segment: segment.clone(),
                language: language.clone(),
                priority: *priority,
                layer: LayerId::from(""),
                number: *number,
            };
            Ok(opened(facts, entry.at))
        }
        _ => Err(FoldError::NotOpened { seq: entry.seq }),
    }
}

/// The conversation after its first entry; it is in no layer yet.
pub(crate) fn opened(facts: Opening, at: Timestamp) -> Conversation {
    Conversation {
        id: facts.id,
        number: facts.number,
        tenant: facts.tenant,
        contact: facts.contact,
        channel: facts.channel,
        thread: facts.thread,
        segment: facts.segment,
        language: facts.language,
        priority: facts.priority,
        seq: 1,
        state: State::Queued,
        layer: LayerId::from(""),
        assignee: None,
        previous_assignee: None,
        origins: Vec::new(),
        entered: Vec::new(),
        tags: BTreeSet::new(),
        briefing: None,
        bot_state: None,
        opened_at: at,
        held_since: at,
        waits_until: None,
        reached_person_at: None,
        first_response_at: None,
        answered: Vec::new(),
        unanswered_since: None,
        last_customer_at: None,
        last_message_at: None,
        customer_messages: 0,
        preview: String::new(),
        targets: Vec::new(),
        resolution: None,
        first_resolved_at: None,
        reopened: 0,
        escalations: 0,
        bounced: 0,
        closed: None,
        attention: None,
        call: None,
        told_closed: false,
    }
}

fn step(c: &mut Conversation, entry: &Entry) -> Result<(), FoldError> {
    let at = entry.at;
    match &entry.event {
        Event::Opened { .. } => return Err(FoldError::OpenedTwice { seq: entry.seq }),
        Event::MessageAdded { author, visibility, preview, .. } => {
            c.preview.clone_from(preview);
            if matches!(author, Author::Person { .. }) {
                c.attention = None;
            }
            if *visibility == Visibility::Public {
                said(c, author, at);
            }
        }
        // Live in the message row.
        Event::DeliveryChanged { .. } | Event::FileChanged { .. } => {}
        Event::AgentCalled { .. } => {
            c.attention.get_or_insert(at);
        }
        Event::Attended => c.attention = None,
        Event::CallRequested { number, not_before } => {
            c.call = Some(Call {
                number: number.clone(),
                not_before: *not_before,
                attempts: 0,
                outcome: None,
                called_at: None,
            });
        }
        Event::CallEnded { outcome } => {
            if let Some(call) = &mut c.call {
                call.attempts += 1;
                call.outcome = Some(*outcome);
                call.called_at = Some(at);
            }
            answered(c, at);
        }
        Event::ToldClosed => c.told_closed = true,
        Event::Entered { layer, personal } => {
            c.layer = layer.clone();
            if !c.entered.contains(layer) {
                c.entered.push(layer.clone());
            }
            if *personal && c.customer_messages > 0 {
                c.reached_person_at.get_or_insert(at);
            }
        }
        Event::BotTook => hold(c, State::Bot, at),
        Event::BotRemembered { state } => c.bot_state.clone_from(state),
        Event::Waits { until } => {
            hold(c, State::OutOfHours, at);
            c.waits_until = *until;
        }
        Event::Queued => hold(c, State::Queued, at),
        Event::Assigned { user } => {
            if c.assignee != Some(*user) {
                c.held_since = at;
            }
            c.assignee = Some(*user);
            c.waits_until = None;
            c.state = State::Assigned;
        }
        Event::Pended => c.state = State::Pending,
        Event::Released => leave_person(c),
        Event::Escalated { briefing } => {
            c.origins.push(Origin {
                layer: briefing.from.clone(),
                to: briefing.to.clone(),
                assignee: c.assignee,
            });
            c.briefing = Some(briefing.clone());
            c.escalations += 1;
            leave_person(c);
        }
        Event::HandedBack { missing_facts, .. } => {
            leave_person(c);
            c.previous_assignee = c.origins.pop().and_then(|origin| origin.assignee);
            c.bounced += u32::from(*missing_facts);
        }
        Event::Tagged { tag, .. } => {
            c.tags.insert(tag.clone());
        }
        Event::Untagged { tag } => {
            c.tags.remove(tag);
        }
        Event::PriorityChanged { priority } => c.priority = *priority,
        Event::SegmentChanged { segment } => c.segment.clone_from(segment),
        Event::LanguageChanged { language } => c.language.clone_from(language),
        Event::Resolved { layer, solved } => {
            leave_person(c);
            c.state = State::Resolved;
            c.waits_until = None;
            c.unanswered_since = None;
            c.first_resolved_at.get_or_insert(at);
            c.resolution =
                Some(Resolution { at, layer: layer.clone(), solved: *solved, by: entry.by });
        }
        Event::Reopened => {
            c.state = State::Queued;
            c.resolution = None;
            c.reopened += 1;
        }
        Event::Closed { reason } => {
            leave_person(c);
            c.state = State::Closed;
            c.waits_until = None;
            c.unanswered_since = None;
            c.closed = Some(*reason);
            c.attention = None;
        }
        event => clock(c, event, entry)?,
    }
    Ok(())
}

/// A public message: who it is from decides what it answers.
fn said(c: &mut Conversation, author: &Author, at: Timestamp) {
    match author {
        Author::Contact => {
            c.customer_messages += 1;
            c.last_customer_at = Some(at);
            c.unanswered_since.get_or_insert(at);
            if c.state.is_with_people() {
                c.reached_person_at.get_or_insert(at);
            }
        }
        // A bot answers while it has the conversation; beside people it only gives notice.
        Author::Bot if c.state == State::Bot => c.unanswered_since = None,
        Author::Bot => {}
        Author::Person { .. } => answered(c, at),
        Author::System => return,
    }
    c.last_message_at = Some(at);
}

/// A person answered the customer: wrote, or called.
fn answered(c: &mut Conversation, at: Timestamp) {
    c.first_response_at.get_or_insert(at);
    c.unanswered_since = None;
    if !c.answered.contains(&c.layer) {
        c.answered.push(c.layer.clone());
    }
}

fn hold(c: &mut Conversation, state: State, at: Timestamp) {
    c.state = state;
    c.assignee = None;
    c.waits_until = None;
    c.held_since = at;
}

fn leave_person(c: &mut Conversation) {
    if let Some(user) = c.assignee.take() {
        c.previous_assignee = Some(user);
    }
}

fn clock(c: &mut Conversation, event: &Event, entry: &Entry) -> Result<(), FoldError> {
    let at = entry.at;
    match event {
        Event::TargetAsked { number, spec } => match find(c, *number) {
            Some(target) => change(target, spec),
            None => c.targets.push(waiting(*number, spec, at)),
        },
        Event::TargetSet { number, spec, from, due_at, warn_at } => {
            let target = match c.targets.iter().position(|target| target.number == *number) {
                Some(index) => &mut c.targets[index],
                None => {
                    c.targets.push(waiting(*number, spec, at));
                    let last = c.targets.len() - 1;
                    &mut c.targets[last]
                }
            };
            change(target, spec);
            if target.state != TargetState::Running {
                target.started_at = from.unwrap_or(at);
                target.resumed_at = target.started_at;
            }
            target.state = TargetState::Running;
            target.due_at = Some(*due_at);
            target.warn_at = *warn_at;
        }
        Event::TargetPaused { number, used_ms } => {
            let target = known(c, *number, entry)?;
            target.state = TargetState::Paused;
            target.used_ms = *used_ms;
            target.due_at = None;
            target.warn_at = None;
            target.settled_at = None;
        }
        Event::TargetResumed { number, due_at, warn_at } => {
            let target = known(c, *number, entry)?;
            target.state = TargetState::Running;
            target.resumed_at = at;
            target.due_at = Some(*due_at);
            target.warn_at = *warn_at;
            target.settled_at = None;
        }
        Event::TargetWarned { number } => {
            let target = known(c, *number, entry)?;
            target.warned_at = Some(at);
            target.warn_at = None;
        }
        Event::TargetMet { number, used_ms } => {
            let target = known(c, *number, entry)?;
            target.state = TargetState::Met;
            target.used_ms = *used_ms;
            target.warn_at = None;
            target.settled_at = Some(at);
        }
        Event::TargetBreached { number, due_at } => {
            let target = known(c, *number, entry)?;
            target.state = TargetState::Breached;
            target.used_ms = target.spec.within_s.saturating_mul(1000);
            target.due_at = Some(*due_at);
            target.warn_at = None;
            target.settled_at = Some(at);
        }
        Event::TargetDropped { number } => {
            let target = known(c, *number, entry)?;
            target.state = TargetState::Dropped;
            target.due_at = None;
            target.warn_at = None;
        }
        // Everything else is folded by `step`.
        _ => {}
    }
    Ok(())
}

fn waiting(number: u32, spec: &TargetSpec, at: Timestamp) -> Target {
    Target {
        number,
        spec: spec.clone(),
        state: TargetState::Waiting,
        started_at: at,
        used_ms: 0,
        resumed_at: at,
        due_at: None,
        warn_at: None,
        warned_at: None,
        settled_at: None,
    }
}

/// Takes over a changed promise; its warning may be due again.
fn change(target: &mut Target, spec: &TargetSpec) {
    if target.spec != *spec {
        target.spec = spec.clone();
        target.warned_at = None;
    }
}

fn find(c: &mut Conversation, number: u32) -> Option<&mut Target> {
    c.targets.iter_mut().find(|target| target.number == number)
}

fn known<'c>(
    c: &'c mut Conversation,
    number: u32,
    entry: &Entry,
) -> Result<&'c mut Target, FoldError> {
    find(c, number).ok_or(FoldError::NoSuchTarget { seq: entry.seq, number })
}
