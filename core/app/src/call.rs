//! Calls that customers asked for: who calls takes the conversation, then says how the call ended.

use kerros_domain::call::CallOutcome;
use kerros_domain::command::Command;
use kerros_domain::conversation::Conversation;
use kerros_domain::id::{ChannelId, ConversationId, MessageId};
use kerros_domain::message::{Author, Visibility};
use kerros_domain::policy::LayerKind;
use kerros_domain::time::Timestamp;

use crate::caller::Caller;
use crate::change::{Changed, Right, change_once};
use crate::clean;
use crate::ctx::Ctx;
use crate::draft::NewMessage;
use crate::error::Error;
use crate::tenant::{ChannelRole, Tenant};

/// Takes the call: the conversation is the caller's from now on.
///
/// # Errors
/// As for every change.
pub async fn take(ctx: &Ctx, caller: &Caller, id: ConversationId) -> Result<Conversation, Error> {
    crate::assign::assign(ctx, caller, crate::assign::Assign { conversation: id, user: None }).await
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// Which conversation.
    pub conversation: ConversationId,
    /// How the call ended.
    pub outcome: CallOutcome,
    /// What was said, for colleagues; may be empty.
    pub note: String,
}

/// Says how a call ended. What nobody answered is planned again by the tenant's `call_waits`, inside the
/// layer's opening hours; after the last try it stays with the caller.
///
/// # Errors
/// `Refused(NoCall)` if there is no call to make; else as for every change.
pub async fn end(ctx: &Ctx, caller: &Caller, cmd: End) -> Result<Conversation, Error> {
    let note = clean::text(&cmd.note).into_owned();
    let user = caller.id();
    let changed = change_once(ctx, caller, cmd.conversation, Right::Act, None, |draft| {
        let plan = draft.tenant.manners.calls.clone();
        if !note.is_empty() {
            let now = draft.now;
            let id: MessageId = ctx.message_id(now);
            let author = Author::Person { user };
            let text = note.clone();
            draft.say(ctx, NewMessage::new(id, author, Visibility::Internal, text, now))?;
        }
        draft.apply(Command::EndCall { outcome: cmd.outcome, plan })
    })
    .await?;
    match changed {
        Changed::Now(draft) => Ok(draft.conversation),
        Changed::Before(_) => Err(Error::Internal),
    }
}

/// Days from now on which a call can be asked for.
const DAYS: i64 = 7;
/// Stretches of opening hours that are told at most.
const STRETCHES: usize = 21;

/// When customers of a tenant can be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The channel that takes the wish.
    pub channel: ChannelId,
    /// Whether somebody is there now.
    pub open: bool,
    /// The opening hours of the next days: from, to.
    pub hours: Vec<(Timestamp, Timestamp)>,
}

/// What a tenant offers to whoever wants to be called: the hours of its first layer of people, if it has a channel
/// for calls at all.
#[must_use]
pub fn offer(tenant: &Tenant, now: Timestamp) -> Option<Offer> {
    let channel = tenant.channels_for(ChannelRole::Calls).next()?.clone();
    let policy = &tenant.policy;
    let layer = policy.layers.iter().find(|layer| layer.kind != LayerKind::SelfService)?;
    let last = now.plus_millis(DAYS * 86_400_000);
    let Some(hours) = policy.hours(layer) else {
        return Some(Offer { channel, open: true, hours: vec![(now, last)] });
    };
    let mut stretches = Vec::new();
    let mut at = now;
    while stretches.len() < STRETCHES
        && let Some(from) = hours.next_opening(at).filter(|from| *from < last)
    {
        let to = hours.next_closing(from).map_or(last, |to| to.min(last));
        stretches.push((from, to));
        at = to;
    }
    Some(Offer { channel, open: hours.is_open(now), hours: stretches })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use kerros_domain::sample;

    use super::*;
    use crate::tenant::{Grants, PluginUse};

    fn tenant(role: ChannelRole) -> Tenant {
        let uses = PluginUse {
            name: "callback".into(),
            plugin: "channel/callback".into(),
            version: None,
            config: "{}".into(),
            live: false,
            role,
            grants: Grants::default(),
            sending: Default::default(),
        };
        Tenant {
            policy: sample::policy(),
            channels: BTreeMap::from([("callback".into(), uses)]),
            bots: BTreeMap::new(),
            taggers: Vec::new(),
            sla: None,
            reports: BTreeMap::new(),
            widget: Default::default(),
            articles: Vec::new(),
            closed_notice: BTreeMap::new(),
            manners: Default::default(),
            addresses: Default::default(),
            digest: String::new(),
        }
    }

    #[test]
    fn the_next_days_hours_are_offered_where_there_is_a_channel_for_calls() {
        assert_eq!(offer(&tenant(ChannelRole::Customers), sample::TUESDAY_10), None);
        let calls = tenant(ChannelRole::Calls);
        let now = sample::TUESDAY_10;
        let hour = |n: i64| now.plus_millis(n * 3_600_000);
        let offered = offer(&calls, now).unwrap();
        assert!(offered.open);
        // Tuesday till 22, five more weekdays from 8 to 22 less the weekend's 10 to 18, and the last morning.
        assert_eq!(offered.hours.len(), 8);
        assert_eq!(offered.hours[0], (now, hour(12)));
        assert_eq!(offered.hours[1], (hour(22), hour(36)));
        assert_eq!(offered.hours[7].1, hour(7 * 24));
        // At night: closed, and the first hours are the morning's.
        let night = offer(&calls, hour(14)).unwrap();
        assert!(!night.open);
        assert_eq!(night.hours[0].0, hour(22));
    }

    #[test]
    fn a_layer_without_hours_is_always_there() {
        let mut calls = tenant(ChannelRole::Calls);
        for layer in &mut calls.policy.layers {
            layer.calendar = None;
        }
        let offered = offer(&calls, sample::TUESDAY_10).unwrap();
        assert!(offered.open && offered.hours.len() == 1);
    }
}
