//! The layer board of a day.

use axum::Json;
use axum::extract::State;
use kerros_app::board::{Board, LayerBoard, board};
use kerros_app::caller::Caller;
use kerros_domain::id::TenantId;
use kerros_domain::ledger::GoalCheck;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::body::{Titles, titles};
use crate::api::body::RatioBody;
use crate::api::input::{Asked, At};
use crate::api::names::{LayerKind, Owner, Share};
use crate::api::refusals::Reading;
use crate::problem::Problem;
use crate::state::WebState;

/// Which day.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// A date in the tenant's time zone; left out, today.
    #[param(example = "2026-11-22")]
    day: Option<String>,
}

/// Demand of a day by layer against the goals, and the queues now. See METRICS for every figure.
#[derive(Debug, Serialize, ToSchema)]
pub struct BoardBody {
    /// Whose.
    pub tenant: String,
    /// The date.
    pub day: String,
    /// Units of demand.
    pub demand: u64,
    /// Still open, or closed unsolved.
    pub unresolved: u64,
    /// Given up before an answer.
    pub abandoned: u64,
    /// Solved by self-service / demand.
    pub self_service: RatioBody,
    /// The layers, in order.
    pub layers: Vec<LayerBoardBody>,
    /// When it was counted.
    pub counted_at_ms: i64,
}

/// One layer.
#[derive(Debug, Serialize, ToSchema)]
pub struct LayerBoardBody {
    /// Its id.
    pub layer: String,
    /// What people read, by language.
    pub title: Titles,
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
    /// Of those, how many may still be reopened.
    pub provisional: u64,
    /// Solved by it / demand.
    pub of_demand: RatioBody,
    /// Solved by it / entered it.
    pub of_entered: RatioBody,
    /// Solved by it or an earlier layer / demand.
    pub cumulative: RatioBody,
    /// Entered it / demand.
    pub entered_share: RatioBody,
    /// Its goals.
    pub goals: Vec<GoalBody>,
    /// With a bot now.
    pub with_bot: u64,
    /// In the queue now.
    pub queued: u64,
    /// Waiting for opening now.
    pub out_of_hours: u64,
    /// With a person now.
    pub assigned: u64,
    /// Since when the oldest waits in the queue.
    pub oldest_ms: Option<i64>,
    /// Whether it is open now.
    pub open: bool,
    /// When it opens next, if closed.
    pub opens_at_ms: Option<i64>,
}

/// A goal and how it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct GoalBody {
    /// Which share it binds.
    pub share: Share,
    /// At least this.
    pub at_least: Option<f64>,
    /// Under this.
    pub under: Option<f64>,
    /// The share now.
    pub actual: RatioBody,
    /// Whether it is met; null of nothing.
    pub met: Option<bool>,
}

impl From<GoalCheck> for GoalBody {
    fn from(check: GoalCheck) -> Self {
        Self {
            share: check.goal.share.into(),
            at_least: check.goal.at_least,
            under: check.goal.under,
            actual: check.actual.into(),
            met: check.met,
        }
    }
}

impl From<LayerBoard> for LayerBoardBody {
    fn from(board: LayerBoard) -> Self {
        Self {
            layer: board.layer.to_string(),
            title: titles(&board.title),
            kind: board.kind.into(),
            owner: board.owner.into(),
            entered: board.entered,
            solved: board.solved,
            confirmed: board.confirmed,
            assumed: board.assumed,
            provisional: board.provisional,
            of_demand: board.of_demand.into(),
            of_entered: board.of_entered.into(),
            cumulative: board.cumulative.into(),
            entered_share: board.entered_share.into(),
            goals: board.goals.into_iter().map(GoalBody::from).collect(),
            with_bot: board.with_bot,
            queued: board.queued,
            out_of_hours: board.out_of_hours,
            assigned: board.assigned,
            oldest_ms: board.oldest.map(|at| at.0),
            open: board.open,
            opens_at_ms: board.opens_at.map(|at| at.0),
        }
    }
}

impl From<Board> for BoardBody {
    fn from(board: Board) -> Self {
        Self {
            tenant: board.tenant.to_string(),
            day: board.day,
            demand: board.demand,
            unresolved: board.unresolved,
            abandoned: board.abandoned,
            self_service: board.self_service.into(),
            layers: board.layers.into_iter().map(LayerBoardBody::from).collect(),
            counted_at_ms: board.counted_at.0,
        }
    }
}

/// The layer board of a day
#[utoipa::path(
    get,
    path = "/tenants/{tenant}/board",
    tag = "tenants",
    operation_id = "board",
    params(("tenant" = String, Path, description = "The tenant"), Query),
    responses((status = 200, description = "The board", body = BoardBody), Reading)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    At(id): At<TenantId>,
    Asked(query): Asked<Query>,
) -> Result<Json<BoardBody>, Problem> {
    let board = board(&state.ctx, &caller, &id, query.day.as_deref()).await?;
    Ok(Json(board.into()))
}
