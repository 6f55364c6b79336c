//! How a tenant's channels and mailboxes do.

use axum::Json;
use axum::extract::State;
use kerros_app::caller::Caller;
use kerros_app::channel_health::{ChannelHealth, channels};
use kerros_domain::id::TenantId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::input::At;
use crate::api::refusals::Reading;
use crate::problem::Problem;
use crate::state::{MailboxState, WebState};

/// How channels and mailboxes do on this node.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChannelHealthList)]
pub struct List {
    /// Channels that send, by name.
    pub channels: Vec<ChannelBody>,
    /// Mailboxes, by name.
    pub mailboxes: Vec<MailboxBody>,
}

/// How a channel does. Counts are of the last hour on this node; what waits is of all nodes.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelBody {
    /// Its name.
    pub channel: String,
    /// Its plugin.
    pub plugin: String,
    /// When the provider last took a message.
    pub last_sent_at_ms: Option<i64>,
    /// When an attempt last failed.
    pub last_failed_at_ms: Option<i64>,
    /// What it failed with.
    pub last_error: Option<String>,
    /// Attempts that went out.
    pub sent: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Failed / all attempts, 0 to 1.
    pub error_share: f64,
    /// Messages that wait to go out.
    pub waiting: u64,
    /// It sends nothing until then: the provider asked everybody to slow down.
    pub paused_until_ms: Option<i64>,
    /// Why it pauses.
    pub paused_why: Option<String>,
}

/// How a mailbox does on this node.
#[derive(Debug, Serialize, ToSchema)]
pub struct MailboxBody {
    /// Its name.
    pub mailbox: String,
    /// The channel it feeds.
    pub channel: String,
    /// Its address.
    pub address: String,
    /// `starting`, `idle`, `fetching`, `standby` (another node fetches it) or `down`.
    pub state: String,
    /// Since when.
    pub since_ms: i64,
    /// Why it is down.
    pub fault: Option<String>,
    /// Mails on the server that are not taken in yet.
    pub waiting: u64,
    /// When everything was last taken in.
    pub caught_up_at_ms: Option<i64>,
}

impl From<ChannelHealth> for ChannelBody {
    fn from(health: ChannelHealth) -> Self {
        Self {
            error_share: health.error_share(),
            channel: health.channel.to_string(),
            plugin: health.plugin,
            last_sent_at_ms: health.last_sent_at.map(|at| at.0),
            last_failed_at_ms: health.last_failed_at.map(|at| at.0),
            last_error: health.last_error,
            sent: health.sent,
            failed: health.failed,
            waiting: health.waiting,
            paused_until_ms: health.paused_until.map(|at| at.0),
            paused_why: health.paused_why,
        }
    }
}

impl From<MailboxState> for MailboxBody {
    fn from(one: MailboxState) -> Self {
        Self {
            mailbox: one.mailbox,
            channel: one.channel.to_string(),
            address: one.address,
            state: one.state.to_owned(),
            since_ms: one.since.0,
            fault: one.fault,
            waiting: one.waiting,
            caught_up_at_ms: one.caught_up.map(|at| at.0),
        }
    }
}

/// How channels and mailboxes do (supervisors)
#[utoipa::path(
    get,
    path = "/tenants/{tenant}/channels",
    tag = "operations",
    operation_id = "channel_health",
    params(("tenant" = String, Path, description = "The tenant")),
    responses((status = 200, description = "How they do", body = List), Reading)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    At(tenant): At<TenantId>,
) -> Result<Json<List>, Problem> {
    let all = channels(&state.ctx, &caller, &tenant).await?;
    let mailboxes = state.faults.mailboxes().into_iter().filter(|one| one.tenant == tenant);
    Ok(Json(List {
        channels: all.into_iter().map(Into::into).collect(),
        mailboxes: mailboxes.map(Into::into).collect(),
    }))
}
