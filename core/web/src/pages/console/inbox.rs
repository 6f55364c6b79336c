//! `GET /console`: one queue over all the tenants of whoever looks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use kerros_app::caller::Caller;
use kerros_app::error::Error;
use kerros_app::list::{ListQuery, list};
use kerros_app::ports::store::{Depth, Order, Role};
use kerros_app::tenant::Tenant;
use kerros_domain::conversation::State as Held;
use kerros_domain::id::{LayerId, Tag, TenantId, UserId};
use serde::{Deserialize, Serialize};

use crate::i18n::whole;
use crate::pages::answer;
use crate::pages::desk::Desk;
use crate::pages::query::query;
use crate::pages::view::conversation::Pane;
use crate::pages::view::queue::{Queue, Row, Tab};
use crate::pages::view::shell::Choice;
use crate::state::WebState;

const PAGE: u32 = 50;
/// Counting stops here; more is shown as `200+`.
const COUNTED: u32 = 200;

/// What the address says of the list.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    view: String,
    tenant: String,
    layer: String,
    tag: String,
    q: String,
    after: String,
    limit: Option<u32>,
}

/// The page with its queue, and a conversation if one is open.
#[derive(Serialize)]
pub struct Inbox {
    /// The list.
    pub queue: Queue,
    /// The conversation.
    pub pane: Option<Pane>,
    /// A key for the next message, so that a repeated form is one message.
    pub composer_key: String,
}

/// `GET /console`.
pub async fn get(
    State(state): State<WebState>,
    desk: Desk,
    Query(wanted): Query<Wanted>,
) -> Response {
    let queue = match queue_for(&state, &desk, &wanted).await {
        Ok(queue) => queue,
        Err(error) => return desk.fault(&error),
    };
    #[derive(Serialize)]
    struct Part {
        queue: Queue,
    }
    if desk.fragment.is_for("queue") || desk.fragment.is_for("queue-scroll") {
        return answer::html(desk.lang(), "console/queue.html", &Part { queue });
    }
    if desk.fragment.wanted && !wanted.after.is_empty() {
        return answer::html(desk.lang(), "console/rows.html", &Part { queue });
    }
    let inbox = Inbox { queue, pane: None, composer_key: String::new() };
    desk.page("console/inbox.html", "inbox", "nav-inbox", inbox)
}

/// Everything that the list shows.
pub async fn queue_for(state: &WebState, desk: &Desk, wanted: &Wanted) -> Result<Queue, Error> {
    let caller = &desk.caller;
    let ctx = &state.ctx;
    let all: Vec<Arc<Tenant>> =
        caller.user.memberships.iter().filter_map(|place| ctx.tenants.get(&place.tenant)).collect();
    // A filter that names nothing of ours is no filter: an old bookmark still opens.
    let chosen = all.iter().find(|t| t.policy.id.as_str() == wanted.tenant);
    let tenants: Vec<&Arc<Tenant>> = chosen.map_or_else(|| all.iter().collect(), |one| vec![one]);
    let layer = tenants
        .iter()
        .flat_map(|t| &t.policy.layers)
        .find(|l| l.id.as_str() == wanted.layer)
        .map(|l| l.id.clone());
    let counts = count(state, caller, chosen.map(|t| &t.policy.id), layer.as_ref()).await?;
    let view = view_of(caller, &wanted.view, &counts);
    let tag = Some(wanted.tag.as_str()).filter(|t| !t.is_empty()).map(Tag::from);
    let limit = wanted.limit.unwrap_or(PAGE).clamp(PAGE, 200);
    let text =
        if wanted.q.trim().is_empty() { wanted.tag.clone() } else { wanted.q.trim().to_owned() };
    let listed = list(
        ctx,
        caller,
        ListQuery {
            text: Some(text),
            after: Some(wanted.after.clone()).filter(|a| !a.is_empty()),
            limit,
            tenant: chosen.map(|t| t.policy.id.clone()),
            ..narrowed(asked(view, caller), layer.as_ref())
        },
    )
    .await?;
    let full = listed.len() >= limit as usize;
    let cursor = listed.last().map(|row| row.cursor.clone());
    let names = names(state, caller).await?;
    let tenant_now = chosen.map_or("", |t| t.policy.id.as_str());
    let layer_now = layer.as_ref().map_or("", LayerId::as_str);
    let here = |view: &str, after: &str| {
        query(&[
            ("view", view),
            ("tenant", tenant_now),
            ("layer", layer_now),
            ("tag", &wanted.tag),
            ("q", wanted.q.trim()),
            ("after", after),
        ])
    };
    let keep = here(view, "");
    let rows = listed
        .iter()
        .filter(|row| tag.as_ref().is_none_or(|tag| row.conversation.tags.contains(tag)))
        .filter_map(|row| {
            let tenant = ctx.tenants.get(&row.conversation.tenant)?;
            Some(Row::of(&desk.look, &tenant, row, &names, caller.id(), &keep))
        })
        .collect();
    Ok(Queue {
        view,
        tabs: views(caller)
            .iter()
            // Colleagues seldom call: the tab is there while one does.
            .filter(|key| {
                **key != "attention"
                    || view == "attention"
                    || counts.get(*key).is_some_and(|n| *n > 0)
            })
            .map(|key| Tab {
                key,
                count: counts.get(key).filter(|n| **n > 0).map(|n| shown(desk, *n)),
                current: *key == view,
                href: format!("/console?{}", here(key, "")),
            })
            .collect(),
        tenants: if all.len() > 1 {
            let choice = |t: &Arc<Tenant>| {
                let id = t.policy.id.as_str();
                Choice::new(id, t.policy.title.clone(), id == tenant_now)
            };
            all.iter().map(choice).collect()
        } else {
            Vec::new()
        },
        layers: layer_choices(desk, &tenants, layer_now),
        tags: tags(&tenants).into_iter().map(|t| Choice::new(t, t, t == wanted.tag)).collect(),
        tenant_chosen: !tenant_now.is_empty(),
        layer_chosen: !layer_now.is_empty(),
        tag_chosen: !wanted.tag.is_empty(),
        q: wanted.q.trim().to_owned(),
        filtered: [tenant_now, layer_now, wanted.tag.as_str(), wanted.q.trim()]
            .iter()
            .any(|f| !f.is_empty()),
        rows,
        more: cursor.filter(|_| full).map(|after| format!("/console?{}", here(view, &after))),
        refresh: format!("/console?{keep}"),
    })
}

