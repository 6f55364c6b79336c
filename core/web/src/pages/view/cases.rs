//! What a conversation shows beside its talk with the customer: a colleague's call, posts to shared channels and
//! hand-overs, and a telephone call to make.

use kerros_app::tenant::{ChannelRole, Tenant};
use kerros_domain::about::Purpose;
use kerros_domain::call::CallOutcome;
use kerros_domain::conversation::{Conversation, State};
use kerros_domain::event::{Entry, Event};
use kerros_domain::message::{DeliveryState, Message, Visibility};
use serde::Serialize;

use super::look::{ChannelMark, Look};
use crate::i18n::time::{self, When};

/// A colleague on a shared channel calls for whoever has the conversation.
#[derive(Debug, Clone, Serialize)]
pub struct Attention {
    /// Who calls, if it is known.
    pub by: Option<String>,
    /// Since when.
    pub at: When,
    /// Whether the reader is the one who is called: opening it answers.
    pub mine: bool,
}

impl Attention {
    /// The call, if somebody calls. What nobody has calls for everybody who may take it.
    #[must_use]
    pub fn of(
        look: &Look,
        c: &Conversation,
        entries: &[Entry],
        acts: bool,
        me: bool,
    ) -> Option<Self> {
        let since = c.attention?;
        let by = entries.iter().rev().find_map(|entry| match &entry.event {
            Event::AgentCalled { by } if !by.is_empty() => Some(by.clone()),
            _ => None,
        });
        Some(Self { by, at: look.when(since), mine: acts && (me || c.assignee.is_none()) })
    }
}

/// Where a post can go.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Posts {
    /// Shared channels of the tenant, where the reader may discuss the case.
    pub cases: Vec<ChannelMark>,
    /// Systems that take leads and tickets over, where the reader may hand over.
    pub leads: Vec<ChannelMark>,
    /// Whether there is anything of it.
    pub any: bool,
}

impl Posts {
    /// The tenant's channels of both roles.
    #[must_use]
    pub fn of(tenant: &Tenant, reads: bool, acts: bool, c: &Conversation) -> Self {
        let named = |role| tenant.channels_for(role).map(|name| ChannelMark::of(tenant, name));
        let open = c.state != State::Closed;
        let cases: Vec<_> = named(ChannelRole::Cases).filter(|_| reads && open).collect();
        let leads: Vec<_> = named(ChannelRole::Leads).filter(|_| acts && open).collect();
        let any = !cases.is_empty() || !leads.is_empty();
        Self { cases, leads, any }
    }
}

/// A telephone call to make, or one that was made.
#[derive(Debug, Clone, Serialize)]
pub struct CallCard {
    /// The number, `+` and digits.
    pub number: String,
    /// The number in groups, to read.
    pub spoken: String,
    /// Whether it is still to be made.
    pub open: bool,
    /// Calls made so far.
    pub attempts: u32,
    /// How the last one ended: `reached`, `no_answer`, `wrong_number`.
    pub outcome: Option<&'static str>,
    /// When the last one was made.
    pub called: Option<When>,
    /// When it is to be made: `tomorrow at 10:00`; none is now.
    pub planned: Option<String>,
    /// The moment that the customer named, for one that is in somebody's hands before it.
    pub wished: Option<String>,
    /// Whether the reader may say how it ended.
    pub can_end: bool,
    /// Whether the reader may take it.
    pub can_take: bool,
}

impl CallCard {
    /// The call that the customer asked for, if they did.
    #[must_use]
    pub fn of(look: &Look, c: &Conversation, acts: bool, me: bool) -> Option<Self> {
        let call = c.call.as_ref()?;
        let open = call.is_open() && c.state.is_open();
        let opens = |at| time::opens(look.say, &look.zone, look.now, at);
        let wished = call.not_before.filter(|at| *at > look.now && c.waits_until.is_none());
        Some(Self {
            number: call.number.clone(),
            spoken: spoken(&call.number),
            open,
            attempts: call.attempts,
            outcome: call.outcome.map(outcome_key),
            called: call.called_at.map(|at| look.when(at)),
            planned: c.waits_until.filter(|_| open).map(opens),
            wished: wished.filter(|_| open).map(opens),
            can_end: open && acts && c.state.is_with_people(),
            can_take: open && acts && c.state.is_with_people() && !me,
        })
    }
}

