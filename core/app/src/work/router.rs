//! Gives queued conversations to people who are there and have room.

use std::collections::HashMap;
use std::sync::Arc;

use futures::future::join_all;
use kerros_domain::command::Command;
use kerros_domain::conversation::State;
use kerros_domain::id::{LayerId, UserId};
use kerros_domain::policy::Assignment;
use kerros_domain::routing::{Candidate, Need, Presence, pick, queue_key};
use kerros_domain::time::Timestamp;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::time::{Duration, MissedTickBehavior, interval, sleep};

use super::{Config, ended};
use crate::change;
use crate::ctx::Ctx;
use crate::draft::Draft;
use crate::ports::bus::News;
use crate::ports::store::{Changes, Filter, Listed, Order, Role, Scope, StoreError, User};
use crate::tenant::Tenant;

/// Somebody without a sign of life for this long is not there. Milliseconds.
const THERE_MS: i64 = 60_000;
/// At least this lies between two rounds.
const GAP: Duration = Duration::from_millis(100);
/// Conversations read at once.
const PAGE: u32 = 200;

/// When this node gave somebody work last.
type Given = HashMap<UserId, Timestamp>;

/// How far into a queue a round looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// Its first page: something was queued, which happens often.
    Head,
    /// As far as it goes, so that those at its head whom nobody can serve do not stand before all others.
    Whole,
}

/// Routes every so often, and at once when something is queued or somebody comes.
pub(super) async fn run(ctx: Ctx, config: Config, shutdown: watch::Receiver<bool>) {
    let mut tick = interval(Duration::from_millis(config.route_ms.max(1)));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut news = ctx.bus.subscribe();
    let mut given = Given::new();
    let stop = ended(shutdown);
    tokio::pin!(stop);
    loop {
        // A burst of news is one round, not one each.
        tokio::select! {
            () = &mut stop => return,
            () = sleep(GAP) => {}
        }
        let depth = tokio::select! {
            () = &mut stop => return,
            _ = tick.tick() => Depth::Whole,
            () = ctx.queue.routed() => Depth::Whole,
            () = queued(&mut news) => Depth::Head,
        };
        if let Err(error) = round(&ctx, depth, &mut given).await {
            tracing::warn!(%error, "routing waits for the database");
        }
    }
}