fn views(caller: &Caller) -> &'static [&'static str] {
    if caller.user.role == Role::Expert {
        &["escalated", "mine", "attention", "resolved"]
    } else {
        &["mine", "queue", "attention", "waiting", "open", "resolved"]
    }
}

/// The view asked for, else one that has something in it.
fn view_of(caller: &Caller, asked: &str, counts: &BTreeMap<&'static str, u64>) -> &'static str {
    let views = views(caller);
    if let Some(view) = views.iter().find(|view| **view == asked) {
        return view;
    }
    let with_work = views.iter().take(2).find(|view| counts.get(*view).is_some_and(|n| *n > 0));
    with_work.copied().unwrap_or(views[0])
}

/// What a view lists.
fn asked(view: &str, caller: &Caller) -> ListQuery {
    let mine = Some(caller.id());
    match view {
        "mine" => ListQuery {
            states: vec![Held::Assigned, Held::Pending],
            assignee: mine,
            ..ListQuery::default()
        },
        "queue" => ListQuery { states: vec![Held::Queued], ..ListQuery::default() },
        "attention" => ListQuery { attention: true, ..ListQuery::default() },
        "waiting" => ListQuery { states: vec![Held::OutOfHours], ..ListQuery::default() },
        "resolved" => ListQuery {
            states: vec![Held::Resolved, Held::Closed],
            order: Order::Newest,
            ..ListQuery::default()
        },
        // What came while the experts were away is escalated all the same, and first in the morning.
        "escalated" => ListQuery {
            states: vec![Held::OutOfHours, Held::Queued, Held::Assigned, Held::Pending],
            layers: caller.user.memberships.iter().flat_map(|place| place.layers.clone()).collect(),
            ..ListQuery::default()
        },
        _ => ListQuery::default(),
    }
}

fn narrowed(query: ListQuery, layer: Option<&LayerId>) -> ListQuery {
    match layer {
        Some(layer) => ListQuery { layers: vec![layer.clone()], ..query },
        None => query,
    }
}

/// How many stand in each view, under the filters of tenant and layer.
async fn count(
    state: &WebState,
    caller: &Caller,
    tenant: Option<&TenantId>,
    layer: Option<&LayerId>,
) -> Result<BTreeMap<&'static str, u64>, Error> {
    let number = async |view: &'static str| {
        let query = ListQuery {
            tenant: tenant.cloned(),
            limit: COUNTED,
            ..narrowed(asked(view, caller), layer)
        };
        list(&state.ctx, caller, query).await.map(|rows| rows.len() as u64)
    };
    let mut counts = BTreeMap::from([
        ("mine", number("mine").await?),
        ("attention", number("attention").await?),
    ]);
    if caller.user.role == Role::Expert {
        // Depths count the whole tenant; an expert sees only what was escalated.
        counts.insert("escalated", number("escalated").await?);
        return Ok(counts);
    }
    let depths = state.ctx.store.depths(&caller.scope()).await?;
    let inside =
        |d: &&Depth| tenant.is_none_or(|t| d.tenant == *t) && layer.is_none_or(|l| d.layer == *l);
    let sum = |held: &dyn Fn(Held) -> bool| -> u64 {
        depths.iter().filter(inside).filter(|d| held(d.state)).map(|d| d.count).sum()
    };
    counts.insert("queue", sum(&|s| s == Held::Queued));
    counts.insert("waiting", sum(&|s| s == Held::OutOfHours));
    counts.insert("open", sum(&Held::is_open));
    Ok(counts)
}

fn shown(desk: &Desk, count: u64) -> String {
    let number = whole(desk.lang(), i64::try_from(count).unwrap_or(i64::MAX));
    if count == u64::from(COUNTED) { format!("{number}+") } else { number }
}

async fn names(state: &WebState, caller: &Caller) -> Result<BTreeMap<UserId, String>, Error> {
    let people = state.ctx.store.users(&caller.scope()).await?;
    Ok(people.into_iter().map(|person| (person.id, person.name)).collect())
}

fn layer_choices(desk: &Desk, tenants: &[&Arc<Tenant>], now: &str) -> Vec<Choice> {
    let mut seen = BTreeSet::new();
    let layers = tenants.iter().flat_map(|t| t.policy.layers.iter().map(move |l| (t, l)));
    layers
        .filter(|(_, layer)| seen.insert(layer.id.clone()))
        .map(|(tenant, layer)| {
            Choice::new(
                layer.id.as_str(),
                desk.look.layer(tenant, &layer.id),
                layer.id.as_str() == now,
            )
        })
        .collect()
}

fn tags<'a>(tenants: &[&'a Arc<Tenant>]) -> BTreeSet<&'a str> {
    tenants.iter().flat_map(|t| t.policy.tags.iter().map(Tag::as_str)).collect()
}
