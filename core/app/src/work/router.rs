//! Gives queued conversations to people who are there and have room.

use std::collections::{BTreeMap, HashMap};
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
/// Conversations given out in one round and tenant.
const ROUND: u32 = 200;

/// Routes every so often, and at once when something is queued or somebody comes.
pub(super) async fn run(ctx: Ctx, config: Config, shutdown: watch::Receiver<bool>) {
    let mut tick = interval(Duration::from_millis(config.route_ms.max(1)));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut news = ctx.bus.subscribe();
    let stop = ended(shutdown);
    tokio::pin!(stop);
    loop {
        // A burst of news is one round, not one each.
        tokio::select! {
            () = &mut stop => return,
            () = sleep(GAP) => {}
        }
        tokio::select! {
            () = &mut stop => return,
            _ = tick.tick() => {}
            () = ctx.queue.routed() => {}
            () = queued(&mut news) => {}
        }
        if let Err(error) = round(&ctx).await {
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
pub(crate) async fn round(ctx: &Ctx) -> Result<usize, StoreError> {
    let mut given = 0;
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
        let id = tenant.policy.id.clone();
        let scope = Scope::One(id.clone());
        let filter = Filter {
            states: vec![State::Queued],
            layers,
            tenant: Some(id),
            order: Order::Queue,
            limit: ROUND,
            ..Filter::default()
        };
        let people = ctx.store.users(&scope).await?;
        let now = ctx.now();
        if !people.iter().any(|person| presence(person, now) == Presence::Available) {
            continue;
        }
        let mut queue = ctx.store.list(&scope, &filter).await?;
        if queue.is_empty() {
            continue;
        }
        queue.sort_by_key(|row| queue_key(&row.conversation));
        let loads = match &mut loads {
            Some(loads) => loads,
            None => loads.insert(ctx.store.loads().await?.into_iter().collect()),
        };
        given += give_out(ctx, &tenant, queue, &people, loads).await?;
    }
    Ok(given)
}

fn presence(person: &User, now: Timestamp) -> Presence {
    let there = person.seen_at.is_some_and(|seen| now.since(seen) <= THERE_MS);
    match (person.active && there, person.available) {
        (false, _) => Presence::Offline,
        (true, false) => Presence::Away,
        (true, true) => Presence::Available,
    }
}

async fn give_out(
    ctx: &Ctx,
    tenant: &Arc<Tenant>,
    queue: Vec<Listed>,
    people: &[User],
    loads: &mut HashMap<UserId, u32>,
) -> Result<usize, StoreError> {
    let now = ctx.now();
    let scope = Scope::One(tenant.policy.id.clone());
    let mut candidates: BTreeMap<LayerId, Vec<Candidate>> = BTreeMap::new();
    let mut drafts = Vec::new();
    for row in queue {
        let conversation = row.conversation;
        let Some(need) = Need::of(&conversation, &tenant.policy) else { continue };
        let layer = conversation.layer.clone();
        let able = candidates
            .entry(layer)
            .or_insert_with_key(|layer| in_layer(tenant, layer, people, now));
        for candidate in able.iter_mut() {
            candidate.load = loads.get(&candidate.user).copied().unwrap_or(0);
        }
        let Some(user) = pick(able, &need) else { continue };
        let trace = conversation.id.to_string();
        let mut draft = Draft::of(Arc::clone(tenant), conversation, now, &trace);
        if let Err(error) = draft.follow(Command::Assign { user }) {
            tracing::debug!(conversation = %draft.conversation.id, %error, "not assigned");
            continue;
        }
        *loads.entry(user).or_default() += 1;
        if let Some(chosen) = able.iter_mut().find(|other| other.user == user) {
            chosen.idle_since = now;
        }
        drafts.push(draft);
    }
    // Side by side, so that the store writes them together.
    let written = drafts.iter_mut().map(|draft| async {
        match change::finish(ctx, &scope, draft, Changes::default()).await {
            Ok(()) => Ok(1),
            // Somebody took it meanwhile.
            Err(StoreError::Conflict) => Ok(0),
            Err(error) => Err(error),
        }
    });
    let given: Result<Vec<usize>, StoreError> = join_all(written).await.into_iter().collect();
    Ok(given?.into_iter().sum())
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
                capacity: None,
                idle_since: person.seen_at.unwrap_or(now),
            })
        })
        .collect()
}
