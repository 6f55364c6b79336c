//! The widget's wire without a socket: where a proxy cuts sockets, the widget posts its frames and asks for
//! messages.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kerros_app::widget::seen;
use kerros_domain::id::{ConversationId, TenantId};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::frame::{self, Said, Say, Standing, Trouble};
use super::visitor::{self, thread_of, widget_of};
use crate::api::input::{Asked, At, read as read_body};
use crate::auth::peer::Peer;
use crate::problem::Problem;
use crate::state::WebState;

/// The language to answer in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    language: Option<String>,
}

/// The visitor's thread, from `Authorization: Visitor <secret>`.
pub(super) fn thread_name(headers: &HeaderMap) -> Result<String, Problem> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let secret = value.and_then(|value| {
        let (scheme, secret) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("visitor").then_some(secret.trim())
    });
    secret.and_then(thread_of).ok_or_else(Problem::unauthenticated)
}

/// `POST /widget/{tenant}/frames`: one frame, answered as on the socket.
pub async fn send(
    State(state): State<WebState>,
    At(tenant): At<TenantId>,
    Asked(wanted): Asked<Wanted>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let (config, channel) = widget_of(&state, &tenant)?;
    let thread = visitor::thread(&tenant, &channel, &thread_name(&headers)?);
    let language = visitor::language(&config, wanted.language.as_deref());
    if headers.contains_key(header::CONTENT_ENCODING) {
        return Err(Problem::unsupported("send the body without Content-Encoding"));
    }
    let body = read_body(body, &headers, state.limits.frame_bytes).await?;
    let text = String::from_utf8(body).map_err(|_| Problem::invalid("a frame is UTF-8"))?;
    let said = match frame::parse(&text) {
        Ok(said) => said,
        Err(trouble) => return Ok(answer(Err(trouble), None)),
    };
    let id = match &said {
        Said::Start { id } => id.as_deref(),
        Said::Message { id } | Said::Person { id } => Some(id.as_str()),
        Said::Call { id } => {
            let taken = frame::take_call(&state, &thread, &language, id, &text).await;
            return Ok(answer(taken, Some(id)));
        }
        Said::Hello { .. } | Said::Typing | Said::Ping => {
            return Err(Problem::invalid("only start, message, person and call are sent here"));
        }
    };
    let taken = frame::take_in(&state, &thread, &language, id, &text).await;
    Ok(answer(taken, id))
}

fn answer(taken: Result<(), Trouble>, id: Option<&str>) -> Response {
    let json = [(header::CONTENT_TYPE, "application/json")];
    match taken {
        Ok(()) => (json, frame::write(&Say::Ack { id })).into_response(),
        Err(trouble) => {
            let status = match trouble.code {
                "limited" => StatusCode::TOO_MANY_REQUESTS,
                "unavailable" => StatusCode::SERVICE_UNAVAILABLE,
                "refused" => StatusCode::FORBIDDEN,
                _ => StatusCode::BAD_REQUEST,
            };
            let wait = trouble.retry_after_s;
            let mut response = (status, json, frame::write(&Say::Error(trouble))).into_response();
            if let Some(seconds) = wait {
                response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            }
            response
        }
    }
}

/// What the widget has seen.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Have {
    #[serde(default)]
    after: u64,
    conversation: Option<String>,
}

/// What is new.
#[derive(Serialize)]
pub struct New {
    conversation: Option<ConversationId>,
    messages: Vec<Box<RawValue>>,
    state: Option<Standing>,
}

/// `GET /widget/{tenant}/messages`: public messages after what the widget has.
pub async fn read(
    State(state): State<WebState>,
    Peer(address): Peer,
    At(tenant): At<TenantId>,
    Asked(have): Asked<Have>,
    headers: HeaderMap,
) -> Result<Json<New>, Problem> {
    let (_, channel) = widget_of(&state, &tenant)?;
    let thread = visitor::thread(&tenant, &channel, &thread_name(&headers)?);
    state.gates.visits.take(address, state.ctx.clock.now())?;
    let find = |after| seen(&state.ctx, &tenant, &channel, &thread.name, after);
    let mut found = find(have.after).await?;
    let present = found.conversation.as_ref().map(|conversation| conversation.id);
    let another =
        have.conversation.is_some_and(|had| present.is_none_or(|id| id.to_string() != had));
    if have.after > 0 && another {
        found = find(0).await?;
    }
    let frames = frame::messages(&state, &thread, &found.messages).await?;
    let messages = frames.into_iter().map(RawValue::from_string).collect::<Result<_, _>>();
    Ok(Json(New {
        conversation: found.conversation.as_ref().map(|conversation| conversation.id),
        messages: messages.map_err(|_| Problem::internal())?,
        state: Standing::of(&found),
    }))
}
