//! `/api/v1`: the JSON API, for programs with a bearer token and for our own pages with a session cookie.
//!
//! One endpoint is one file: its request, its description, its handler. The router is built from the
//! descriptions, so the OpenAPI document at `/api/v1/openapi.json` has exactly the routes that there are.

pub mod body;
pub mod contacts;
pub mod conversations;
pub mod dead_letters;
pub mod input;
pub mod names;
pub mod openapi;
pub mod page;
pub mod plugins;
pub mod refusals;
pub mod sessions;
pub mod tenants;
pub mod tokens;
pub mod users;

use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use axum::{Json, Router};
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::WebState;

/// The API.
pub fn router() -> Router<WebState> {
    let (router, document) = described();
    let document = Json(document);
    router
        .route("/api/v1/openapi.json", get(move || std::future::ready(document.clone())))
        // The cap is checked where bodies are read, with our own words.
        .layer(DefaultBodyLimit::disable())
}

/// The routes with their description.
pub fn described() -> (Router<WebState>, utoipa::openapi::OpenApi) {
    OpenApiRouter::with_openapi(openapi::Document::openapi())
        .nest("/api/v1", endpoints())
        .split_for_parts()
}

fn endpoints() -> OpenApiRouter<WebState> {
    OpenApiRouter::new()
        .merge(conversation_endpoints())
        .routes(routes!(contacts::get::handler))
        .routes(routes!(contacts::conversations::handler))
        .routes(routes!(tenants::list::handler))
        .routes(routes!(tenants::get::handler))
        .routes(routes!(tenants::board::handler))
        .routes(routes!(tenants::report::handler))
        .routes(routes!(tenants::channels::handler))
        .routes(routes!(dead_letters::list::handler))
        .routes(routes!(dead_letters::retry::handler))
        .routes(routes!(dead_letters::dismiss::handler))
        .routes(routes!(plugins::list::handler))
        .routes(routes!(plugins::costs::handler))
        .routes(routes!(plugins::faults::handler))
        .routes(routes!(users::list::handler))
        .routes(routes!(users::me::handler))
        .routes(routes!(users::presence::handler))
        .routes(routes!(tokens::list::handler, tokens::create::handler))
        .routes(routes!(tokens::delete::handler))
        .routes(routes!(sessions::create::handler))
        .routes(routes!(sessions::delete::handler))
}

fn conversation_endpoints() -> OpenApiRouter<WebState> {
    use conversations as c;
    OpenApiRouter::new()
        .routes(routes!(c::list::handler))
        .routes(routes!(c::get::handler))
        .routes(routes!(c::messages::handler, c::reply::handler))
        .routes(routes!(c::message::handler))
        .routes(routes!(c::original::handler))
        .routes(routes!(c::resend::handler))
        .routes(routes!(c::upload::handler))
        .routes(routes!(c::file::handler))
        .routes(routes!(c::note::handler))
        .routes(routes!(c::timeline::handler))
        .routes(routes!(c::assign::handler))
        .routes(routes!(c::release::handler))
        .routes(routes!(c::pend::handler))
        .routes(routes!(c::escalate::handler))
        .routes(routes!(c::hand_back::handler))
        .routes(routes!(c::discuss::handler))
        .routes(routes!(c::disruption::handler))
        .routes(routes!(c::attend::handler))
        .routes(routes!(c::hand_over::handler))
        .routes(routes!(c::take_call::handler))
        .routes(routes!(c::end_call::handler))
        .routes(routes!(c::resolve::handler))
        .routes(routes!(c::reopen::handler))
        .routes(routes!(c::close::handler))
        .routes(routes!(c::add_tag::handler, c::remove_tag::handler))
        .routes(routes!(c::set_priority::handler))
        .routes(routes!(c::set_segment::handler))
}
