//! What plugins cost the caller's tenants, by day.

use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use kerros_app::caller::Caller;
use kerros_app::ports::costs::{Cost, DAY_MS};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::input::Asked;
use crate::api::refusals::Reading;
use crate::problem::Problem;
use crate::state::WebState;

/// Longest period, days.
const MOST_DAYS: i64 = 400;
/// Days shown if none are named, today included.
const USUAL_DAYS: i64 = 30;

/// Which days.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// First day, UTC; left out, 30 days back.
    #[param(example = "2026-11-01")]
    from: Option<String>,
    /// Last day, UTC; left out, today.
    #[param(example = "2026-11-22")]
    to: Option<String>,
}

/// Costs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PluginCostList)]
pub struct List {
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
    /// By tenant, day and plugin.
    pub items: Vec<PluginCostBody>,
}

/// What a plugin cost a tenant on one day. Counts reach the store every ten seconds.
#[derive(Debug, Serialize, ToSchema)]
pub struct PluginCostBody {
    /// Whose.
    pub tenant: String,
    /// The day, UTC.
    pub day: String,
    /// The plugin.
    pub plugin: String,
    /// Its kind.
    pub kind: String,
    /// Calls made.
    pub calls: u64,
    /// Calls that ended in an error of any sort.
    pub errors: u64,
    /// Processor time, seconds.
    pub cpu_seconds: f64,
    /// Bytes of what it was given, as JSON.
    pub bytes_in: u64,
    /// Bytes of what it answered, as JSON.
    pub bytes_out: u64,
}

/// List what plugins cost (supervisors)
#[utoipa::path(
    get,
    path = "/plugins/costs",
    tag = "operations",
    operation_id = "list_plugin_costs",
    params(Query),
    responses((status = 200, description = "Calls, processor time, bytes and errors by day", body = List), Reading)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    Asked(query): Asked<Query>,
) -> Result<Json<List>, Problem> {
    if !caller.is_supervisor() {
        return Err(Problem::forbidden());
    }
    let today = state.ctx.now().0.div_euclid(DAY_MS);
    let to = day(query.to.as_deref())?.unwrap_or(today);
    let from = day(query.from.as_deref())?.unwrap_or(to - USUAL_DAYS + 1);
    if from > to || to - from >= MOST_DAYS {
        return Err(Problem::invalid(format!(
            "from and to take 1 to {MOST_DAYS} days, oldest first"
        )));
    }
    let costs = state.faults.costs(&caller.scope(), from, to).await;
    let costs = costs.map_err(|error| Problem::from(kerros_app::error::Error::from(error)))?;
    Ok(Json(List { from: date(from), to: date(to), items: costs.iter().map(shown).collect() }))
}

fn shown(cost: &Cost) -> PluginCostBody {
    #[expect(clippy::cast_precision_loss, reason = "microseconds fit a double for 285 years")]
    let cpu_seconds = cost.cpu_us as f64 / 1e6;
    PluginCostBody {
        tenant: cost.tenant.to_string(),
        day: date(cost.day),
        plugin: cost.plugin.to_string(),
        kind: cost.kind.clone(),
        calls: cost.calls,
        errors: cost.errors,
        cpu_seconds,
        bytes_in: cost.bytes_in,
        bytes_out: cost.bytes_out,
    }
}

fn day(text: Option<&str>) -> Result<Option<i64>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let date: Date =
        text.parse().map_err(|_| Problem::invalid("a day looks like 2026-11-22".to_owned()))?;
    let start = date.to_zoned(jiff::tz::TimeZone::UTC);
    let start = start.map_err(|_| Problem::invalid("a day looks like 2026-11-22".to_owned()))?;
    Ok(Some(start.timestamp().as_millisecond().div_euclid(DAY_MS)))
}

fn date(day: i64) -> String {
    crate::i18n::time::iso_date(
        &jiff::tz::TimeZone::UTC,
        kerros_domain::time::Timestamp(day * DAY_MS),
    )
}