/// Comes back when something was queued, or may have been.
async fn queued(news: &mut Receiver<Arc<News>>) {
    loop {
        match news.recv().await {
            Ok(heard) => {
                if matches!(*heard, News::Conversation { state: State::Queued, .. }) {
                    return;
                }
            }
            Err(RecvError::Lagged(_)) => return,
            // The bus is gone; the tick goes on.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// Gives out what stands in the queues of every tenant; returns how many found somebody.
///
/// # Errors
/// When the queues cannot be read. A conversation that somebody else took meanwhile is left alone.
async fn round(ctx: &Ctx, depth: Depth, given: &mut Given) -> Result<usize, StoreError> {
    let mut found = 0;
    let mut loads: Option<HashMap<UserId, u32>> = None;
    for tenant in ctx.tenants.all() {
        let layers: Vec<LayerId> = tenant
            .policy
            .layers
            .iter()
            .filter(|layer| layer.assignment == Assignment::Auto && layer.kind.has_people())
            .map(|layer| layer.id.clone())
            .collect();
        if layers.is_empty() {
            continue;
        }
        let scope = Scope::One(tenant.policy.id.clone());
        let people = ctx.store.users(&scope).await?;
        let now = ctx.now();
        if !people.iter().any(|person| presence(person, now) == Presence::Available) {
            continue;
        }
        let mut filter = Filter {
            states: vec![State::Queued],
            layers: layers.clone(),
            tenant: Some(tenant.policy.id.clone()),
            order: Order::Queue,
            limit: PAGE,
            ..Filter::default()
        };
        let mut page = ctx.store.list(&scope, &filter).await?;
        if page.is_empty() {
            continue;
        }
        let loads = match &mut loads {
            Some(loads) => loads,
            None => {
                let held = ctx.store.loads().await?;
                for load in &held {
                    let last = given.entry(load.user).or_insert(load.newest);
                    *last = load.newest.max(*last);
                }
                loads.insert(held.into_iter().map(|load| (load.user, load.held)).collect())
            }
        };
        let mut desk = Desk {
            able: layers.iter().map(|layer| in_layer(&tenant, layer, &people, now)).collect(),
            tenant,
            now,
            layers,
            loads,
            given,
            drafts: Vec::new(),
        };
        loop {
            let full = page.len() >= PAGE as usize;
            filter.after = page.last().map(|row| row.cursor.clone());
            page.sort_by_key(|row| queue_key(&row.conversation));
            for row in page {
                desk.place(row);
            }
            if !full || depth == Depth::Head || !desk.has_room() {
                break;
            }
            page = ctx.store.list(&scope, &filter).await?;
        }
        found += write(ctx, &scope, desk.drafts).await?;
    }
    Ok(found)
}

/// One tenant's queues and the people who work in them.
struct Desk<'r> {
    tenant: Arc<Tenant>,
    now: Timestamp,
    layers: Vec<LayerId>,
    /// Who works in each of the layers.
    able: Vec<Vec<Candidate>>,
    loads: &'r mut HashMap<UserId, u32>,
    given: &'r mut Given,
    /// Conversations that found somebody.
    drafts: Vec<Draft>,
}

impl Desk<'_> {
    fn load(&self, user: UserId) -> u32 {
        self.loads.get(&user).copied().unwrap_or(0)
    }

    /// Whether anybody may be given anything.
    fn has_room(&self) -> bool {
        self.layers.iter().zip(&self.able).any(|(layer, able)| {
            let capacity = self.tenant.policy.layer(layer).map_or(0, |layer| layer.capacity);
            able.iter().any(|candidate| {
                candidate.presence == Presence::Available && self.load(candidate.user) < capacity
            })
        })
    }

    /// Finds somebody for a conversation, if anybody able has room.
    fn place(&mut self, row: Listed) {
        let conversation = row.conversation;
        let layer = self.layers.iter().position(|layer| *layer == conversation.layer);
        let Some(index) = layer else { return };
        let Some(need) = Need::of(&conversation, &self.tenant.policy) else { return };
        for candidate in &mut self.able[index] {
            candidate.load = self.loads.get(&candidate.user).copied().unwrap_or(0);
            // Who never got anything comes first.
            candidate.idle_since = self.given.get(&candidate.user).copied().unwrap_or(Timestamp(0));
        }
        let Some(user) = pick(&self.able[index], &need) else { return };
        let trace = conversation.id.to_string();
        let mut draft = Draft::of(Arc::clone(&self.tenant), conversation, self.now, &trace);
        if let Err(error) = draft.follow(Command::Assign { user }) {
            tracing::debug!(conversation = %draft.conversation.id, %error, "not assigned");
            return;
        }
        *self.loads.entry(user).or_default() += 1;
        self.given.insert(user, self.now);
        self.drafts.push(draft);
    }
}

/// Writes what was given out, side by side, so that the store writes it together.
async fn write(ctx: &Ctx, scope: &Scope, mut drafts: Vec<Draft>) -> Result<usize, StoreError> {
    let written = drafts.iter_mut().map(|draft| async {
        match change::finish(ctx, scope, draft, Changes::default()).await {
            Ok(()) => Ok(1),
            // Somebody took it meanwhile.
            Err(StoreError::Conflict) => Ok(0),
            Err(error) => Err(error),
        }
    });
    let written: Result<Vec<usize>, StoreError> = join_all(written).await.into_iter().collect();
    Ok(written?.into_iter().sum())
}

/// Whether a person takes new work, by what their console said last.
pub(crate) fn presence(person: &User, now: Timestamp) -> Presence {
    let there = person.seen_at.is_some_and(|seen| now.since(seen) <= THERE_MS);
    match (person.active && there, person.available) {
        (false, _) => Presence::Offline,
        (true, false) => Presence::Away,
        (true, true) => Presence::Available,
    }
}

/// The people who work in a layer. Supervisors are asked only where they are named.
fn in_layer(tenant: &Tenant, layer: &LayerId, people: &[User], now: Timestamp) -> Vec<Candidate> {
    let id = &tenant.policy.id;
    people
        .iter()
        .filter(|person| person.role != Role::Admin)
        .filter_map(|person| {
            let place = person.memberships.iter().find(|place| place.tenant == *id)?;
            place.layers.contains(layer).then(|| Candidate {
                user: person.id,
                presence: presence(person, now),
                skills: place.skills.clone(),
                languages: place.languages.clone(),
                segments: place.segments.clone(),
                load: 0,
                idle_since: Timestamp(0),
            })
        })
        .collect()
}
