//! Logging in and out, and whether one takes work.

use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use kerros_app::logout::logout as end;
use kerros_app::presence::presence as tell;
use serde::{Deserialize, Serialize};

use crate::auth::cookie;
use crate::auth::login::log_in;
use crate::auth::page::safe_back;
use crate::auth::peer::Peer;
use crate::i18n::speech;
use crate::pages::answer;
use crate::pages::desk::Desk;
use crate::pages::prefs::Prefs;
use crate::pages::view::shell::Shell;
use crate::state::WebState;

#[derive(Serialize)]
struct Page {
    fault: Option<String>,
    email: String,
    next: String,
}

/// Where to go after login.
#[derive(Debug, Deserialize)]
pub struct Back {
    back: Option<String>,
}

fn page(
    prefs: Prefs,
    status: StatusCode,
    fault: Option<&str>,
    email: String,
    next: &str,
) -> Response {
    let say = speech(prefs.lang());
    let page = Page { fault: fault.map(|key| say.t(key)), email, next: safe_back(next).to_owned() };
    let here = format!("/console/login?{}", crate::pages::query::query(&[("back", &page.next)]));
    let shell = Shell::new(say, prefs.theme, "login", say.t("login"), page).here(here);
    let mut response = answer::html(prefs.lang(), "console/login.html", &shell);
    if response.status().is_success() {
        *response.status_mut() = status;
    }
    response
}

/// `GET /console/login`.
pub async fn get(prefs: Prefs, Query(back): Query<Back>) -> Response {
    page(prefs, StatusCode::OK, None, String::new(), back.back.as_deref().unwrap_or("/console"))
}

/// What the login form sends.
#[derive(Deserialize)]
pub struct Login {
    email: String,
    password: String,
    next: Option<String>,
}

/// `POST /console/login`.
pub async fn post(
    State(state): State<WebState>,
    prefs: Prefs,
    peer: Peer,
    Form(login): Form<Login>,
) -> Response {
    let next = login.next.unwrap_or_else(|| "/console".to_owned());
    match log_in(&state, peer, &login.email, login.password).await {
        Ok(done) => {
            let mut response = Redirect::to(safe_back(&next)).into_response();
            response.headers_mut().append(header::SET_COOKIE, done.cookie);
            response
        }
        Err(problem) => {
            let key = match problem.status {
                StatusCode::UNAUTHORIZED => "login-wrong",
                StatusCode::TOO_MANY_REQUESTS => "login-limited",
                _ => "login-unavailable",
            };
            let mut response = page(prefs, problem.status, Some(key), login.email, &next);
            if let Some(seconds) = problem.retry_after_s {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            response
        }
    }
}

/// `POST /console/logout`.
pub async fn logout(State(state): State<WebState>, headers: HeaderMap) -> Response {
    if let Some(secret) = cookie::read(&headers, state.secure)
        && let Err(error) = end(&state.ctx, secret).await
    {
        // The cookie goes in any case; the session ends by time.
        tracing::warn!(%error, "a session was not ended");
    }
    let mut response = Redirect::to("/console/login").into_response();
    response.headers_mut().append(header::SET_COOKIE, cookie::clear(state.secure));
    response
}

/// Whether one takes work.
#[derive(Debug, Deserialize)]
pub struct Presence {
    available: String,
    here: Option<String>,
}

/// `POST /console/presence`.
pub async fn presence(
    State(state): State<WebState>,
    desk: Desk,
    Form(wish): Form<Presence>,
) -> Response {
    match tell(&state.ctx, &desk.caller, wish.available == "yes").await {
        Ok(()) => Redirect::to(safe_back(wish.here.as_deref().unwrap_or(""))).into_response(),
        Err(error) => desk.fault(&error),
    }
}
