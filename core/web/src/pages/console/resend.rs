//! What can be done about a message that has not arrived: send it again, or by another channel.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use kerros_app::answer::{Answer, answer, resend};
use kerros_app::details;
use kerros_app::error::Error;
use kerros_domain::about::Held;
use kerros_domain::id::{ChannelId, ConversationId, MessageId};
use kerros_domain::message::Visibility;
use serde::Deserialize;

use super::act::done;
use super::conversation::id;
use crate::pages::desk::Desk;
use crate::state::WebState;

/// A message's id from an address.
pub fn message_id(text: &str) -> Result<MessageId, Error> {
    text.parse().map_err(|_| Error::NotFound)
}

/// `POST …/m/{message}/resend`.
pub async fn again(
    State(state): State<WebState>,
    desk: Desk,
    Path((path, message)): Path<(String, String)>,
) -> Response {
    let outcome = async {
        let (conversation, message): (ConversationId, _) = (id(&path)?, message_id(&message)?);
        // Who may not read the conversation shall not learn from the answer what became of its messages.
        details::message(&state.ctx, &desk.caller, conversation, message).await?;
        resend(&state.ctx, &desk.caller, conversation, message).await
    };
    let outcome = outcome.await;
    done(&state, &desk, &path, outcome).await
}

/// By which channel.
#[derive(Debug, Deserialize)]
pub struct By {
    via: String,
    key: Option<String>,
}

/// `POST …/m/{message}/by`: the same words and files, by another channel.
pub async fn by(
    State(state): State<WebState>,
    desk: Desk,
    Path((path, message)): Path<(String, String)>,
    Form(by): Form<By>,
) -> Response {
    let outcome = async {
        let (conversation, message) = (id(&path)?, message_id(&message)?);
        let (said, _) = details::message(&state.ctx, &desk.caller, conversation, message).await?;
        // What the customer wrote, and what colleagues were to read, is not to be sent to the customer.
        let theirs = said.visibility == Visibility::Public && !said.about.purpose.is_case();
        if said.delivery.is_none() || !theirs {
            return Err(Error::NotFound);
        }
        let held = said.about.files.iter().filter(|file| file.held == Held::Here);
        let command = Answer {
            text: said.text.clone(),
            files: held.map(|file| file.id).collect(),
            subject: said.about.subject.clone(),
            via: Some(ChannelId::from(by.via)),
            // Pressed twice, sent once.
            idempotency_key: by.key.filter(|key| !key.is_empty()),
            ..Answer::default()
        };
        answer(&state.ctx, &desk.caller, conversation, command).await
    };
    let outcome = outcome.await;
    done(&state, &desk, &path, outcome).await
}
