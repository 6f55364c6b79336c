//! A tenant's help center: search and articles in its languages, and whether they helped.

pub mod article;
pub mod list;
pub mod markdown;
pub mod visit;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use kerros_app::tenant::{Article, Tenant};
use kerros_domain::id::{Language, TenantId};
use serde::Serialize;

use super::fault::Fault;
use super::prefs::Prefs;
use super::view::look::Badge;
use super::view::shell::Choice;
use crate::i18n::{Lang, speech};
use crate::state::WebState;

/// The help center's pages.
pub fn router() -> Router<WebState> {
    Router::new()
        .route("/help/{tenant}", get(list::first))
        .route("/help/{tenant}/visit", post(visit::post))
        .route("/help/{tenant}/{lang}", get(list::get))
        .route("/help/{tenant}/{lang}/{slug}", get(article::get))
}

/// What every page of a help center shows.
#[derive(Debug, Clone, Serialize)]
pub struct Site {
    /// Whose.
    pub tenant: Badge,
    /// Its languages, each with the address of this page there as value.
    pub tongues: Vec<Choice>,
    /// The page's language, of the tenant's.
    pub language: String,
    /// Whether the widget is there to ask.
    pub widget: bool,
    /// Where its help center begins.
    pub home: String,
    /// Where acts are told.
    pub visit: String,
}

impl Site {
    /// A page of a tenant; `there` is the rest of the address in each language.
    #[must_use]
    pub fn of(tenant: &Tenant, language: &Language, there: &str) -> Self {
        let id = &tenant.policy.id;
        Self {
            tenant: Badge::of(tenant),
            tongues: tenant
                .policy
                .languages
                .iter()
                .map(|l| {
                    let name = match Lang::from_code(l.as_str()) {
                        Some(ours) => ours.own_name(),
                        None => l.as_str(),
                    };
                    Choice::new(format!("/help/{id}/{l}{there}"), name, l == language)
                })
                .collect(),
            language: language.to_string(),
            widget: tenant.widget.channel.is_some(),
            home: format!("/help/{id}/{language}"),
            visit: format!("/help/{id}/visit"),
        }
    }
}

/// A tenant and one of its languages from an address.
pub fn place(state: &WebState, tenant: &str, language: &str) -> Option<(Arc<Tenant>, Language)> {
    let tenant = state.ctx.tenants.get(&TenantId::from(tenant))?;
    let language = tenant.policy.languages.iter().find(|l| l.as_str() == language)?.clone();
    Some((tenant, language))
}

/// The language of the user interface on a page in a tenant's language.
#[must_use]
pub fn lang(language: &Language) -> Lang {
    Lang::from_code(language.as_str()).unwrap_or(Lang::En)
}

/// Nothing here: says nothing of which tenants there are.
#[must_use]
pub fn nothing(prefs: Prefs) -> Response {
    let mut fault = Fault::new(speech(prefs.lang()), StatusCode::NOT_FOUND, "page-not-found");
    fault.back = "/";
    fault.page(prefs.lang(), prefs.theme)
}

/// The articles in a language, in the tenant's order.
pub fn articles<'a>(tenant: &'a Tenant, language: &Language) -> impl Iterator<Item = &'a Article> {
    let language = language.clone();
    tenant.articles.iter().filter(move |a| a.language == language)
}

/// Whether a program reads and not a person: such visits are no demand.
#[must_use]
pub fn is_crawler(headers: &HeaderMap) -> bool {
    let agent =
        headers.get(axum::http::header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or("");
    let agent = agent.to_ascii_lowercase();
    let prefetch = headers.get("sec-purpose").or_else(|| headers.get("purpose"));
    agent.is_empty()
        || prefetch.is_some()
        || ["bot", "crawl", "spider", "slurp", "curl/", "wget/", "preview"]
            .iter()
            .any(|sign| agent.contains(sign))
}
