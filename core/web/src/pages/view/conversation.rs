//! A conversation as its pane shows it: header, timeline, side panel, and what the reader may do.

use std::collections::BTreeMap;

use kerros_app::caller::Caller;
use kerros_app::ports::store::Contact;
use kerros_app::tenant::Tenant;
use kerros_domain::about::{Details, Party};
use kerros_domain::conversation::{Conversation, State};
use kerros_domain::event::{Entry, Event};
use kerros_domain::id::{MessageId, UserId};
use kerros_domain::message::Message;
use kerros_domain::policy::LayerKind;
use serde::Serialize;

use super::cases::{self, Attention, CallCard, Posts};
use super::composer::Composer;
use super::look::{Badge, ChannelMark, Look, Person, priority_key, state_key};
use super::shell::Choice;
use super::sla::{self, Sla};
use super::timeline::{self, Cast, Item};
use crate::i18n::time::When;
use crate::state::PluginFault;

/// A conversation.
#[derive(Debug, Clone, Serialize)]
pub struct Pane {
    /// Its id.
    pub id: String,
    /// The newest sequence shown; live updates ask from here.
    pub seq: u64,
    /// Who writes.
    pub contact: Person,
    /// Whose customer.
    pub tenant: Badge,
    /// Where it came in.
    pub channel: ChannelMark,
    /// The customer's language.
    pub language: String,
    /// Its state.
    pub state: &'static str,
    /// When the layer opens, while it waits.
    pub opens: Option<When>,
    /// The way through the layers.
    pub path: Vec<Step>,
    /// Who has it.
    pub owner: Option<Person>,
    /// Its promises, the most pressing first.
    pub slas: Vec<Sla>,
    /// `low`, `normal`, `high`, `urgent`.
    pub priority: &'static str,
    /// The priorities to choose from.
    pub priorities: Vec<Choice>,
    /// What the reader may do.
    pub can: Can,
    /// The briefing to show on top.
    pub briefing: Option<Briefing>,
    /// What was said and what happened.
    pub timeline: Vec<Item>,
    /// The sequence before which there is more.
    pub earlier: Option<u64>,
    /// The panel beside it.
    pub side: Side,
    /// Where it can be escalated to, with what each layer wants to know.
    pub escalations: Vec<Escalation>,
    /// The tags the tenant uses; empty allows any.
    pub known_tags: Vec<Choice>,
    /// Whether a tag must be on it before it can be resolved, and none is.
    pub tag_needed: bool,
    /// The name of the layer that a hand-back goes to.
    pub back_to: Option<String>,
    /// What the reply box offers.
    pub composer: Composer,
    /// A colleague who calls for whoever has it.
    pub attention: Option<Attention>,
    /// Where posts and hand-overs can go.
    pub posts: Posts,
    /// The telephone call that the customer asked for.
    pub call: Option<CallCard>,
    /// When the customer is called, while it waits for that.
    pub waits_for_call: Option<String>,
}

/// A layer on the way.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// Its title.
    pub title: String,
    /// An icon for its kind.
    pub icon: &'static str,
    /// `past`, `now`, `skipped`, `ahead`.
    pub place: &'static str,
}

/// What the reader may do now.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Can {
    /// Take it into their own hands.
    pub take: bool,
    /// Answer the customer.
    pub reply: bool,
    /// Put it back into the queue.
    pub release: bool,
    /// Wait for the customer.
    pub pend: bool,
    /// Pass it on with a briefing.
    pub escalate: bool,
    /// Give it back to where it was escalated from.
    pub hand_back: bool,
    /// Resolve it.
    pub resolve: bool,
    /// Open it again.
    pub reopen: bool,
    /// Close it for good (spam, duplicate).
    pub close: bool,
    /// Close it for good without a solution.
    pub unsolved: bool,
    /// Change tags, priority and group.
    pub change: bool,
}

impl Can {
    /// What the composer offers: `reply` (and notes), or `note` alone. Whoever may read may note.
    #[must_use]
    pub const fn composer(&self) -> &'static str {
        if self.reply { "reply" } else { "note" }
    }
}

/// A briefing.
#[derive(Debug, Clone, Serialize)]
pub struct Briefing {
    /// From whom: a person, or the bot.
    pub by: String,
    /// From which layer.
    pub from: String,
    /// When.
    pub at: When,
    /// Its fields, in the layer's order.
    pub fields: Vec<Fact>,
}

/// A titled text.
#[derive(Debug, Clone, Serialize)]
pub struct Fact {
    /// What it is.
    pub title: String,
    /// The text.
    pub text: String,
}

