//! What every use case is given: the ports, and this node's own short memory.

use std::sync::Arc;

use kerros_domain::id::{
    ContactId, ConversationId, InboundId, JobId, MessageId, TenantId, TokenId, VisitId,
};
use kerros_domain::time::Timestamp;
use tokio::sync::OnceCell;

use crate::board::Boards;
use crate::channel_health::Channels;
use crate::error::Error;
use crate::numbers::Numbers;
use crate::ports::bot::BotPlugins;
use crate::ports::bus::Bus;
use crate::ports::channel::ChannelPlugins;
use crate::ports::clock::{Clock, Ids};
use crate::ports::files::Files;
use crate::ports::meter::Meter;
use crate::ports::outbound::Outbound;
use crate::ports::report::ReportPlugins;
use crate::ports::search::Search;
use crate::ports::sla::SlaPlugins;
use crate::ports::store::Store;
use crate::ports::tagger::TaggerPlugins;
use crate::ports::tenants::Tenants;
use crate::recent::Recent;
use crate::tenant::Tenant;
use crate::work::Handle;

/// The adapters, as `server` puts them together.
#[derive(Clone)]
pub struct Ports {
    /// The database.
    pub store: Arc<dyn Store>,
    /// The tenants as configured now.
    pub tenants: Arc<dyn Tenants>,
    /// Channel plugins.
    pub channels: Arc<dyn ChannelPlugins>,
    /// Bot plugins.
    pub bots: Arc<dyn BotPlugins>,
    /// Tagger plugins.
    pub taggers: Arc<dyn TaggerPlugins>,
    /// SLA plugins.
    pub slas: Arc<dyn SlaPlugins>,
    /// Report plugins.
    pub reports: Arc<dyn ReportPlugins>,
    /// The one client for requests out of the house.
    pub outbound: Arc<dyn Outbound>,
    /// Files of tenants.
    pub files: Arc<dyn Files>,
    /// Help-center search.
    pub search: Arc<dyn Search>,
    /// Live news.
    pub bus: Arc<dyn Bus>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids and secrets.
    pub ids: Arc<dyn Ids>,
    /// Metrics.
    pub meter: Arc<dyn Meter>,
    /// This node, with a random part per start: the owner of its leases.
    pub node: Arc<str>,
    /// Where this server is reached from outside, without a slash at the end.
    pub base_url: Arc<str>,
}

/// What every use case is given. Cheap to clone.
#[derive(Clone)]
pub struct Ctx {
    ports: Arc<Ports>,
    /// Hands jobs to this node's workers.
    pub queue: Handle,
    pub(crate) recent: Arc<Recent>,
    pub(crate) boards: Arc<Boards>,
    pub(crate) reply_key: Arc<OnceCell<[u8; 32]>>,
    pub(crate) numbers: Arc<Numbers>,
    pub(crate) channels_now: Arc<Channels>,
}

impl std::ops::Deref for Ctx {
    type Target = Ports;

    fn deref(&self) -> &Ports {
        &self.ports
    }
}

impl Ctx {
    /// A context over these adapters. Its workers stand still until [`crate::work::start`].
    #[must_use]
    pub fn new(ports: Ports) -> Self {
        let queue = Handle::new(Arc::clone(&ports.node));
        Self {
            ports: Arc::new(ports),
            queue,
            recent: Arc::new(Recent::default()),
            boards: Arc::new(Boards::default()),
            reply_key: Arc::default(),
            numbers: Arc::default(),
            channels_now: Arc::default(),
        }
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The tenant.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn tenant(&self, id: &TenantId) -> Result<Arc<Tenant>, Error> {
        self.tenants.get(id).ok_or(Error::NotFound)
    }
}

macro_rules! fresh {
    ($($name:ident -> $id:ident;)*) => {
        impl Ctx {$(
            pub(crate) fn $name(&self, now: Timestamp) -> $id {
                $id(uuid::Uuid::from_bytes(self.ids.next(now)))
            }
        )*}
    };
}

fresh! {
    conversation_id -> ConversationId;
    contact_id -> ContactId;
    message_id -> MessageId;
    inbound_id -> InboundId;
    job_id -> JobId;
    token_id -> TokenId;
    visit_id -> VisitId;
}
