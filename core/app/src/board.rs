//! The layer board: today's demand per layer against the goals, and what stands in the queues.

mod rollup;

use std::collections::BTreeMap;

use kerros_domain::conversation::State;
use kerros_domain::id::{Language, LayerId, TenantId};
use kerros_domain::ledger::{GoalCheck, Ledger, Ratio};
use kerros_domain::policy::{LayerKind, Share};
use kerros_domain::sla::Owner;
use kerros_domain::time::Timestamp;
pub(crate) use rollup::Boards;

use crate::calendar_day;
use crate::caller::Caller;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::ports::store::{Depth, Scope};
use crate::tenant::Tenant;

/// The board of one tenant and day.
#[derive(Debug, Clone, PartialEq)]
pub struct Board {
    /// Whose.
    pub tenant: TenantId,
    /// The tenant's title.
    pub title: String,
    /// The date in the tenant's time zone, `2026-11-22`.
    pub day: String,
    /// Units of demand that began on the day.
    pub demand: u64,
    /// Still open, or closed unsolved.
    pub unresolved: u64,
    /// Given up before an answer.
    pub abandoned: u64,
    /// Solved by self-service / demand.
    pub self_service: Ratio,
    /// The layers, in order.
    pub layers: Vec<LayerBoard>,
    /// When the ledger was counted.
    pub counted_at: Timestamp,
}

/// One layer of the board.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerBoard {
    /// The layer.
    pub layer: LayerId,
    /// What people read.
    pub title: BTreeMap<Language, String>,
    /// Who works in it.
    pub kind: LayerKind,
    /// Whose people.
    pub owner: Owner,
    /// Demand that entered it.
    pub entered: u64,
    /// Solved by it.
    pub solved: u64,
    /// Of those, what the customer confirmed.
    pub confirmed: u64,
    /// Of those, what is only assumed: the customer left after an answer and did not come back.
    pub assumed: u64,
    /// How many of those may still be reopened.
    pub provisional: u64,
    /// Solved by it / demand.
    pub of_demand: Ratio,
    /// Solved by it / entered it.
    pub of_entered: Ratio,
    /// Solved by it or an earlier layer / demand.
    pub cumulative: Ratio,
    /// Entered it / demand.
    pub entered_share: Ratio,
    /// Its goals and how they stand.
    pub goals: Vec<GoalCheck>,
    /// With a bot now.
    pub with_bot: u64,
    /// In the queue now.
    pub queued: u64,
    /// Waiting for opening now.
    pub out_of_hours: u64,
    /// With a person now, waiting for the customer included.
    pub assigned: u64,
    /// Since when the oldest waits in the queue.
    pub oldest: Option<Timestamp>,
    /// Whether it is open now.
    pub open: bool,
    /// When it opens next, if it is closed.
    pub opens_at: Option<Timestamp>,
}

/// The board of a tenant; `day` is a date like `2026-11-22` in its time zone, `None` is today. Experts see
/// it too: both sides see the same figures.
///
/// # Errors
/// `NotFound` for somebody else's tenant; `Invalid` for something that is not a date.
pub async fn board(
    ctx: &Ctx,
    caller: &Caller,
    tenant: &TenantId,
    day: Option<&str>,
) -> Result<Board, Error> {
    caller.member_of(tenant)?;
    of_tenant(ctx, tenant, day).await
}

/// As [`board`], for the node's own metrics.
///
/// # Errors
/// As [`board`].
pub async fn of_tenant(ctx: &Ctx, tenant: &TenantId, day: Option<&str>) -> Result<Board, Error> {
    let config = ctx.tenant(tenant)?;
    let now = ctx.now();
    let zone = &config.policy.time_zone;
    let day = day.map_or_else(|| calendar_day::date_of(now, zone), ToOwned::to_owned);
    let (counted_at, ledger) = ctx.boards.ledger(ctx, &config.policy, &day).await?;
    let depths = ctx.store.depths(&Scope::One(tenant.clone())).await?;
    Ok(assemble(&config, day, now, counted_at, &ledger, &depths))
}

/// Boards of every tenant the caller belongs to, in order of name.
///
/// # Errors
/// `Unavailable` without a database.
pub async fn boards(ctx: &Ctx, caller: &Caller) -> Result<Vec<Board>, Error> {
    let mut boards = Vec::new();
    for place in &caller.user.memberships {
        // A membership may outlive its tenant's config.
        if ctx.tenants.get(&place.tenant).is_some() {
            boards.push(of_tenant(ctx, &place.tenant, None).await?);
        }
    }
    boards.sort_by(|a, b| a.tenant.cmp(&b.tenant));
    Ok(boards)
}

fn assemble(
    tenant: &Tenant,
    day: String,
    now: Timestamp,
    counted_at: Timestamp,
    ledger: &Ledger,
    depths: &[Depth],
) -> Board {
    let policy = &tenant.policy;
    let goals = ledger.check(&policy.goals);
    let nothing = Ratio { part: 0, whole: ledger.demand };
    let layers = policy.layers.iter().map(|layer| {
        let line = ledger.layers.iter().find(|line| line.layer == layer.id);
        let share = |share| ledger.share(&layer.id, share).unwrap_or(nothing);
        let here = |states: &[State]| -> u64 {
            let there = |depth: &&Depth| depth.layer == layer.id && states.contains(&depth.state);
            depths.iter().filter(there).map(|depth| depth.count).sum()
        };
        let open = policy.is_open(layer, now);
        LayerBoard {
            layer: layer.id.clone(),
            title: layer.title.clone(),
            kind: layer.kind,
            owner: layer.owner,
            entered: line.map_or(0, |line| line.entered),
            solved: line.map_or(0, kerros_domain::ledger::LayerLine::solved),
            confirmed: line.map_or(0, |line| line.confirmed),
            assumed: line.map_or(0, |line| line.assumed),
            provisional: line.map_or(0, |line| line.provisional),
            of_demand: share(Share::OfDemand),
            of_entered: share(Share::OfEntered),
            cumulative: share(Share::Cumulative),
            entered_share: share(Share::Entered),
            goals: goals.iter().filter(|check| check.goal.layer == layer.id).cloned().collect(),
            with_bot: here(&[State::Bot]),
            queued: here(&[State::Queued]),
            out_of_hours: here(&[State::OutOfHours]),
            assigned: here(&[State::Assigned, State::Pending]),
            oldest: depths
                .iter()
                .filter(|depth| depth.layer == layer.id && depth.state == State::Queued)
                .filter_map(|depth| depth.oldest)
                .min(),
            open,
            opens_at: match policy.hours(layer) {
                Some(hours) if !open => hours.next_opening(now),
                _ => None,
            },
        }
    });
    Board {
        tenant: policy.id.clone(),
        title: policy.title.clone(),
        day,
        demand: ledger.demand,
        unresolved: ledger.unresolved,
        abandoned: ledger.abandoned,
        self_service: ledger.self_service_rate(),
        layers: layers.collect(),
        counted_at,
    }
}
