//! `/healthz`, `/readyz`, `/metrics`: what machines ask about this node.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use kerros_app::ctx::Ctx;
use kerros_domain::time::Timestamp;
use tokio::sync::{Mutex, watch};

use crate::state::WebState;

/// A probe's answer is kept this long: probes must not load the database.
const PROBE_KEPT_MS: i64 = 1_000;
/// A database that does not answer within this is gone.
const PROBE_PATIENCE: Duration = Duration::from_secs(2);

/// Why this node is not ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotReady {
    /// It is stopping.
    Draining,
    /// The start is not over.
    Starting,
    /// The database cannot be written: gone, or the disk is full.
    Database,
}

impl NotReady {
    /// The word in the answer.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draining => "draining",
            Self::Starting => "starting",
            Self::Database => "database",
        }
    }
}

/// Whether this node takes work. Shared with `server`, which says when it starts and stops.
#[derive(Debug)]
pub struct Readiness {
    started: AtomicBool,
    draining: watch::Sender<bool>,
    probed: Mutex<Option<(Timestamp, bool)>>,
}

impl Default for Readiness {
    fn default() -> Self {
        Self {
            started: AtomicBool::new(false),
            draining: watch::Sender::new(false),
            probed: Mutex::new(None),
        }
    }
}

impl Readiness {
    /// The start is over.
    pub fn started(&self) {
        self.started.store(true, Ordering::Release);
    }

    /// The stop has begun: not ready any more, live connections end, so that nothing holds the listener up.
    pub fn drain(&self) {
        self.draining.send_replace(true);
    }

    /// Tells when the stop begins.
    #[must_use]
    pub fn draining(&self) -> watch::Receiver<bool> {
        self.draining.subscribe()
    }

    /// Whether this node takes work now. Asks the database at most once a second, for all askers together.
    pub async fn check(&self, ctx: &Ctx) -> Result<(), NotReady> {
        if *self.draining.borrow() {
            return Err(NotReady::Draining);
        }
        if !self.started.load(Ordering::Acquire) {
            return Err(NotReady::Starting);
        }
        if self.is_writable(ctx).await { Ok(()) } else { Err(NotReady::Database) }
    }

    /// Whether the database takes writes: the probe's answer, at most a second old.
    pub async fn is_writable(&self, ctx: &Ctx) -> bool {
        let mut probed = self.probed.lock().await;
        let now = ctx.clock.now();
        match *probed {
            Some((at, answer)) if (0..PROBE_KEPT_MS).contains(&now.since(at)) => answer,
            _ => {
                let answer = match tokio::time::timeout(PROBE_PATIENCE, ctx.store.ping()).await {
                    Ok(Ok(())) => true,
                    Ok(Err(error)) => {
                        tracing::warn!(%error, "the store cannot be written");
                        false
                    }
                    Err(_) => {
                        tracing::warn!("the store does not answer");
                        false
                    }
                };
                *probed = Some((ctx.clock.now(), answer));
                answer
            }
        }
    }
}

/// The three.
pub fn router() -> Router<WebState> {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
}

async fn readyz(State(state): State<WebState>) -> Response {
    match state.readiness.check(&state.ctx).await {
        Ok(()) => "ready\n".into_response(),
        Err(reason) => {
            (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {}\n", reason.as_str()))
                .into_response()
        }
    }
}

async fn metrics(State(state): State<WebState>) -> Response {
    let writable = state.readiness.is_writable(&state.ctx).await;
    let text = state.scrape.render(writable).await;
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}
