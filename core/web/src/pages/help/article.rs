//! `GET /help/{tenant}/{lang}/{slug}`: one article, and whether it helped.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use kerros_app::visit::Act;
use serde::Serialize;

use super::list::Card;
use super::markdown::{excerpt, safe_html};
use super::{Site, articles, lang, nothing, place, visit};
use crate::i18n::speech;
use crate::pages::answer;
use crate::pages::prefs::Prefs;
use crate::pages::view::shell::Shell;
use crate::state::WebState;

const OTHERS: usize = 4;

#[derive(Serialize)]
pub(in crate::pages) struct Page {
    pub site: Site,
    pub heading: String,
    pub html: String,
    pub others: Vec<Card>,
}

/// `GET /help/{tenant}/{lang}/{slug}`.
pub async fn get(
    State(state): State<WebState>,
    prefs: Prefs,
    Path((id, language, slug)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    let Some((tenant, language)) = place(&state, &id, &language) else { return nothing(prefs) };
    let Some(article) = articles(&tenant, &language).find(|a| a.slug == slug) else {
        // It may exist in another language only; else the list is the better answer than a dead end.
        let elsewhere = tenant.articles.iter().find(|a| a.slug == slug);
        return match elsewhere {
            Some(a) => Redirect::to(&format!("/help/{id}/{}/{slug}", a.language)).into_response(),
            None => nothing(prefs),
        };
    };
    let card = |a: &kerros_app::tenant::Article| Card {
        href: format!("/help/{}/{language}/{}", tenant.policy.id, a.slug),
        title: a.title.clone(),
        excerpt: excerpt(&a.body, 90),
    };
    let ui = lang(&language);
    let page = Page {
        site: Site::of(&tenant, &language, &format!("/{slug}")),
        heading: article.title.clone(),
        html: safe_html(without_title(&article.body, &article.title)),
        others: articles(&tenant, &language)
            .filter(|a| a.slug != slug)
            .take(OTHERS)
            .map(card)
            .collect(),
    };
    let shell = Shell::new(speech(ui), prefs.theme, "help", article.title.clone(), page);
    let mut response = answer::html(ui, "help/article.html", &shell);
    visit::note(&state, &tenant.policy.id, &headers, Act::Opened, &mut response).await;
    response
}

/// The body without a first heading that repeats the title.
fn without_title<'a>(body: &'a str, title: &str) -> &'a str {
    let (first, rest) = body.trim_start().split_once('\n').unwrap_or((body.trim_start(), ""));
    if first.trim_start_matches('#').trim() == title && first.starts_with('#') {
        rest
    } else {
        body
    }
}