/// A layer to escalate to.
#[derive(Debug, Clone, Serialize)]
pub struct Escalation {
    /// The layer.
    pub layer: String,
    /// Its title.
    pub title: String,
    /// Whether it is proposed.
    pub current: bool,
    /// What it wants to know.
    pub fields: Vec<Field>,
}

/// A field to fill in.
#[derive(Debug, Clone, Serialize)]
pub struct Field {
    /// Its key.
    pub key: String,
    /// What people read.
    pub title: String,
    /// Whether escalation is refused without it.
    pub required: bool,
    /// What is known already.
    pub value: String,
}

/// The panel beside the conversation.
#[derive(Debug, Clone, Serialize)]
pub struct Side {
    /// The customer group's title.
    pub segment: Option<String>,
    /// The customer groups to choose from.
    pub segments: Vec<Choice>,
    /// Since when we know them.
    pub known_since: When,
    /// Their addresses.
    pub addresses: Vec<Address>,
    /// Their attributes.
    pub attributes: Vec<Fact>,
    /// Tags on it.
    pub tags: Vec<TagMark>,
    /// Their other conversations, newest first.
    pub others: Vec<Other>,
    /// What plugins failed at here.
    pub faults: Vec<Fact>,
    /// How often it was escalated, reopened, bounced.
    pub escalations: u32,
    /// How often it was reopened.
    pub reopened: u32,
    /// When it was opened.
    pub opened: When,
}

/// An address of a contact.
#[derive(Debug, Clone, Serialize)]
pub struct Address {
    /// On which channel.
    pub channel: String,
    /// Which.
    pub text: String,
    /// Why it takes no messages any more.
    pub bad: Option<Bad>,
}

/// Why an address takes no messages any more.
#[derive(Debug, Clone, Serialize)]
pub struct Bad {
    /// What the provider said.
    pub why: String,
    /// When.
    pub at: When,
}

/// A tag on a conversation.
#[derive(Debug, Clone, Serialize)]
pub struct TagMark {
    /// The tag.
    pub tag: String,
    /// Percent sure, when a tagger put it on.
    pub confidence: Option<u8>,
}

/// Another conversation of the contact.
#[derive(Debug, Clone, Serialize)]
pub struct Other {
    /// Its address.
    pub href: String,
    /// Its last message.
    pub preview: String,
    /// Its state.
    pub state: &'static str,
    /// When it was opened.
    pub at: When,
}

/// What a pane is built from.
pub struct Facts<'a> {
    /// Whose customer.
    pub tenant: &'a Tenant,
    /// The conversation.
    pub conversation: &'a Conversation,
    /// Who writes.
    pub contact: &'a Contact,
    /// What was said.
    pub messages: &'a [Message],
    /// What happened.
    pub entries: &'a [Entry],
    /// Their other conversations.
    pub others: &'a [Conversation],
    /// Names of the people who serve.
    pub names: &'a BTreeMap<UserId, String>,
    /// What plugins of this tenant failed at of late.
    pub faults: &'a [PluginFault],
    /// The big things of messages, as far as they were read.
    pub details: &'a BTreeMap<MessageId, Details>,
    /// Who gets a copy of an answer.
    pub copies: &'a [Party],
}

