//! A report of a month, built now.

use axum::Json;
use axum::extract::State;
use kerros_app::caller::Caller;
use kerros_app::ports::report::Document;
use kerros_app::report::{Report, report};
use kerros_domain::id::TenantId;
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::api::input::{Asked, At};
use crate::api::refusals::Reading;
use crate::problem::Problem;
use crate::state::WebState;

/// Which month, in which language.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// The month in the tenant's time zone.
    #[param(example = "2026-11")]
    month: String,
    /// `fi`, `sv` or `en`; left out, the tenant's first.
    language: Option<String>,
}

/// A report, for the OpenAPI document.
#[derive(Debug, ToSchema)]
#[schema(as = Report)]
#[expect(dead_code, reason = "only describes the document's shape")]
pub struct ReportBody {
    /// Its title.
    title: String,
    /// Its pieces in order: objects with `block` (`heading`, `text`, `figures`, `table` or `chart`) and that
    /// block's members.
    #[schema(value_type = Vec<Object>)]
    blocks: Vec<Value>,
}

/// Build a report
#[utoipa::path(
    get,
    path = "/tenants/{tenant}/reports/{report}",
    tag = "tenants",
    operation_id = "report",
    params(
        ("tenant" = String, Path, description = "The tenant"),
        ("report" = String, Path, description = "The report's name in the tenant's config"),
        Query,
    ),
    responses((status = 200, description = "The report", body = ReportBody), Reading)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    At((tenant, name)): At<(TenantId, String)>,
    Asked(query): Asked<Query>,
) -> Result<Json<Document>, Problem> {
    let language = query.language.map(Into::into);
    let command = Report { tenant, name, month: query.month, language };
    Ok(Json(report(&state.ctx, &caller, &command).await?))
}
