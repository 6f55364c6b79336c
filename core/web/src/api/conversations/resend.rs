//! Send a message again that did not arrive.

use axum::Json;
use axum::extract::State;
use kerros_app::answer::resend;
use kerros_app::caller::Caller;
use kerros_app::details;
use kerros_domain::id::{ConversationId, MessageId};

use super::said::MessageBody;
use crate::api::input::At;
use crate::api::refusals::Changing;
use crate::problem::Problem;
use crate::state::WebState;

/// Send a message again that did not arrive. If its failure says `maybe_sent`, the customer may get it twice.
#[utoipa::path(
    post,
    path = "/conversations/{conversation}/messages/{message}/resend",
    tag = "conversations",
    operation_id = "resend",
    params(
        ("conversation" = String, Path, description = "The conversation"),
        ("message" = String, Path, description = "A message whose delivery is `failed`; any other is a conflict"),
    ),
    responses((status = 200, description = "The message, on its way again", body = MessageBody), Changing)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    At((conversation, message)): At<(ConversationId, MessageId)>,
) -> Result<Json<MessageBody>, Problem> {
    // Who may not read the conversation shall not learn from the answer what became of its messages.
    details::message(&state.ctx, &caller, conversation, message).await?;
    resend(&state.ctx, &caller, conversation, message).await?;
    let (message, _) = details::message(&state.ctx, &caller, conversation, message).await?;
    Ok(Json(message.into()))
}
