//! This node's background work.
use crate::ctx::Ctx;
use crate::ports::store::{Job, StoreError};
use kerros_domain::time::Timestamp;
use std::sync::Arc;
use tokio::sync::watch;

/// How a node works. Times in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Intake and bot jobs that run at the same time, each.
    pub shards: usize,
    /// Deliveries that run at the same time.
    pub deliveries: usize,
    /// How long a job is held without a sign of life.
    pub lease_ms: i64,
    /// How often leftover jobs are looked for.
    pub claim_ms: u64,
    /// How often timers are looked for.
    pub tick_ms: u64,
    /// How often the router looks at every queue; it also does when something is queued.
    pub route_ms: u64,
    /// Whether this is the only node on its database (SQLite): then fresh jobs need not be claimed.
    pub sole: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            shards: 64,
            deliveries: 32,
            lease_ms: 15_000,
            claim_ms: 1000,
            tick_ms: 250,
            route_ms: 1000,
            sole: true,
        }
    }
}

/// Why a job did not get done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Others wrote meanwhile, or the lease is lost.
    #[error("others wrote meanwhile")]
    Conflict,
    /// No database: it stays held and is tried again.
    #[error("store unavailable")]
    Unavailable,
    /// It failed; tried again with backoff.
    #[error("{0}")]
    Failed(String),
}

/// Hands jobs to this node's workers.
#[derive(Debug, Clone)]
pub struct Handle(Arc<str>);

impl Handle {
    pub(crate) fn new(node: Arc<str>) -> Self {
        Self(node)
    }
    pub(crate) fn hold(&self, _jobs: &mut [Job], _now: Timestamp) -> Vec<Job> {
        let _ = &self.0;
        Vec::new()
    }
    pub(crate) fn written(
        &self,
        _jobs: Vec<Job>,
        _result: &Result<(), StoreError>,
        _now: Timestamp,
    ) {
    }
    /// Looks for jobs now.
    pub fn wake(&self) {}
    /// Routes now.
    pub fn route(&self) {}
}

/// The running work of a node.
#[derive(Debug)]
pub struct Running(());

impl Running {
    /// Waits until everything has ended after `shutdown` and leases are given back.
    pub async fn ended(self) {}
}

/// Starts this node's work; it ends when `shutdown` says `true`.
#[must_use]
pub fn start(_ctx: &Ctx, _config: Config, _shutdown: watch::Receiver<bool>) -> Running {
    Running(())
}
