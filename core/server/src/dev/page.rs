//! The page's own small server: this machine's own address only, and only for pages of its own.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Json, Response};
use axum::routing::{get, post};
use futures::Stream;
use kerros_testkit::Vector;
use serde_json::{Value, json};

use super::TENANT;
use super::hand::{Hook, Said};
use super::provider::Answer;
use super::stage::Stage;
use super::workshop::{Status, Workshop};

/// What the page shows and does.
#[derive(Clone)]
pub struct Desk {
    /// Builds.
    pub workshop: Arc<Workshop>,
    /// The running Kerros, once the plugin was built for the first time.
    pub stage: Arc<OnceLock<Stage>>,
    /// Where the page is.
    pub at: SocketAddr,
}

const INDEX: &str = include_str!("page/index.html");
const SCRIPT: &str = include_str!("page/dev.js");
const STYLE: &str = include_str!("page/dev.css");
/// Nothing inline, nothing from elsewhere, no embedding.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
    form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// The page's routes.
pub fn router(desk: Desk) -> Router {
    Router::new()
        .route("/", get(|| async { asset("text/html; charset=utf-8", INDEX) }))
        .route("/dev.js", get(|| async { asset("text/javascript; charset=utf-8", SCRIPT) }))
        .route("/dev.css", get(|| async { asset("text/css; charset=utf-8", STYLE) }))
        .route("/api/state", get(state))
        .route("/api/events", get(events))
        .route("/api/examples", get(examples))
        .route("/api/try", post(try_call))
        .route("/api/hook", post(hook))
        .route("/api/conversations", get(conversations))
        .route("/api/reply", post(reply))
        .route("/api/provider", get(provider).post(provider_says))
        .layer(from_fn_with_state(desk.clone(), guard))
        .with_state(desk)
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

/// A page elsewhere may know this address, by its number or by a name that points here: it gets nothing.
async fn guard(State(desk): State<Desk>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let port = desk.at.port();
    let ours = [desk.at.to_string(), format!("localhost:{port}")];
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    let same = origin.is_none_or(|origin| ours.iter().any(|own| origin == format!("http://{own}")));
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if !ours.iter().any(|own| own == host)
        || !same
        || (request.method() == Method::POST && !is_json)
    {
        return (StatusCode::FORBIDDEN, "for this page only").into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    set(header::CACHE_CONTROL, "no-store");
    response
}

type Answered = Result<Json<Value>, (StatusCode, Json<Value>)>;

fn wrong(why: impl std::fmt::Display) -> (StatusCode, Json<Value>) {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": why.to_string() })))
}

impl Desk {
    fn staged(&self) -> Result<&Stage, (StatusCode, Json<Value>)> {
        self.stage.get().ok_or_else(|| wrong("the plugin was not built yet"))
    }

    fn state(&self, status: &Status) -> Value {
        let staged = self.stage.get().map(|stage| {
            let now = stage.now();
            json!({
                "plugin": now.manifest.id, "version": now.manifest.version, "kind": now.manifest.kind,
                "title": now.manifest.title, "live": now.manifest.live, "url": stage.url,
                "hooks": format!("{}/hooks/{TENANT}/{}", stage.url, now.scene.name),
                "console": format!("{}/console", stage.url),
                "demo": format!("{}/demo/{TENANT}", stage.url),
                "secrets": now.scene.secrets.keys().collect::<Vec<_>>(),
                "password": crate::node::demo::PASSWORD,
            })
        });
        json!({ "status": status, "stage": staged, "folder": self.workshop.folder().display().to_string() })
    }
}

async fn state(State(desk): State<Desk>) -> Json<Value> {
    let status = desk.workshop.status().borrow().clone();
    Json(desk.state(&status))
}

/// The state now, and again whenever a build begins or ends.
async fn events(State(desk): State<Desk>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut status = desk.workshop.status();
    status.mark_changed();
    let stream = futures::stream::unfold((desk, status), |(desk, mut status)| async move {
        status.changed().await.ok()?;
        let now = status.borrow_and_update().clone();
        let event = Event::default().data(desk.state(&now).to_string());
        Some((Ok(event), (desk, status)))
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

async fn examples(State(desk): State<Desk>) -> Answered {
    let wasm = desk.staged()?.now().wasm;
    let folder = desk.workshop.folder().to_owned();
    let read = tokio::task::spawn_blocking(move || kerros_testkit::examples(&wasm, &folder));
    let all = read.await.map_err(wrong)?;
    Ok(Json(json!({ "items": all })))
}

async fn try_call(State(desk): State<Desk>, Json(vector): Json<Vector>) -> Answered {
    let tried = tokio::task::spawn_blocking(move || match desk.stage.get() {
        Some(stage) => stage.try_call(vector),
        None => Err("the plugin was not built yet".to_owned()),
    });
    tried.await.map_err(wrong)?.map(Json).map_err(wrong)
}

async fn hook(State(desk): State<Desk>, Json(hook): Json<Hook>) -> Answered {
    let came = desk.staged()?.hook(hook).await.map_err(wrong)?;
    Ok(Json(json!(came)))
}

async fn conversations(State(desk): State<Desk>) -> Answered {
    desk.staged()?.conversations().await.map(Json).map_err(wrong)
}

async fn reply(State(desk): State<Desk>, Json(said): Json<Said>) -> Answered {
    desk.staged()?.reply(said).await.map(Json).map_err(wrong)
}

async fn provider(State(desk): State<Desk>) -> Answered {
    let provider = &desk.staged()?.provider;
    Ok(Json(json!({ "answer": provider.answer(), "asked": provider.asked() })))
}

async fn provider_says(State(desk): State<Desk>, Json(answer): Json<Answer>) -> Answered {
    if !(100..=599).contains(&answer.status) {
        return Err(wrong("a status is 100 to 599"));
    }
    let provider = &desk.staged()?.provider;
    provider.say(answer);
    Ok(Json(json!({ "answer": provider.answer() })))
}
