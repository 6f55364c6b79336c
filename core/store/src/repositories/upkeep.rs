//! Health, verification, and who leads.

use async_trait::async_trait;
use kerros_app::ports::store::{Difference, Scope, StoreError, Upkeep};
use kerros_domain::time::Timestamp;

use crate::store::SqlStore;
use crate::value;

// The one that leads stays; another one takes over when the time has run out.
const LEAD: &str = "INSERT INTO leaders (role, owner, until) VALUES ($1, $2, $3) \
    ON CONFLICT (role) DO UPDATE SET owner = excluded.owner, until = excluded.until \
    WHERE leaders.owner = excluded.owner OR leaders.until <= $4";

impl SqlStore {
    /// Nobody leads any more: said as it starts by a node that knows it is the only one, so that a power cut keeps no
    /// role waiting for the end of a dead process's time.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn vacate(&self) -> Result<(), StoreError> {
        self.pen.count(&Scope::Platform, "DELETE FROM leaders", Vec::new()).await.map(drop)
    }
}

#[async_trait]
impl Upkeep for SqlStore {
    async fn ping(&self) -> Result<(), StoreError> {
        let text = "UPDATE pings SET times = times + 1 WHERE id = 1";
        match self.pen.count(&Scope::Platform, text, Vec::new()).await? {
            1 => Ok(()),
            _ => Err(StoreError::Unavailable("the schema is incomplete".into())),
        }
    }

    async fn verify(
        &self,
        progress: &(dyn Fn(u64, u64) + Sync),
    ) -> Result<Vec<Difference>, StoreError> {
        self.verified(progress).await
    }

    async fn lead(
        &self,
        role: &str,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let values = vec![value::text(role), value::text(owner), value::at(until), value::at(now)];
        Ok(self.pen.count(&Scope::Platform, LEAD, values).await? == 1)
    }
}
