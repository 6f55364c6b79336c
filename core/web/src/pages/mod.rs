//! Server-rendered pages: console, help center, demo page, the widget's script.
//!
//! A handler reads through use cases of `kerros-app`, builds a typed context ([`view`]) in the reader's
//! language and zone, and renders a template. Every page works as a whole document; where htmx asks, the
//! handler answers with the fragment. Start in [`desk`], what every console page needs, and
//! [`console::inbox`].

mod answer;
pub mod assets;
pub mod board;
pub mod chart;
pub mod colours;
pub mod console;
#[cfg(test)]
mod contrast;
pub mod demo;
pub mod desk;
pub mod fault;
pub mod help;
pub mod letters;
pub mod plugins;
pub mod prefs;
mod query;
mod render;
pub mod reports;
#[cfg(test)]
mod samples;
pub mod view;

use axum::Router;
use axum::response::Redirect;
use axum::routing::{get, post};

use crate::state::WebState;

/// Every page.
pub fn router() -> Router<WebState> {
    Router::new()
        .route("/", get(async || Redirect::to("/console")))
        .route("/preferences", post(prefs::set))
        .route("/assets/tenants.css", get(colours::get))
        .route("/assets/{file}", get(assets::get))
        .route("/widget/v1.js", get(assets::widget))
        .route("/console/board", get(board::get))
        .route("/console/reports", get(reports::get))
        .route("/console/reports/download", get(reports::download))
        .route("/console/health", get(letters::get))
        .route("/console/plugins", get(plugins::get))
        .route("/console/health/{job}/retry", post(letters::retry))
        .route("/console/health/{job}/dismiss", post(letters::dismiss))
        .route("/demo/{tenant}", get(demo::get))
        .merge(console::router())
        .merge(help::router())
}