impl Pane {
    /// A conversation through the eyes of a reader.
    #[must_use]
    pub fn of(look: &Look, caller: &Caller, facts: &Facts<'_>) -> Self {
        let look = &look.at(facts.tenant);
        let (c, tenant) = (facts.conversation, facts.tenant);
        let contact_name = look.contact(facts.contact.name.as_deref(), c.contact);
        let contact = Person::new(&contact_name, c.contact.0, false);
        let can = can(caller, tenant, c);
        let composer = Composer::of(tenant, c, facts.contact, facts.messages, facts.copies);
        let cast = Cast {
            names: facts.names,
            contact: &contact,
            me: caller.id(),
            targets: &c.targets,
            tenant,
            details: facts.details,
            composer: can.reply.then_some(&composer),
        };
        let timeline = timeline::timeline(look, &cast, facts.messages, facts.entries, None);
        let (reads, acts) = (caller.may_read(c), caller.may_act(c));
        let mine = c.assignee == Some(caller.id());
        Self {
            attention: Attention::of(look, c, facts.entries, acts, mine),
            posts: Posts::of(tenant, reads, acts, c),
            call: CallCard::of(look, c, acts, mine),
            waits_for_call: cases::waits_for_call(look, c),
            id: c.id.to_string(),
            seq: c.seq,
            tenant: Badge::of(tenant),
            channel: ChannelMark::of(tenant, &c.channel),
            language: c.language.to_string(),
            state: state_key(c),
            opens: c.waits_until.map(|at| look.when(at)),
            path: path(look, tenant, c),
            owner: c.assignee.map(|user| Person::user(facts.names, user, caller.id())),
            slas: sla::all(look, tenant, c),
            priority: priority_key(c.priority),
            priorities: ["low", "normal", "high", "urgent"]
                .map(|key| {
                    Choice::new(
                        key,
                        look.say.t(&format!("priority-{key}")),
                        key == priority_key(c.priority),
                    )
                })
                .into(),
            briefing: briefing(look, tenant, c, facts.names),
            escalations: if can.escalate { escalations(look, facts) } else { Vec::new() },
            known_tags: tenant
                .policy
                .tags
                .iter()
                .map(|t| Choice::new(t.as_str(), t.as_str(), c.tags.contains(t)))
                .collect(),
            tag_needed: tenant.policy.tag_required && c.tags.is_empty(),
            back_to: c.origins.last().map(|origin| look.layer(tenant, &origin.layer)),
            side: side(look, facts),
            can,
            timeline,
            earlier: None,
            contact,
            composer,
        }
    }
}

fn can(caller: &Caller, tenant: &Tenant, c: &Conversation) -> Can {
    if !caller.may_read(c) {
        return Can::default();
    }
    let acts = caller.may_act(c);
    let mine = c.assignee == Some(caller.id());
    let open = c.state.is_open();
    let with_people = open && c.state != State::Bot;
    let held = matches!(c.state, State::Assigned | State::Pending);
    let at = tenant.policy.layer_index(&c.layer);
    let personal_after = at.is_some_and(|at| {
        tenant.policy.layers[at + 1..].iter().any(|l| l.kind != LayerKind::SelfService)
    });
    // As the engine decides, so that nobody is offered what is then refused.
    Can {
        take: acts && with_people && !(mine && c.state == State::Assigned),
        reply: acts && c.state != State::Closed,
        release: acts && held,
        pend: acts && c.state == State::Assigned,
        escalate: acts && open && personal_after,
        hand_back: acts
            && with_people
            && c.origins.last().is_some_and(|origin| origin.to == c.layer),
        resolve: acts && with_people,
        reopen: acts && c.state == State::Resolved,
        close: acts && c.state != State::Closed,
        unsolved: acts && open,
        change: acts && c.state != State::Closed,
    }
}

fn path(look: &Look, tenant: &Tenant, c: &Conversation) -> Vec<Step> {
    let now_at = tenant.policy.layers.iter().position(|l| l.id == c.layer);
    let layers = tenant.policy.layers.iter().enumerate();
    layers
        .map(|(at, layer)| Step {
            title: look.layer(tenant, &layer.id),
            icon: kind_icon(layer.kind),
            place: match now_at {
                Some(now_at) if at == now_at => "now",
                _ if c.entered.contains(&layer.id) => "past",
                Some(now_at) if at < now_at => "skipped",
                _ => "ahead",
            },
        })
        .collect()
}

/// An icon for who works in a layer.
#[must_use]
pub const fn kind_icon(kind: LayerKind) -> &'static str {
    match kind {
        LayerKind::SelfService => "bot",
        LayerKind::Personal => "people",
        LayerKind::Expert => "expert",
    }
}

/// The briefing, while it is for the layer that has the conversation.
fn briefing(
    look: &Look,
    tenant: &Tenant,
    c: &Conversation,
    names: &BTreeMap<UserId, String>,
) -> Option<Briefing> {
    let briefing = c.briefing.as_ref().filter(|b| b.to == c.layer)?;
    let known: Vec<_> = tenant
        .policy
        .layers
        .iter()
        .find(|l| l.id == briefing.to)
        .map(|l| l.briefing.iter().map(|f| (f.key.as_str(), look.pick(&f.title, &f.key))).collect())
        .unwrap_or_default();
    let titled = known.iter().filter_map(|(key, title)| {
        let text = briefing.fields.get(*key).filter(|text| !text.trim().is_empty())?;
        Some(Fact { title: (*title).to_owned(), text: text.clone() })
    });
    // Fields that the layer no longer asks for are still worth reading.
    let others = briefing
        .fields
        .iter()
        .filter(|(key, text)| !text.trim().is_empty() && known.iter().all(|(k, _)| k != key))
        .map(|(key, text)| Fact { title: key.clone(), text: text.clone() });
    Some(Briefing {
        by: briefing.by.map_or_else(
            || look.say.t("author-bot"),
            |user| names.get(&user).cloned().unwrap_or_else(|| "?".to_owned()),
        ),
        from: look.layer(tenant, &briefing.from),
        at: look.when(briefing.at),
        fields: titled.chain(others).collect(),
    })
}

