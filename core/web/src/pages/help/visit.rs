//! What a visitor does, joined by a cookie of 24 hours that carries nothing but a random id.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kerros_app::ports::store::Scope;
use kerros_app::visit::{Act, visit};
use kerros_domain::id::{ConversationId, TenantId, VisitId};
use serde::Deserialize;
use uuid::Uuid;

use super::is_crawler;
use crate::state::WebState;

const COOKIE: &str = "kerros_visit";
const DAY_S: u32 = 24 * 3600;

fn known(headers: &HeaderMap) -> Option<VisitId> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    let mut pairs = all.flat_map(|v| v.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE)?.1.parse().ok()
}

/// Notes an act that begins a visit or goes on with one, and gives the browser its id. A failed note never
/// costs the visitor the page.
pub async fn note(
    state: &WebState,
    tenant: &TenantId,
    headers: &HeaderMap,
    act: Act,
    response: &mut Response,
) {
    if is_crawler(headers) {
        return;
    }
    let id = known(headers)
        .unwrap_or_else(|| VisitId(Uuid::from_bytes(state.ctx.ids.next(state.ctx.now()))));
    let id = match visit(&state.ctx, tenant, id, act).await {
        Ok(id) => id,
        Err(error) => {
            tracing::warn!(%tenant, %error, "a visit was not noted");
            return;
        }
    };
    let flag = if state.secure { "; Secure" } else { "" };
    let text = format!("{COOKIE}={id}; Path=/; Max-Age={DAY_S}; HttpOnly; SameSite=Lax{flag}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// What the page tells.
#[derive(Debug, Deserialize)]
pub struct Told {
    act: String,
    conversation: Option<String>,
}

/// `POST /help/{tenant}/visit`: read, helped, did not help, wrote to us.
pub async fn post(
    State(state): State<WebState>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    Form(told): Form<Told>,
) -> Response {
    let tenant = TenantId::from(tenant);
    if state.ctx.tenants.get(&tenant).is_none() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let Some(id) = known(&headers) else { return StatusCode::NO_CONTENT.into_response() };
    let act = match told.act.as_str() {
        "read" => Act::Read,
        "helped" => Act::Helped { yes: true },
        "not-helped" => Act::Helped { yes: false },
        "contacted" => match contacted(&state, &tenant, told.conversation.as_deref()).await {
            Some(conversation) => Act::Contacted { conversation },
            None => return StatusCode::NO_CONTENT.into_response(),
        },
        _ => return StatusCode::BAD_REQUEST.into_response(),
    };
    match visit(&state.ctx, &tenant, id, act).await {
        Ok(_) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => {
            tracing::warn!(%tenant, %error, "a visit was not noted");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

/// The conversation told, if it is one of this tenant.
async fn contacted(
    state: &WebState,
    tenant: &TenantId,
    id: Option<&str>,
) -> Option<ConversationId> {
    let id: ConversationId = id?.parse().ok()?;
    let found = state.ctx.store.conversation(&Scope::One(tenant.clone()), id).await.ok()??;
    Some(found.id)
}
