//! Which pages may use a tenant's widget: those the tenant names, our own, and any if it names none.
//!
//! A browser tells the truth about a page's origin, so this keeps a tenant's widget from being put into a
//! strange page. It is no login: a program may send any origin, and gets no more than a visitor does.

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use kerros_app::tenant::Tenant;
use kerros_domain::id::TenantId;

use crate::auth::origin::is_own;
use crate::problem::Problem;
use crate::state::WebState;

/// Whether a page of this origin may use the widget.
#[must_use]
pub fn allowed(state: &WebState, tenant: &Tenant, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    let named = &tenant.widget.origins;
    named.is_empty()
        || named.iter().any(|allowed| allowed.trim_end_matches('/').eq_ignore_ascii_case(origin))
        || is_own(origin, headers, &state.ctx.base_url)
}

/// Middleware: refuses strange pages and tells browsers that allowed ones may read the answer.
pub async fn share(
    State(state): State<WebState>,
    Path(path): Path<std::collections::HashMap<String, String>>,
    request: Request,
    next: Next,
) -> Response {
    let tenant = path.get("tenant").map(|id| TenantId::from(id.as_str()));
    let tenant = tenant.and_then(|id| state.ctx.tenants.get(&id));
    let Some(tenant) = tenant else { return Problem::not_found().into_response() };
    if !allowed(&state, &tenant, request.headers()) {
        return Problem::foreign_origin().into_response();
    }
    let origin = request.headers().get(header::ORIGIN).cloned();
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers
            .insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after"));
    }
    response
}

/// What a browser asks before it sends JSON or a visitor's secret from another page.
pub async fn preflight() -> impl IntoResponse {
    let allow: [(HeaderName, &str); 3] = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type"),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    (StatusCode::NO_CONTENT, allow)
}
