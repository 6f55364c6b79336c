//! `GET /widget/{tenant}/files/{file}`: a file of the visitor's own conversation, as the widget asks for it.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kerros_app::files::open_for_customer;
use kerros_domain::id::{FileId, TenantId};

use super::fallback::thread_name;
use super::visitor::widget_of;
use crate::api::input::At;
use crate::auth::peer::Peer;
use crate::files::answer;
use crate::problem::Problem;
use crate::state::WebState;

/// `GET /widget/{tenant}/files/{file}`, with `Authorization: Visitor <secret>`.
pub async fn handler(
    State(state): State<WebState>,
    Peer(address): Peer,
    At((tenant, file)): At<(TenantId, FileId)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (_, channel) = widget_of(&state, &tenant)?;
    let thread = thread_name(&headers)?;
    state.gates.visits.take(address, state.ctx.clock.now())?;
    let (meta, bytes) = open_for_customer(&state.ctx, &tenant, &channel, &thread, file).await?;
    Ok(answer(&meta, bytes, &headers))
}
