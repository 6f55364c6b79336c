//! The console: where agents, experts and supervisors work.

pub mod act;
pub mod cases;
pub mod conversation;
pub mod files;
pub mod inbox;
pub mod letter;
pub mod login;
pub mod resend;
pub mod say;
pub mod since;

use axum::Router;
use axum::routing::{get, post};

use crate::state::WebState;

/// The console's pages and deeds. `/console/events` is `live`'s.
pub fn router() -> Router<WebState> {
    Router::new()
        .route("/console", get(inbox::get))
        .route("/console/login", get(login::get).post(login::post))
        .route("/console/logout", post(login::logout))
        .route("/console/presence", post(login::presence))
        .route("/console/c/{id}", get(conversation::get))
        .route("/console/c/{id}/since", get(since::get))
        .route("/console/c/{id}/earlier", get(since::earlier))
        .route("/console/c/{id}/say", post(say::say))
        .route("/console/c/{id}/files", post(files::keep))
        .route("/console/c/{id}/files/{file}", get(files::get))
        .route("/console/c/{id}/m/{message}", get(letter::whole))
        .route("/console/c/{id}/m/{message}/html", get(letter::frame))
        .route("/console/c/{id}/m/{message}/original", get(files::original))
        .route("/console/c/{id}/m/{message}/resend", post(resend::again))
        .route("/console/c/{id}/m/{message}/by", post(resend::by))
        .route("/console/c/{id}/take", post(act::take))
        .route("/console/c/{id}/release", post(act::release))
        .route("/console/c/{id}/pend", post(act::pend))
        .route("/console/c/{id}/escalate", post(act::escalate))
        .route("/console/c/{id}/hand-back", post(act::hand_back))
        .route("/console/c/{id}/resolve", post(act::resolve))
        .route("/console/c/{id}/reopen", post(act::reopen))
        .route("/console/c/{id}/close", post(act::close))
        .route("/console/c/{id}/tag", post(act::tag))
        .route("/console/c/{id}/untag", post(act::untag))
        .route("/console/c/{id}/priority", post(act::priority))
        .route("/console/c/{id}/segment", post(act::segment))
        .route("/console/c/{id}/focus", post(act::focus))
        .route("/console/c/{id}/discuss", post(cases::discuss))
        .route("/console/c/{id}/disruption", post(cases::disruption))
        .route("/console/c/{id}/hand-over", post(cases::hand_over))
        .route("/console/c/{id}/attend", post(cases::attend))
        .route("/console/c/{id}/call/take", post(cases::take_call))
        .route("/console/c/{id}/call/end", post(cases::end_call))
}
