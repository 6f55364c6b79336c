//! `GET /console/plugins`: which version of each plugin serves, how a new one does beside it, and what plugins cost,
//! for supervisors.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use kerros_app::error::Error;
use kerros_app::ports::costs::{Cost, DAY_MS};
use kerros_app::tenant::Tenant;
use kerros_domain::id::TenantId;
use serde::Serialize;

use super::desk::Desk;
use super::view::look::Badge;
use crate::i18n::{Lang, decimal, whole};
use crate::state::{UseVersion, WebState};

/// Days that are summed up, today included.
const DAYS: i64 = 30;

#[derive(Serialize)]
pub(super) struct Page {
    pub days: i64,
    pub costs: Vec<Bill>,
    pub uses: Vec<Use>,
}

/// What a plugin cost a tenant in the period.
#[derive(Debug, Clone, Serialize)]
pub struct Bill {
    /// Whose.
    pub tenant: Badge,
    /// The plugin.
    pub plugin: String,
    /// Calls made.
    pub calls: String,
    /// Calls that ended in an error.
    pub errors: String,
    /// Whether there were any.
    pub any_errors: bool,
    /// Processor time in seconds.
    pub cpu: String,
    /// Given to it, MB.
    pub taken_in: String,
    /// Answered by it, MB.
    pub given_out: String,
}

impl Bill {
    /// The sum of a plugin's days.
    #[must_use]
    pub fn of(lang: Lang, tenant: &Tenant, days: &[&Cost]) -> Self {
        let sum = |part: fn(&Cost) -> u64| days.iter().map(|cost| part(cost)).sum::<u64>();
        let number = |n: u64| whole(lang, i64::try_from(n).unwrap_or(i64::MAX));
        #[expect(clippy::cast_precision_loss, reason = "shown with few digits")]
        let share = |n: u64, by: f64, places| decimal(lang, n as f64 / by, places);
        let errors = sum(|cost| cost.errors);
        Self {
            tenant: Badge::of(tenant),
            plugin: days.first().map(|cost| cost.plugin.to_string()).unwrap_or_default(),
            calls: number(sum(|cost| cost.calls)),
            errors: number(errors),
            any_errors: errors > 0,
            cpu: share(sum(|cost| cost.cpu_us), 1e6, 1),
            taken_in: share(sum(|cost| cost.bytes_in), 1e6, 2),
            given_out: share(sum(|cost| cost.bytes_out), 1e6, 2),
        }
    }
}

/// One use of a plugin.
#[derive(Debug, Clone, Serialize)]
pub struct Use {
    /// Whose.
    pub tenant: Badge,
    /// The use, `kind/name`.
    pub used_as: String,
    /// The plugin.
    pub plugin: String,
    /// What serves.
    pub version: String,
    /// The beginning of its digest.
    pub digest: String,
    /// A new version beside it.
    pub shadow: Option<Beside>,
}

/// A new version beside the live one.
#[derive(Debug, Clone, Serialize)]
pub struct Beside {
    /// The new version.
    pub version: String,
    /// Why it does not run at all.
    pub fault: Option<String>,
    /// Calls with the same answer.
    pub same: String,
    /// Calls with another answer.
    pub different: String,
    /// Calls that broke.
    pub failed: String,
    /// Whether any did.
    pub any_failed: bool,
    /// Calls left out under load; nothing if none were.
    pub skipped: Option<String>,
    /// The first differences, masked.
    pub differences: Vec<Difference>,
    /// The first failures, in the host's words.
    pub failures: Vec<String>,
}

/// Where a new version answered otherwise than the live one.
#[derive(Debug, Clone, Serialize)]
pub struct Difference {
    /// The call and the place in its answer.
    pub at: String,
    /// What the live version said.
    pub live: String,
    /// What the new one said.
    pub new: String,
}

impl Use {
    /// A use to show.
    #[must_use]
    pub fn of(lang: Lang, tenant: &Tenant, one: &UseVersion) -> Self {
        let number = |n: u64| whole(lang, i64::try_from(n).unwrap_or(i64::MAX));
        Self {
            tenant: Badge::of(tenant),
            used_as: one.used_as.clone(),
            plugin: one.plugin.to_string(),
            version: one.version.clone(),
            digest: one.digest.trim_start_matches("sha256:").chars().take(12).collect(),
            shadow: one.shadow.as_ref().map(|new| Beside {
                version: new.version.clone(),
                fault: new.fault.clone(),
                same: number(new.same),
                different: number(new.different),
                failed: number(new.failed),
                any_failed: new.failed > 0 || new.fault.is_some(),
                skipped: (new.skipped > 0).then(|| number(new.skipped)),
                differences: new
                    .differences
                    .iter()
                    .map(|[call, at, live, new]| Difference {
                        at: format!("{call} {at}"),
                        live: live.clone(),
                        new: new.clone(),
                    })
                    .collect(),
                failures: new.failures.clone(),
            }),
        }
    }
}

/// `GET /console/plugins`.
pub async fn get(State(state): State<WebState>, desk: Desk) -> Response {
    match read(&state, &desk).await {
        Ok(page) => desk.page("console/plugins.html", "plugins", "nav-plugins", page),
        Err(error) => desk.fault(&error),
    }
}

async fn read(state: &WebState, desk: &Desk) -> Result<Page, Error> {
    if !desk.caller.is_supervisor() {
        return Err(Error::Forbidden);
    }
    let scope = desk.caller.scope();
    let today = desk.look.now.0.div_euclid(DAY_MS);
    let costs = state.faults.costs(&scope, today - DAYS + 1, today).await?;
    let mut bills: BTreeMap<_, Vec<&Cost>> = BTreeMap::new();
    for cost in &costs {
        bills.entry((&cost.tenant, &cost.plugin)).or_default().push(cost);
    }
    let lang = desk.lang();
    let tenant = |id: &TenantId| state.ctx.tenants.get(id);
    let uses = state.faults.uses().into_iter().filter(|one| scope.holds(&one.tenant));
    Ok(Page {
        days: DAYS,
        costs: bills
            .iter()
            .filter_map(|((id, _), days)| Some(Bill::of(lang, &*tenant(id)?, days)))
            .collect(),
        uses: uses.filter_map(|one| Some(Use::of(lang, &*tenant(&one.tenant)?, &one))).collect(),
    })
}
