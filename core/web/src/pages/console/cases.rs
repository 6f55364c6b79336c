//! Deeds beside the talk with the customer: posts to shared channels, hand-overs, a colleague's call, and telephone
//! calls.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use kerros_app::call;
use kerros_app::discuss::{self, Discuss, Disruption};
use kerros_app::error::Error;
use kerros_domain::id::ChannelId;

use super::act::{done, text};
use super::conversation::id;
use crate::pages::desk::Desk;
use crate::pages::view::cases::outcome_of;
use crate::state::WebState;

type Fields = Form<BTreeMap<String, String>>;

fn post(path: &str, fields: &BTreeMap<String, String>) -> Result<Discuss, Error> {
    Ok(Discuss {
        conversation: id(path)?,
        channel: ChannelId::from(text(fields, "channel")),
        text: text(fields, "text"),
        idempotency_key: fields.get("key").filter(|key| !key.is_empty()).cloned(),
    })
}

/// `POST …/discuss`: a post to a shared channel.
pub async fn discuss(
    State(state): State<WebState>,
    desk: Desk,
    Path(path): Path<String>,
    Form(fields): Fields,
) -> Response {
    let outcome =
        async { discuss::discuss(&state.ctx, &desk.caller, post(&path, &fields)?).await }.await;
    done(&state, &desk, &path, outcome).await
}

/// `POST …/hand-over`: a lead or ticket to the client's system.
pub async fn hand_over(
    State(state): State<WebState>,
    desk: Desk,
    Path(path): Path<String>,
    Form(fields): Fields,
) -> Response {
    let outcome =
        async { discuss::hand_over(&state.ctx, &desk.caller, post(&path, &fields)?).await }.await;
    done(&state, &desk, &path, outcome).await
}

/// `POST …/disruption`: to the shared channels whose fields `to.{channel}` are there.
pub async fn disruption(
    State(state): State<WebState>,
    desk: Desk,
    Path(path): Path<String>,
    Form(fields): Fields,
) -> Response {
    let outcome = async {
        let chosen = fields.keys().filter_map(|name| name.strip_prefix("to."));
        let command = Disruption {
            conversation: id(&path)?,
            channels: chosen.map(ChannelId::from).collect(),
            text: text(&fields, "text"),
            idempotency_key: fields.get("key").filter(|key| !key.is_empty()).cloned(),
        };
        if command.channels.is_empty() {
            return Err(Error::Invalid("channel".to_owned()));
        }
        discuss::disruption(&state.ctx, &desk.caller, command).await
    };
    let outcome = outcome.await;
    done(&state, &desk, &path, outcome).await
}

/// `POST …/attend`: the colleague's call was seen.
pub async fn attend(
    State(state): State<WebState>,
    desk: Desk,
    Path(path): Path<String>,
) -> Response {
    let outcome = async { discuss::attend(&state.ctx, &desk.caller, id(&path)?).await }.await;
    done(&state, &desk, &path, outcome).await
}

/// `POST …/call/take`.
pub async fn take_call(
    State(state): State<WebState>,
    desk: Desk,
    Path(path): Path<String>,
) -> Response {
    let outcome = async { call::take(&state.ctx, &desk.caller, id(&path)?).await }.await;
    done(&state, &desk, &path, outcome).await
}

/// `POST …/call/end`: how it ended, with a note.
pub async fn end_call(
    State(state): State<WebState>,
    desk: Desk,
    Path(path): Path<String>,
    Form(fields): Fields,
) -> Response {
    let outcome = async {
        let named = text(&fields, "outcome");
        let outcome =
            outcome_of(&named).ok_or_else(|| Error::Invalid(format!("outcome: {named}")))?;
        let command = call::End { conversation: id(&path)?, outcome, note: text(&fields, "note") };
        call::end(&state.ctx, &desk.caller, command).await
    };
    let outcome = outcome.await;
    done(&state, &desk, &path, outcome).await
}
