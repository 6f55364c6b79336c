//! How far mailboxes were taken in.

use async_trait::async_trait;
use kerros_app::ports::mail::{MailPosition, Mailboxes};
use kerros_app::ports::store::{Scope, StoreError};
use kerros_domain::id::TenantId;

use crate::error::broken;
use crate::reader::column;
use crate::store::SqlStore;
use crate::value;

#[async_trait]
impl Mailboxes for SqlStore {
    async fn mail_position(
        &self,
        tenant: &TenantId,
        mailbox: &str,
    ) -> Result<Option<MailPosition>, StoreError> {
        let text =
            "SELECT uid_validity, uid FROM mail_positions WHERE tenant = $1 AND mailbox = $2";
        let values = vec![value::text(tenant.as_str()), value::text(mailbox)];
        let row = self.reader.one(&Scope::One(tenant.clone()), text, values).await?;
        let Some(row) = row else { return Ok(None) };
        let number = |place| u32::try_from(column::get::<i64>(&row, place)?).map_err(broken);
        Ok(Some(MailPosition {
            tenant: tenant.clone(),
            mailbox: mailbox.to_owned(),
            uid_validity: number(0)?,
            uid: number(1)?,
        }))
    }
}
