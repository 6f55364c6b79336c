//! `GET /demo/{tenant}`: a page as the client company might have it, with the widget on it.

use axum::extract::{Path, State};
use axum::response::Response;
use kerros_domain::id::{Language, TenantId};
use serde::Serialize;

use super::answer;
use super::help::{Site, lang, nothing};
use super::prefs::Prefs;
use super::view::shell::{Choice, Shell};
use crate::i18n::speech;
use crate::state::WebState;

#[derive(Serialize)]
pub(super) struct Page {
    pub site: Site,
    /// Which page: `benefits`, `shop`, or `company` for tenants without one of their own.
    pub kind: &'static str,
}

/// `GET /demo/{tenant}`.
pub async fn get(State(state): State<WebState>, prefs: Prefs, Path(id): Path<String>) -> Response {
    let Some(tenant) = state.ctx.tenants.get(&TenantId::from(id)) else { return nothing(prefs) };
    let languages = &tenant.policy.languages;
    let wanted = languages.iter().find(|l| l.as_str() == prefs.lang().code());
    let chosen = if prefs.chosen.is_some() { wanted } else { None };
    let language = chosen.or(languages.first()).cloned().unwrap_or_else(|| Language::from("en"));
    let ui = lang(&language);
    let kind = match tenant.policy.id.as_str() {
        "aurinko" => "benefits",
        "vuori" => "shop",
        _ => "company",
    };
    let site = Site::of(&tenant, &language, "");
    let mut shell = Shell::new(
        speech(ui),
        prefs.theme,
        "demo",
        tenant.policy.title.clone(),
        Page { site, kind },
    )
    .here(format!("/demo/{}", tenant.policy.id));
    shell.languages.retain(|l: &Choice| languages.iter().any(|own| own.as_str() == l.value));
    for choice in &mut shell.languages {
        choice.current = choice.value == language.as_str();
    }
    answer::html(ui, "demo/page.html", &shell)
}
