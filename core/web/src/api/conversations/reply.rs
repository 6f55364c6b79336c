//! Answer the customer.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use kerros_app::answer::{Answer, answer};
use kerros_app::caller::Caller;
use kerros_domain::about::{Party, PartyRole};
use kerros_domain::id::{ChannelId, ConversationId, FileId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::said::{MessageBody, TemplateBody};
use crate::api::input::{At, IdempotencyKey, Sent};
use crate::api::refusals::Changing;
use crate::problem::Problem;
use crate::state::WebState;

/// What is said.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = Reply)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Plain text that the customer reads, 1 to 16384 bytes; beside a template, what it says, for the record.
    text: String,
    /// Subject of a mail; absent takes the conversation's.
    #[serde(default)]
    subject: Option<String>,
    /// Who gets a copy of a mail; absent is everybody the customer's last message was also sent to.
    #[serde(default)]
    copies: Option<Vec<CopyBody>>,
    /// Files that were uploaded to this conversation before.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    files: Vec<FileId>,
    /// A message that the provider approved beforehand, sent in its stead.
    #[serde(default)]
    template: Option<TemplateBody>,
    /// By another channel of the tenant; the customer needs an address there.
    #[serde(default)]
    via: Option<String>,
}

/// Who gets a copy.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = Copy)]
#[serde(deny_unknown_fields)]
pub struct CopyBody {
    /// A mail address.
    address: String,
    /// Whose it is.
    #[serde(default)]
    name: Option<String>,
}

/// Answer the customer.
#[utoipa::path(
    post,
    path = "/conversations/{conversation}/messages",
    tag = "conversations",
    operation_id = "reply",
    params(
        ("conversation" = String, Path, description = "The conversation"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 characters; a repeat is written once"),
    ),
    request_body = Request,
    responses((status = 201, description = "The answer as it was stored; the same key again gives the same one", body = MessageBody), Changing)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    At(conversation): At<ConversationId>,
    IdempotencyKey(idempotency_key): IdempotencyKey,
    Sent(request): Sent<Request>,
) -> Result<(StatusCode, Json<MessageBody>), Problem> {
    let copy = |CopyBody { address, name }| Party { role: PartyRole::Cc, address, name };
    let command = Answer {
        text: request.text,
        subject: request.subject,
        copies: request.copies.map(|copies| copies.into_iter().map(copy).collect()),
        files: request.files,
        template: request.template.map(Into::into),
        via: request.via.map(ChannelId::from),
        idempotency_key,
    };
    let message = answer(&state.ctx, &caller, conversation, command).await?;
    Ok((StatusCode::CREATED, Json(message.into())))
}