fn escalations(look: &Look, facts: &Facts<'_>) -> Vec<Escalation> {
    let (c, layers) = (facts.conversation, &facts.tenant.policy.layers);
    let Some(at) = layers.iter().position(|l| l.id == c.layer) else { return Vec::new() };
    let later = layers[at + 1..].iter().filter(|l| l.kind != LayerKind::SelfService);
    later
        .enumerate()
        .map(|(n, layer)| Escalation {
            layer: layer.id.to_string(),
            title: look.layer(facts.tenant, &layer.id),
            current: n == 0,
            fields: layer
                .briefing
                .iter()
                .map(|field| Field {
                    key: field.key.clone(),
                    title: look.pick(&field.title, &field.key).to_owned(),
                    required: field.required,
                    value: known_already(look, facts, &field.key),
                })
                .collect(),
        })
        .collect()
}

/// What a briefing's field can be filled with from what is known, for a person to check.
fn known_already(look: &Look, facts: &Facts<'_>, key: &str) -> String {
    if let Some(text) = facts.conversation.briefing.as_ref().and_then(|b| b.fields.get(key)) {
        return text.clone();
    }
    match key {
        "who" => {
            let name = look.contact(facts.contact.name.as_deref(), facts.contact.id);
            let segment = facts.conversation.segment.as_ref();
            match segment {
                Some(s) => format!("{name} ({})", timeline::segment_title(look, facts.tenant, s)),
                None => name,
            }
        }
        _ => String::new(),
    }
}

fn side(look: &Look, facts: &Facts<'_>) -> Side {
    let (c, contact, tenant) = (facts.conversation, facts.contact, facts.tenant);
    let confidence = |tag: &kerros_domain::id::Tag| {
        facts.entries.iter().rev().find_map(|entry| match &entry.event {
            Event::Tagged { tag: put, confidence } if put == tag => Some(*confidence),
            _ => None,
        })
    };
    let segment = c.segment.as_ref().or(contact.segment.as_ref());
    Side {
        segment: segment.map(|s| timeline::segment_title(look, tenant, s)),
        segments: tenant
            .policy
            .segments
            .iter()
            .map(|s| {
                Choice::new(
                    s.id.as_str(),
                    look.pick(&s.title, s.id.as_str()),
                    segment == Some(&s.id),
                )
            })
            .collect(),
        known_since: look.when(contact.created_at),
        addresses: contact
            .addresses
            .iter()
            .map(|(channel, text)| Address {
                channel: channel.to_string(),
                text: text.clone(),
                bad: contact
                    .bad_addresses
                    .iter()
                    .find(|bad| bad.channel == *channel && bad.address == *text)
                    .map(|bad| Bad { why: bad.reason.clone(), at: look.when(bad.at) }),
            })
            .collect(),
        attributes: contact
            .attributes
            .iter()
            .map(|(key, text)| Fact { title: key.clone(), text: text.clone() })
            .collect(),
        tags: c
            .tags
            .iter()
            .map(|tag| TagMark { tag: tag.to_string(), confidence: confidence(tag).flatten() })
            .collect(),
        others: facts
            .others
            .iter()
            .map(|other| Other {
                href: format!("/console/c/{}", other.id),
                preview: other.preview.clone(),
                state: state_key(other),
                at: look.when(other.opened_at),
            })
            .collect(),
        faults: faults(look, facts),
        escalations: c.escalations,
        reopened: c.reopened,
        opened: look.when(c.opened_at),
    }
}

/// What plugins failed at since the conversation began: then the fallback of their kind served the customer.
fn faults(look: &Look, facts: &Facts<'_>) -> Vec<Fact> {
    let since = facts.conversation.opened_at;
    let during =
        facts.faults.iter().filter(|f| f.tenant == facts.conversation.tenant && f.at >= since);
    during
        .map(|f| {
            let values = [("plugin", f.plugin.as_str().into()), ("why", f.message.as_str().into())];
            Fact { title: look.when(f.at).text, text: look.say.with("fault-of-plugin", &values) }
        })
        .collect()
}
