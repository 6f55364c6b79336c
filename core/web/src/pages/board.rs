//! `GET /console/board`: demand today per layer against the goals, for every tenant of whoever looks.

use axum::extract::{Query, State};
use axum::response::Response;
use kerros_app::board::{board, boards};
use kerros_app::error::Error;
use kerros_domain::id::TenantId;
use serde::{Deserialize, Serialize};

use super::answer;
use super::desk::Desk;
use super::query::query;
use super::view::board::BoardView;
use super::view::shell::Choice;
use crate::i18n::time;
use crate::state::WebState;

/// Which tenant and day.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    tenant: String,
    day: String,
}

#[derive(Serialize)]
pub(super) struct Page {
    pub boards: Vec<BoardView>,
    pub tenants: Vec<Choice>,
    pub day: String,
    pub today: String,
    pub redraw: String,
}

/// `GET /console/board`.
pub async fn get(
    State(state): State<WebState>,
    desk: Desk,
    Query(wanted): Query<Wanted>,
) -> Response {
    match read(&state, &desk, &wanted).await {
        Err(error) => desk.fault(&error),
        Ok(page) if desk.fragment.wanted => answer::html(desk.lang(), "console/boards.html", &page),
        Ok(page) => desk.page("console/board.html", "board", "nav-board", page),
    }
}

async fn read(state: &WebState, desk: &Desk, wanted: &Wanted) -> Result<Page, Error> {
    let ctx = &state.ctx;
    let day = Some(wanted.day.as_str()).filter(|day| !day.is_empty());
    let found = match (wanted.tenant.as_str(), day) {
        ("", None) => boards(ctx, &desk.caller).await?,
        ("", Some(day)) => {
            let mut all = Vec::new();
            for place in &desk.caller.user.memberships {
                if ctx.tenants.get(&place.tenant).is_some() {
                    all.push(board(ctx, &desk.caller, &place.tenant, Some(day)).await?);
                }
            }
            all
        }
        (tenant, day) => vec![board(ctx, &desk.caller, &TenantId::from(tenant), day).await?],
    };
    let tenants: Vec<_> =
        desk.caller.user.memberships.iter().filter_map(|p| ctx.tenants.get(&p.tenant)).collect();
    let zone = tenants.first().map(|t| time::zone(&t.policy.time_zone));
    let today = zone.map(|zone| time::iso_date(&zone, desk.look.now)).unwrap_or_default();
    Ok(Page {
        boards: found
            .iter()
            .filter_map(|b| Some(BoardView::of(&desk.look, &*ctx.tenants.get(&b.tenant)?, b)))
            .collect(),
        tenants: if tenants.len() > 1 {
            let choice = |t: &std::sync::Arc<kerros_app::tenant::Tenant>| {
                let id = t.policy.id.as_str();
                Choice::new(id, t.policy.title.clone(), id == wanted.tenant)
            };
            tenants.iter().map(choice).collect()
        } else {
            Vec::new()
        },
        day: day.map_or_else(|| today.clone(), str::to_owned),
        today,
        redraw: format!(
            "/console/board?{}",
            query(&[("tenant", &wanted.tenant), ("day", &wanted.day)])
        ),
    })
}
