//! The messages of a conversation, notes included.

use axum::Json;
use axum::extract::State;
use kerros_app::caller::Caller;
use kerros_app::timeline::messages;
use kerros_domain::id::ConversationId;
use serde::Serialize;
use utoipa::ToSchema;

use super::said::MessageBody;
use crate::api::input::{Asked, At};
use crate::api::page::AfterSeq;
use crate::api::refusals::Reading;
use crate::problem::Problem;
use crate::state::WebState;

/// A page, oldest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MessagePage)]
pub struct Page {
    /// The messages.
    pub items: Vec<MessageBody>,
    /// Ask with `after` set to this for the next page; null after the last.
    pub next: Option<u64>,
}

/// The messages of a conversation, notes included.
#[utoipa::path(
    get,
    path = "/conversations/{conversation}/messages",
    tag = "conversations",
    operation_id = "conversation_messages",
    params(("conversation" = String, Path, description = "The conversation"), AfterSeq),
    responses((status = 200, description = "A page", body = Page), Reading)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    At(id): At<ConversationId>,
    Asked(asked): Asked<AfterSeq>,
) -> Result<Json<Page>, Problem> {
    let (after, limit) = asked.checked()?;
    let rows = messages(&state.ctx, &caller, id, after, limit).await?;
    let next = rows.last().filter(|_| rows.len() >= limit as usize).map(|row| row.seq);
    Ok(Json(Page { items: rows.into_iter().map(MessageBody::from).collect(), next }))
}
