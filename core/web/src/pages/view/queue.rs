//! The queue: rows, tabs and filters.

use kerros_app::ports::store::Listed;
use kerros_app::tenant::Tenant;
use kerros_domain::call::Call;
use kerros_domain::id::{Tag, UserId};
use serde::Serialize;
use std::collections::BTreeMap;

use super::cases;
use super::look::{Badge, ChannelMark, Look, Person, priority_key, state_key};
use super::shell::Choice;
use super::sla::{self, Sla};
use crate::i18n::time::When;

/// The queue as one column.
#[derive(Debug, Clone, Serialize)]
pub struct Queue {
    /// `attention`, `mine`, `queue`, `waiting`, `open`, `resolved`; an expert's first is `escalated`.
    pub view: &'static str,
    /// The tabs.
    pub tabs: Vec<Tab>,
    /// The tenants to choose from; none when there is but one.
    pub tenants: Vec<Choice>,
    /// The layers to choose from.
    pub layers: Vec<Choice>,
    /// The tags to choose from.
    pub tags: Vec<Choice>,
    /// Whether one tenant is chosen.
    pub tenant_chosen: bool,
    /// Whether one layer is chosen.
    pub layer_chosen: bool,
    /// Whether one tag is chosen.
    pub tag_chosen: bool,
    /// The words searched for.
    pub q: String,
    /// Whether any filter is set.
    pub filtered: bool,
    /// The rows.
    pub rows: Vec<Row>,
    /// Where the next page is.
    pub more: Option<String>,
    /// This list again, as a fragment.
    pub refresh: String,
}

/// A tab over the queue.
#[derive(Debug, Clone, Serialize)]
pub struct Tab {
    /// Its key.
    pub key: &'static str,
    /// How many stand there, if counted.
    pub count: Option<String>,
    /// Whether it is open.
    pub current: bool,
    /// Its address.
    pub href: String,
}

/// A conversation in the queue.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// Its address, with the list's query.
    pub href: String,
    /// Who writes.
    pub contact: Person,
    /// The last message.
    pub preview: String,
    /// Whose customer.
    pub tenant: Badge,
    /// Where it came in.
    pub channel: ChannelMark,
    /// The customer's language.
    pub language: String,
    /// The first tags.
    pub tags: Vec<Tag>,
    /// How many more tags there are.
    pub more_tags: usize,
    /// Every tag, for the title.
    pub all_tags: String,
    /// Who has it.
    pub owner: Option<Person>,
    /// Its state.
    pub state: &'static str,
    /// The layer's title.
    pub layer: String,
    /// How long it has been where it is.
    pub age: String,
    /// Since when.
    pub since: When,
    /// The most pressing promise.
    pub sla: Option<Sla>,
    /// `low`, `normal`, `high`, `urgent`.
    pub priority: &'static str,
    /// Whether the customer waits for an answer.
    pub unanswered: bool,
    /// When the layer opens, for those that wait.
    pub opens: Option<When>,
    /// A colleague calls for whoever has it.
    pub attention: bool,
    /// There is a telephone call to make.
    pub call: bool,
    /// When the customer is called, while it waits for that.
    pub waits_for_call: Option<String>,
    /// What is asked, for an expert: the last field of the briefing.
    pub asked: Option<String>,
}

const TAGS_SHOWN: usize = 1;

impl Row {
    /// A row of the list.
    #[must_use]
    pub fn of(
        look: &Look,
        tenant: &Tenant,
        listed: &Listed,
        names: &BTreeMap<UserId, String>,
        me: UserId,
        query: &str,
    ) -> Self {
        let look = look.at(tenant);
        let c = &listed.conversation;
        let name = look.contact(listed.contact_name.as_deref(), c.contact);
        let asked = c.briefing.as_ref().filter(|b| b.to == c.layer).and_then(|briefing| {
            let fields = tenant.policy.layers.iter().find(|l| l.id == briefing.to)?;
            let last = fields.briefing.iter().rev().find_map(|f| briefing.fields.get(&f.key))?;
            Some(last.clone())
        });
        let href = if query.is_empty() {
            format!("/console/c/{}", c.id)
        } else {
            format!("/console/c/{}?{query}", c.id)
        };
        Self {
            id: c.id.to_string(),
            href,
            contact: Person::new(&name, c.contact.0, false),
            preview: c.preview.clone(),
            tenant: Badge::of(tenant),
            channel: ChannelMark::of(tenant, &c.channel),
            language: c.language.to_string(),
            tags: c.tags.iter().take(TAGS_SHOWN).cloned().collect(),
            more_tags: c.tags.len().saturating_sub(TAGS_SHOWN),
            all_tags: c.tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(", "),
            owner: c.assignee.map(|user| Person::user(names, user, me)),
            state: state_key(c),
            layer: look.layer(tenant, &c.layer),
            age: look.age(c.held_since),
            since: look.when(c.held_since),
            sla: sla::pressing(&look, tenant, c),
            priority: priority_key(c.priority),
            unanswered: c.unanswered_since.is_some() && c.state.is_open(),
            opens: c.waits_until.map(|at| look.when(at)),
            attention: c.attention.is_some(),
            call: c.state.is_open() && c.call.as_ref().is_some_and(Call::is_open),
            waits_for_call: cases::waits_for_call(&look, c),
            asked,
        }
    }
}
