//! What fetched mails are given to: the use cases, or a stand-in in a test.

use async_trait::async_trait;
use kerros_app::accept::{self, MailTaken};
use kerros_app::ctx::Ctx;
use kerros_app::ports::mail::{Fetched, MailPosition};
use kerros_domain::id::{ChannelId, TenantId};
use kerros_domain::time::Timestamp;

/// Nothing was committed; try again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotTaken(pub String);

/// Takes mails in for good.
#[async_trait]
pub trait Intake: Send + Sync {
    /// How far the mailbox was taken in.
    async fn position(
        &self,
        tenant: &TenantId,
        mailbox: &str,
    ) -> Result<Option<MailPosition>, NotTaken>;

    /// Commits mails together with the position that stands for them. One answer for each mail, in their order.
    async fn take(
        &self,
        channel: &ChannelId,
        mails: Vec<Fetched>,
        position: MailPosition,
    ) -> Result<Vec<MailTaken>, NotTaken>;

    /// Whether this node may fetch the mailbox until `until`: one node does at a time.
    async fn lead(&self, role: &str, now: Timestamp, until: Timestamp) -> Result<bool, NotTaken>;
}

#[async_trait]
impl Intake for Ctx {
    async fn position(
        &self,
        tenant: &TenantId,
        mailbox: &str,
    ) -> Result<Option<MailPosition>, NotTaken> {
        let position = self.store.mail_position(tenant, mailbox).await;
        position.map_err(|error| NotTaken(error.to_string()))
    }

    async fn take(
        &self,
        channel: &ChannelId,
        mails: Vec<Fetched>,
        position: MailPosition,
    ) -> Result<Vec<MailTaken>, NotTaken> {
        let taken = accept::accept_mails(self, channel, mails, position).await;
        taken.map_err(|error| NotTaken(error.to_string()))
    }

    async fn lead(&self, role: &str, now: Timestamp, until: Timestamp) -> Result<bool, NotTaken> {
        let led = self.store.lead(role, &self.node, now, until).await;
        led.map_err(|error| NotTaken(error.to_string()))
    }
}
