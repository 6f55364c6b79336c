//! How mailboxes and outboxes are, for people and metrics.

use std::collections::BTreeMap;

use kerros_domain::id::{ChannelId, TenantId};
use kerros_domain::time::Timestamp;
use parking_lot::Mutex;

/// What a mailbox is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Connecting for the first time.
    Starting,
    /// Everything is taken in; waiting for news.
    Idle,
    /// Taking mails in.
    Fetching,
    /// Another node fetches it.
    Standby,
    /// Not connected; see the fault.
    Down,
}

impl State {
    /// The word in answers and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Idle => "idle",
            Self::Fetching => "fetching",
            Self::Standby => "standby",
            Self::Down => "down",
        }
    }
}

/// How a mailbox is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailboxHealth {
    /// Whose.
    pub tenant: TenantId,
    /// Its name in the tenant's config.
    pub mailbox: String,
    /// The channel it feeds.
    pub channel: ChannelId,
    /// The address whose mail lies there.
    pub address: String,
    /// What it is doing.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// Why it is down, without secrets; stays until it is up again.
    pub fault: Option<String>,
    /// Mails on the server that are not taken in yet.
    pub waiting: u64,
    /// Mails taken in since the start.
    pub fetched: u64,
    /// When everything was last taken in.
    pub caught_up: Option<Timestamp>,
}

/// How all of them are.
#[derive(Debug, Default)]
pub struct Health(Mutex<BTreeMap<(TenantId, String), MailboxHealth>>);

impl Health {
    /// Every mailbox, by tenant and name.
    #[must_use]
    pub fn all(&self) -> Vec<MailboxHealth> {
        self.0.lock().values().cloned().collect()
    }

    /// Those of one channel.
    #[must_use]
    pub fn of(&self, tenant: &TenantId, channel: &ChannelId) -> Vec<MailboxHealth> {
        let all = self.0.lock();
        all.values()
            .filter(|one| one.tenant == *tenant && one.channel == *channel)
            .cloned()
            .collect()
    }

    pub(crate) fn begin(&self, fresh: MailboxHealth) {
        self.0.lock().insert((fresh.tenant.clone(), fresh.mailbox.clone()), fresh);
    }

    pub(crate) fn end(&self, tenant: &TenantId, mailbox: &str) {
        self.0.lock().remove(&(tenant.clone(), mailbox.to_owned()));
    }

    pub(crate) fn change(
        &self,
        tenant: &TenantId,
        mailbox: &str,
        change: impl FnOnce(&mut MailboxHealth),
    ) {
        if let Some(one) = self.0.lock().get_mut(&(tenant.clone(), mailbox.to_owned())) {
            change(one);
        }
    }
}
