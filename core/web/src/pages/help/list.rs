//! `GET /help/{tenant}/{lang}?q=`: the articles, or what a search finds among them.

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use kerros_app::visit::Act;
use serde::{Deserialize, Serialize};

use super::markdown::excerpt;
use super::{Site, articles, lang, nothing, place, visit};
use crate::i18n::speech;
use crate::pages::answer;
use crate::pages::prefs::Prefs;
use crate::pages::query::query;
use crate::pages::view::shell::Shell;
use crate::state::WebState;
use kerros_domain::id::TenantId;

/// No search is longer.
const LONGEST: usize = 200;
const EXCERPT: usize = 130;

/// What is searched for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    q: String,
}

/// An article in a list.
#[derive(Debug, Clone, Serialize)]
pub struct Card {
    /// Its address.
    pub href: String,
    /// Its title.
    pub title: String,
    /// Its beginning, or what matched.
    pub excerpt: String,
}

#[derive(Serialize)]
pub(in crate::pages) struct Page {
    pub site: Site,
    pub q: String,
    pub searched: bool,
    pub cards: Vec<Card>,
}

/// `GET /help/{tenant}`: in the visitor's language if the tenant has it.
pub async fn first(
    State(state): State<WebState>,
    prefs: Prefs,
    Path(id): Path<String>,
) -> Response {
    let Some(tenant) = state.ctx.tenants.get(&TenantId::from(id)) else { return nothing(prefs) };
    let languages = &tenant.policy.languages;
    let wanted = languages.iter().find(|l| l.as_str() == prefs.lang().code()).or(languages.first());
    match wanted {
        Some(language) => {
            Redirect::to(&format!("/help/{}/{language}", tenant.policy.id)).into_response()
        }
        None => nothing(prefs),
    }
}

/// `GET /help/{tenant}/{lang}`.
pub async fn get(
    State(state): State<WebState>,
    prefs: Prefs,
    Path((id, language)): Path<(String, String)>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Response {
    let Some((tenant, language)) = place(&state, &id, &language) else { return nothing(prefs) };
    let q: String = wanted.q.trim().chars().take(LONGEST).collect();
    let searched = !q.is_empty();
    let cards: Vec<Card> = if searched {
        let hits = state.ctx.search.search(&tenant.policy.id, &language, None, &q, 10).await;
        hits.into_iter()
            .map(|hit| Card { href: hit.url, title: hit.title, excerpt: hit.excerpt })
            .collect()
    } else {
        articles(&tenant, &language)
            .map(|a| Card {
                href: format!("/help/{}/{language}/{}", tenant.policy.id, a.slug),
                title: a.title.clone(),
                excerpt: excerpt(&a.body, EXCERPT),
            })
            .collect()
    };
    let there = if searched { format!("?{}", query(&[("q", &q)])) } else { String::new() };
    let hits = cards.len();
    let ui = lang(&language);
    let site = Site::of(&tenant, &language, &there);
    let title = speech(ui).with("help-of", &[("tenant", tenant.policy.title.as_str().into())]);
    let shell =
        Shell::new(speech(ui), prefs.theme, "help", title, Page { site, q, searched, cards });
    let mut response = answer::html(ui, "help/list.html", &shell);
    if searched {
        visit::note(&state, &tenant.policy.id, &headers, Act::Searched { hits }, &mut response)
            .await;
    }
    response
}
