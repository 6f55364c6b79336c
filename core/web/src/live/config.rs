//! `GET /widget/{tenant}/config.json?language=fi`: what the widget shows before anybody has written.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use kerros_app::call;
use kerros_domain::id::{Language, TenantId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::visitor::{language, widget_of};
use crate::api::input::{Asked, At};
use crate::problem::Problem;
use crate::state::WebState;

/// Which language.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    language: Option<String>,
}

/// The widget's look.
#[derive(Serialize)]
pub struct Config {
    title: String,
    greeting: String,
    accent: String,
    language: String,
    languages: Vec<String>,
    time_zone: String,
    help: String,
    /// How to be called, where somebody calls.
    call: Option<CallOffer>,
}

/// When the visitor can be called.
#[derive(Serialize)]
struct CallOffer {
    open: bool,
    /// Opening hours of the next days, milliseconds since 1970: from, to.
    hours: Vec<[i64; 2]>,
}

/// The widget's look in a language.
pub async fn handler(
    State(state): State<WebState>,
    At(id): At<TenantId>,
    Asked(query): Asked<Query>,
) -> Result<impl IntoResponse, Problem> {
    let (tenant, _) = widget_of(&state, &id)?;
    let language = language(&tenant, query.language.as_deref());
    let text = |texts: &BTreeMap<Language, String>| {
        let first = tenant.policy.languages.first();
        let found = texts.get(&language).or_else(|| first.and_then(|first| texts.get(first)));
        found.cloned().unwrap_or_default()
    };
    let title = text(&tenant.widget.title);
    let config = Config {
        title: if title.is_empty() { tenant.policy.title.clone() } else { title },
        greeting: text(&tenant.widget.greeting),
        accent: tenant.widget.accent.clone(),
        languages: tenant.policy.languages.iter().map(ToString::to_string).collect(),
        time_zone: tenant.policy.time_zone.clone(),
        help: format!("/help/{id}/{language}"),
        language: language.to_string(),
        call: call::offer(&tenant, state.ctx.clock.now()).map(|offer| CallOffer {
            open: offer.open,
            hours: offer.hours.into_iter().map(|(from, to)| [from.0, to.0]).collect(),
        }),
    };
    Ok(([(header::CACHE_CONTROL, "public, max-age=60")], Json(config)))
}