/// The key of an outcome in messages and forms.
#[must_use]
pub const fn outcome_key(outcome: CallOutcome) -> &'static str {
    match outcome {
        CallOutcome::Reached => "reached",
        CallOutcome::NoAnswer => "no_answer",
        CallOutcome::WrongNumber => "wrong_number",
    }
}

/// The outcome of a key.
#[must_use]
pub fn outcome_of(key: &str) -> Option<CallOutcome> {
    [CallOutcome::Reached, CallOutcome::NoAnswer, CallOutcome::WrongNumber]
        .into_iter()
        .find(|outcome| outcome_key(*outcome) == key)
}

/// A number in groups of three from the end, as `+358 401 234 567`: easier to read and to dial.
#[must_use]
pub fn spoken(number: &str) -> String {
    let (plus, digits) = number.strip_prefix('+').map_or(("", number), |digits| ("+", digits));
    let digits: Vec<char> = digits.chars().collect();
    let mut out = String::from(plus);
    for (place, digit) in digits.iter().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(*digit);
    }
    out
}

/// What waits for a moment in a conversation with a call waits for the call, not for opening.
#[must_use]
pub fn waits_for_call(look: &Look, c: &Conversation) -> Option<String> {
    let at = c.waits_until.filter(|_| c.waits_for_call())?;
    let call = c.call.as_ref()?;
    let id = if call.attempts > 0 { "call-again" } else { "call-at" };
    let when = time::opens(look.say, &look.zone, look.now, at);
    Some(look.say.with(id, &[("when", when.into())]))
}

/// The line of a wait that a call brought: the message, for the time it is called next. `earlier` are the entries
/// before it.
#[must_use]
pub fn wait_id(entry: &Entry, earlier: &[Entry]) -> &'static str {
    let same = earlier.iter().rev().take_while(|before| before.at == entry.at);
    let brought = same.map(|before| &before.event).find_map(|event| match event {
        Event::CallRequested { not_before: Some(_), .. } => Some("event-call-planned"),
        Event::CallEnded { outcome: CallOutcome::NoAnswer } => Some("event-call-again"),
        _ => None,
    });
    brought.unwrap_or("event-waits")
}

/// Which way a note went or came, for the line over it.
#[derive(Debug, Clone, Serialize)]
pub struct Via {
    /// `in` (a colleague wrote it there), `case`, `note`, `disruption` or `lead`.
    pub way: &'static str,
    /// The channel.
    pub channel: ChannelMark,
    /// What the system that took it over calls it.
    pub receipt: Option<String>,
}

impl Via {
    /// The way of an internal message by another channel.
    #[must_use]
    pub fn of(tenant: &Tenant, message: &Message) -> Option<Self> {
        let name = message.about.via.as_ref()?;
        if message.visibility != Visibility::Internal {
            return None;
        }
        let lead = tenant.channels_for(ChannelRole::Leads).any(|known| known == name);
        let way = match message.about.purpose {
            Purpose::Case | Purpose::Note if lead => "lead",
            Purpose::Case => "case",
            Purpose::Note => "note",
            Purpose::Disruption => "disruption",
            Purpose::Reply | Purpose::Automatic => "in",
        };
        let arrived = message.delivery.is_some_and(|state| {
            matches!(state, DeliveryState::Sent | DeliveryState::Delivered | DeliveryState::Read)
        });
        let receipt = message.external_id.clone().filter(|_| way == "lead" && arrived);
        Some(Self { way, channel: ChannelMark::of(tenant, name), receipt })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_in_groups() {
        for (number, seen) in [
            ("+358401234567", "+358 401 234 567"),
            ("+46701234567", "+46 701 234 567"),
            ("112", "112"),
            ("", ""),
        ] {
            assert_eq!(spoken(number), seen);
        }
    }

    #[test]
    fn every_outcome_has_a_key_of_its_own() {
        for outcome in [CallOutcome::Reached, CallOutcome::NoAnswer, CallOutcome::WrongNumber] {
            assert_eq!(outcome_of(outcome_key(outcome)), Some(outcome));
        }
        assert_eq!(outcome_of("busy"), None);
    }
}
