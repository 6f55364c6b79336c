//! What a conversation does when something is asked of it: the layer engine.
//!
//! [`open`] begins a conversation, [`decide`] answers a command with the entries that follow from
//! it. Entries that belong together come together: a handoff enters the layer, stands in its queue
//! or waits for opening, and stops and starts clocks. State and journal cannot disagree, because
//! every entry is folded in by [`crate::apply`] as it is written.
//!
//! The command's own entries come first, clocks after them. An empty list means that nothing
//! changes (the tag is on already, say).

mod calling;
mod ending;
mod holding;
mod marks;
mod message;
mod passing;
pub(crate) mod turn;

use crate::apply;
use crate::command::{Command, Refusal};
use crate::conversation::{Conversation, Priority, State};
use crate::event::{Entry, Event};
use crate::id::{
    ChannelId, ContactId, ConversationId, Language, LayerId, SegmentId, TenantId, UserId,
};
use crate::policy::TenantPolicy;
use crate::sla::{ask, clock};
use crate::time::Timestamp;
pub(crate) use ending::{close, resolve};
use turn::Turn;

/// The facts a conversation begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// Its id, new.
    pub id: ConversationId,
    /// Whose customer it is.
    pub tenant: TenantId,
    /// Who writes.
    pub contact: ContactId,
    /// Where it came in.
    pub channel: ChannelId,
    /// The channel's own name of the thread.
    pub thread: String,
    /// The customer group, if known.
    pub segment: Option<SegmentId>,
    /// The customer's language.
    pub language: Language,
    /// How urgent.
    pub priority: Priority,
    /// The first layer: where the channel's conversations begin.
    pub layer: LayerId,
    /// Its number in its tenant.
    pub number: u64,
}

/// Begins a conversation: a bot takes it in a self-service layer, else it stands in the layer's queue
/// or waits for opening. A layer the policy does not know counts as worked by people and open.
#[must_use]
pub fn open(policy: &TenantPolicy, facts: Opening, now: Timestamp) -> (Conversation, Vec<Entry>) {
    let layer = facts.layer.clone();
    let first = Entry {
        conversation: facts.id,
        seq: 1,
        at: now,
        by: None,
        event: Event::Opened {
            tenant: facts.tenant.clone(),
            contact: facts.contact,
            channel: facts.channel.clone(),
            thread: facts.thread.clone(),
            segment: facts.segment.clone(),
            language: facts.language.clone(),
            priority: facts.priority,
            number: facts.number,
        },
    };
    let conversation = apply::opened(facts, now);
    let mut turn = Turn::new(conversation, policy, None, now).with_entries(vec![first]);
    passing::enter(&mut turn, &layer);
    turn.finish()
}

/// Answers a command: the new state and the entries that lead to it, or why not.
///
/// # Errors
/// [`Refusal`]; then nothing has changed.
pub fn decide(
    conversation: &Conversation,
    policy: &TenantPolicy,
    command: Command,
    by: Option<UserId>,
    now: Timestamp,
) -> Result<(Conversation, Vec<Entry>), Refusal> {
    let mut turn = Turn::new(conversation.clone(), policy, by, now);
    match command {
        Command::AddMessage { message, author, visibility, text } => {
            message::add(&mut turn, message, &author, visibility, &text)?;
        }
        Command::SetDelivery { message, state, reason } => {
            turn.write(Event::DeliveryChanged { message, state, reason });
        }
        Command::SetFile { message, file, reason } => {
            turn.write(Event::FileChanged { message, file, reason });
        }
        Command::CallAgent { by } => calling::call_agent(&mut turn, by)?,
        Command::Attend => calling::attend(&mut turn),
        Command::RequestCall { number, not_before } => {
            calling::request(&mut turn, number, not_before)?;
        }
        Command::EndCall { outcome, plan } => calling::end(&mut turn, outcome, &plan)?,
        Command::TellClosed => calling::tell_closed(&mut turn),
        Command::RememberBot { state } => message::remember(&mut turn, state)?,
        Command::HandOff { to } => passing::hand_off(&mut turn, to)?,
        Command::Open => holding::open(&mut turn)?,
        Command::Assign { user } => holding::assign(&mut turn, user)?,
        Command::Pend => holding::pend(&mut turn)?,
        Command::Release => holding::release(&mut turn)?,
        Command::Escalate { to, fields } => passing::escalate(&mut turn, to, fields)?,
        Command::HandBack { reason, missing_facts, former_away } => {
            passing::hand_back(&mut turn, reason, missing_facts, former_away)?;
        }
        Command::AddTag { tag, confidence } => marks::add_tag(&mut turn, tag, confidence)?,
        Command::RemoveTag { tag } => marks::remove_tag(&mut turn, tag),
        Command::SetPriority { priority } => marks::set_priority(&mut turn, priority)?,
        Command::SetSegment { segment } => marks::set_segment(&mut turn, segment)?,
        Command::SetLanguage { language } => marks::set_language(&mut turn, language)?,
        Command::SetTargets { targets } => ask::ask(&mut turn, targets)?,
        Command::Tick => {}
        Command::Resolve { solved } => ending::resolve_by(&mut turn, solved)?,
        Command::Reopen => ending::reopen(&mut turn)?,
        Command::Close { reason } => ending::close_for(&mut turn, reason)?,
    }
    clock::keep(&mut turn);
    Ok(turn.finish())
}

/// Whether a customer's message still belongs to this conversation: it is open, or resolved no
/// longer ago than the reopen window. Otherwise the caller opens a new one.
#[must_use]
pub fn accepts_message(conversation: &Conversation, policy: &TenantPolicy, now: Timestamp) -> bool {
    match conversation.state {
        State::Closed => false,
        State::Resolved => {
            crate::timers::settles_at(conversation, policy).is_some_and(|at| now < at)
        }
        _ => true,
    }
}

/// The refusal for a command that this state does not take.
fn wrong_state(turn: &Turn<'_>) -> Refusal {
    Refusal::WrongState { state: turn.conversation.state }
}

#[cfg(test)]
pub(crate) mod tests;
