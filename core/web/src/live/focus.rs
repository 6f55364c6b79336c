//! `POST /console/conversations/{id}/focus`: who reads and writes where, so that two do not answer the same.

use axum::extract::State;
use axum::http::StatusCode;
use kerros_app::caller::Caller;
use kerros_app::focus::{Doing, focus};
use kerros_domain::id::ConversationId;
use serde::Deserialize;

use crate::api::input::{At, Sent};
use crate::problem::Problem;
use crate::state::WebState;

/// What the caller does there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    doing: Word,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Reading,
    Writing,
    Left,
}

/// Tells colleagues, and a waiting customer when somebody writes.
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    At(conversation): At<ConversationId>,
    Sent(request): Sent<Request>,
) -> Result<StatusCode, Problem> {
    let doing = match request.doing {
        Word::Reading => Doing::Reading,
        Word::Writing => Doing::Writing,
        Word::Left => Doing::Left,
    };
    focus(&state.ctx, &caller, conversation, doing).await?;
    Ok(StatusCode::NO_CONTENT)
}
