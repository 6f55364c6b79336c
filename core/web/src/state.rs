//! What every handler shares.

use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;

use async_trait::async_trait;
use kerros_app::ctx::Ctx;
use kerros_app::ports::costs::Cost;
use kerros_app::ports::mail::Lifting;
use kerros_app::ports::store::{Scope, StoreError};
use kerros_domain::id::{ChannelId, PluginId, TenantId, UserId};
use kerros_domain::time::Timestamp;
use kerros_observe::metrics::Metrics;

use crate::health::Readiness;
use crate::limit::{Limiter, Rate};
use crate::live::crowd::Crowd;
use crate::live::hub::Hub;

/// Renders `/metrics`: `server` sets the gauges of this moment (queues, jobs, goals) before it does.
#[async_trait]
pub trait Scrape: Send + Sync {
    /// The text exposition format, version 0.0.4. `writable` is what the database's probe said just now.
    async fn render(&self, writable: bool) -> String;
}

/// The last fault of a use of a plugin, as people may read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginFault {
    /// Whose.
    pub tenant: TenantId,
    /// The plugin.
    pub plugin: PluginId,
    /// The use's name in the tenant's config.
    pub name: String,
    /// `fault` or `timeout`.
    pub fault: &'static str,
    /// What, in the host's words. No payload.
    pub message: String,
    /// When.
    pub at: Timestamp,
    /// Faults of this use since the start.
    pub count: u64,
}

/// A secret that config names and that is not set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsetSecret {
    /// Whose.
    pub tenant: TenantId,
    /// The use of a plugin that needs it, by its name in the tenant's config.
    pub name: String,
    /// The secret's name there.
    pub secret: String,
    /// Where it is looked for.
    pub source: SecretPlace,
}

/// Where a secret is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretPlace {
    /// An environment variable of the server.
    Variable(String),
    /// A file.
    File(String),
}

/// How a mailbox is on this node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailboxState {
    /// Whose.
    pub tenant: TenantId,
    /// Its name in the tenant's config.
    pub mailbox: String,
    /// The channel it feeds.
    pub channel: ChannelId,
    /// The address whose mail lies there.
    pub address: String,
    /// `starting`, `idle`, `fetching`, `standby` or `down`.
    pub state: &'static str,
    /// Since when.
    pub since: Timestamp,
    /// Why it is down, without secrets.
    pub fault: Option<String>,
    /// Mails on the server that are not taken in yet.
    pub waiting: u64,
    /// When everything was last taken in.
    pub caught_up: Option<Timestamp>,
}

/// Which version serves a use of a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UseVersion {
    /// Whose.
    pub tenant: TenantId,
    /// The use, `kind/name`.
    pub used_as: String,
    /// The plugin.
    pub plugin: PluginId,
    /// What serves.
    pub version: String,
    /// Its digest.
    pub digest: String,
    /// A new version beside it.
    pub shadow: Option<NewVersion>,
}

/// How a new version does beside the live one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVersion {
    /// The new version.
    pub version: String,
    /// Its digest.
    pub digest: String,
    /// Since when.
    pub since: Timestamp,
    /// Why it does not run at all.
    pub fault: Option<String>,
    /// Calls with the same answer.
    pub same: u64,
    /// Calls with another answer.
    pub different: u64,
    /// Calls of it that broke.
    pub failed: u64,
    /// Calls left out under load.
    pub skipped: u64,
    /// The first differences: call, place, what the live and the new version said, masked.
    pub differences: Vec<[String; 4]>,
    /// The first failures.
    pub failures: Vec<String>,
}

/// Knows what plugins did wrong, which versions serve and what they cost; `server` asks the host and the store.
#[async_trait]
pub trait PluginFaults: Send + Sync {
    /// Every use of a plugin with its version.
    fn uses(&self) -> Vec<UseVersion> {
        Vec::new()
    }

    /// What plugins cost on these days (days since 1970), both included.
    async fn costs(&self, _scope: &Scope, _from: i64, _to: i64) -> Result<Vec<Cost>, StoreError> {
        Ok(Vec::new())
    }

    /// How each mailbox is, by tenant and name.
    fn mailboxes(&self) -> Vec<MailboxState> {
        Vec::new()
    }

    /// The last fault of each use, newest first.
    fn all(&self) -> Vec<PluginFault>;
    /// Secrets that are not set, as config was last taken in.
    fn unset(&self) -> Vec<UnsetSecret>;
}

