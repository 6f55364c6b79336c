//! `POST|GET /hooks/{tenant}/{channel}[/{*path}]`: where providers bring what customers wrote.
//!
//! Answers: 200 (or the channel's own reply) when it is stored for good or known already; 400 with the reason
//! when it is malformed; 401 when it is forged; 404 for an unknown tenant or channel, alike; 413 and 415 for
//! bodies not taken; 429 with `Retry-After`; 503 when it could not be stored, so that the provider repeats it.

mod big;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use kerros_app::accept::{AcceptError, Accepted, accept, accept_lifted};
use kerros_app::ports::channel::{HookReply, Raw};
use kerros_app::ports::meter::Measure;
use kerros_domain::id::{ChannelId, TenantId};

use crate::api::input::{At, read};
use crate::problem::Problem;
use crate::state::WebState;

/// All headers together may be this long; a provider's are a few hundred bytes.
const HEADER_BYTES: usize = 16 * 1024;

/// The hooks.
pub fn router() -> Router<WebState> {
    Router::new()
        .route("/hooks/{tenant}/{channel}", get(bare).post(bare))
        .route("/hooks/{tenant}/{channel}/{*path}", get(deep).post(deep))
        // The cap is checked in `body`, with our own words.
        .layer(DefaultBodyLimit::disable())
}

async fn bare(
    State(state): State<WebState>,
    At((tenant, channel)): At<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    take(&state, tenant.into(), channel.into(), String::new(), request).await
}

async fn deep(
    State(state): State<WebState>,
    At((tenant, channel, path)): At<(String, String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    take(&state, tenant.into(), channel.into(), path, request).await
}

async fn take(
    state: &WebState,
    tenant: TenantId,
    channel: ChannelId,
    path: String,
    request: Request,
) -> Result<Response, Problem> {
    let ctx = &state.ctx;
    let known = ctx.tenants.get(&tenant).ok_or_else(Problem::not_found)?;
    // A live channel's frames come over its socket, where the visitor proves whose thread it is; through a
    // hook anybody could write into any thread.
    known.channels.get(&channel).filter(|channel| !channel.live).ok_or_else(Problem::not_found)?;

    let refused = |outcome: &'static str, problem: Problem| {
        ctx.meter.record(Measure::Inbound { tenant: &tenant, channel: &channel, outcome });
        problem
    };
    let now = ctx.clock.now();
    state
        .gates
        .hooks
        .take((tenant.clone(), channel.clone()), now)
        .map_err(|limited| refused("limited", limited.into()))?;

    let (parts, body) = request.into_parts();
    uncompressed(&parts.headers).map_err(|problem| refused("malformed", problem))?;
    let headers = headers(&parts.headers).map_err(|problem| refused("malformed", problem))?;
    let (body, lifted) = if big::is(&parts.headers, state.limits.hook_body_bytes) {
        let mail = big::read(state, &tenant, &parts.headers, body).await;
        let mail = mail.map_err(|problem| refused(outcome_of(&problem), problem))?;
        (Vec::new(), Some(mail))
    } else {
        let body = read(body, &parts.headers, state.limits.hook_body_bytes).await;
        (body.map_err(|problem| refused(outcome_of(&problem), problem))?, None)
    };

    let raw = Raw {
        // Whatever its body is: only the host's own mailboxes bring what needs no proof.
        kind: "hook".into(),
        method: parts.method.as_str().into(),
        path,
        query: parts.uri.query().unwrap_or_default().into(),
        headers,
        body,
        files: Vec::new(),
        at_ms: now.0,
    };
    let outcome = match lifted {
        None => accept(ctx, &tenant, &channel, raw).await,
        Some(mail) => accept_lifted(ctx, &tenant, &channel, raw, mail).await,
    };
    match outcome {
        Ok(Accepted { reply, .. }) => Ok(answer(reply)),
        Err(AcceptError::UnknownChannel) => Err(Problem::not_found()),
        Err(AcceptError::Unauthorized) => Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "not-genuine",
            "The signature or token is missing or wrong.",
        )),
        Err(AcceptError::Malformed(reason)) => Err(malformed(reason)),
        Err(AcceptError::Unavailable) => Err(Problem::unavailable()),
    }
}

fn malformed(reason: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "malformed", "This is not what the channel takes.")
        .detail(reason)
}

fn outcome_of(problem: &Problem) -> &'static str {
    match problem.status {
        StatusCode::PAYLOAD_TOO_LARGE => "oversized",
        StatusCode::SERVICE_UNAVAILABLE => "unavailable",
        _ => "malformed",
    }
}

/// A small compressed body may unpack to any size, and signatures cover the bytes sent: not taken at all.
fn uncompressed(headers: &HeaderMap) -> Result<(), Problem> {
    match headers.get(header::CONTENT_ENCODING) {
        None => Ok(()),
        Some(coding) if coding.as_bytes().eq_ignore_ascii_case(b"identity") => Ok(()),
        Some(_) => Err(Problem::unsupported("send the body without Content-Encoding")),
    }
}

fn headers(headers: &HeaderMap) -> Result<Vec<(String, String)>, Problem> {
    let mut size = 0;
    let mut list = Vec::with_capacity(headers.len());
    for (name, value) in headers {
        let Ok(value) = value.to_str() else {
            return Err(malformed(format!("the header {name} is not ASCII text")));
        };
        size += name.as_str().len() + value.len();
        if size > HEADER_BYTES {
            return Err(malformed("the headers are too long"));
        }
        list.push((name.as_str().to_owned(), value.to_owned()));
    }
    Ok(list)
}

/// The channel's own answer, if it is one: a success status and a plain media type.
fn answer(reply: Option<HookReply>) -> Response {
    let Some(reply) = reply else { return StatusCode::OK.into_response() };
    let status = StatusCode::from_u16(reply.status)
        .ok()
        .filter(StatusCode::is_success)
        .unwrap_or(StatusCode::OK);
    let kind = match reply.content_type.as_str() {
        kind if kind.starts_with("application/json") => "application/json",
        kind if kind.starts_with("application/xml") || kind.starts_with("text/xml") => {
            "application/xml"
        }
        _ => "text/plain; charset=utf-8",
    };
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static(kind))], reply.body).into_response()
}