/// How much strangers and people may ask for. `server` fills it from settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Largest hook body, bytes.
    pub hook_body_bytes: usize,
    /// Largest mail brought by hook, bytes.
    pub hook_mail_bytes: u64,
    /// Largest API body, bytes.
    pub api_body_bytes: usize,
    /// Largest widget frame, bytes.
    pub frame_bytes: usize,
    /// Hooks per tenant and channel.
    pub hooks: Rate,
    /// Widget sessions, sockets opened and fallback requests per network address.
    pub visits: Rate,
    /// Messages per widget visitor.
    pub visitor: Rate,
    /// Failed logins per network address and per email.
    pub logins: Rate,
    /// API requests per person or token.
    pub api: Rate,
    /// Widget sockets open at once per network address.
    pub sockets_per_address: u32,
    /// Widget sockets open at once in this process.
    pub sockets: u32,
    /// Live console connections open at once per person.
    pub consoles_per_person: u32,
    /// Reverse proxies in front that each add to `X-Forwarded-For`; 0 takes the peer's address.
    pub trusted_proxies: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            hook_body_bytes: 1024 * 1024,
            hook_mail_bytes: 35 << 20,
            api_body_bytes: 256 * 1024,
            frame_bytes: 32 * 1024,
            hooks: Rate::new(60_000, 2_000),
            visits: Rate::new(120, 60),
            visitor: Rate::new(60, 20),
            logins: Rate::new(6, 10),
            api: Rate::new(6_000, 600),
            sockets_per_address: 100,
            sockets: 50_000,
            consoles_per_person: 8,
            trusted_proxies: 0,
        }
    }
}

/// The limiters behind [`Limits`].
#[derive(Debug)]
pub struct Gates {
    pub(crate) hooks: Limiter<(TenantId, ChannelId)>,
    pub(crate) visits: Limiter<IpAddr>,
    pub(crate) visitor: Limiter<String>,
    pub(crate) logins: Limiter<String>,
    pub(crate) api: Limiter<[u8; 16]>,
}

impl Gates {
    fn new(limits: &Limits) -> Self {
        const KEYS: usize = 100_000;
        Self {
            hooks: Limiter::new(limits.hooks, KEYS),
            visits: Limiter::new(limits.visits, KEYS),
            visitor: Limiter::new(limits.visitor, KEYS),
            logins: Limiter::new(limits.logins, KEYS),
            api: Limiter::new(limits.api, KEYS),
        }
    }
}

/// People's sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sessions {
    /// Hours after which a login ends.
    pub hours: u32,
    /// Cookies go over https only even if the base URL is not https; else they do if it is.
    pub always_secure: bool,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { hours: 12, always_secure: false }
    }
}

/// What `server` gives.
pub struct Parts {
    /// The use cases' world.
    pub ctx: Ctx,
    /// Where web counts its own things.
    pub metrics: Arc<Metrics>,
    /// Renders `/metrics`.
    pub scrape: Arc<dyn Scrape>,
    /// What plugins did wrong.
    pub faults: Arc<dyn PluginFaults>,
    /// Whether this node takes work.
    pub readiness: Arc<Readiness>,
    /// How much may be asked for.
    pub limits: Limits,
    /// How long people stay logged in.
    pub sessions: Sessions,
    /// Takes big mails apart that come by hook.
    pub lifting: Arc<dyn Lifting>,
}

/// What every handler shares. Cheap to clone.
#[derive(Clone)]
pub struct WebState(Arc<Shared>);

/// The insides of [`WebState`].
pub struct Shared {
    /// The use cases' world.
    pub ctx: Ctx,
    /// Where web counts its own things.
    pub metrics: Arc<Metrics>,
    /// Renders `/metrics`.
    pub scrape: Arc<dyn Scrape>,
    /// What plugins did wrong.
    pub faults: Arc<dyn PluginFaults>,
    /// Whether this node takes work.
    pub readiness: Arc<Readiness>,
    /// How much may be asked for.
    pub limits: Limits,
    /// How long people stay logged in.
    pub sessions: Sessions,
    /// Takes big mails apart that come by hook.
    pub lifting: Arc<dyn Lifting>,
    /// Who listens live.
    pub hub: Arc<Hub>,
    pub(crate) gates: Gates,
    pub(crate) sockets: Arc<Crowd<IpAddr>>,
    pub(crate) consoles: Arc<Crowd<UserId>>,
    /// Whether people reach us over https: cookies are `Secure`, HSTS is sent.
    pub secure: bool,
}

impl Deref for WebState {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl std::fmt::Debug for WebState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebState").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl WebState {
    /// Puts the state together and starts the task that spreads news to live connections, so it must be
    /// called inside a tokio runtime.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts { ctx, metrics, scrape, faults, readiness, limits, sessions, lifting } = parts;
        let hub = Hub::start(ctx.bus.subscribe(), &readiness);
        let secure = sessions.always_secure || ctx.base_url.starts_with("https://");
        let gates = Gates::new(&limits);
        let sockets = Crowd::new(limits.sockets, limits.sockets_per_address);
        let consoles = Crowd::new(u32::MAX, limits.consoles_per_person);
        Self(Arc::new(Shared {
            ctx,
            metrics,
            scrape,
            faults,
            readiness,
            limits,
            sessions,
            lifting,
            hub,
            gates,
            sockets,
            consoles,
            secure,
        }))
    }
}
