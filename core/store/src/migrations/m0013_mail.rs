//! How far mailboxes were taken in.

use sea_orm::DbErr;
use sea_orm_migration::prelude::*;

use super::m0010_fence::fence;

#[derive(Debug, DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, DDL).await?;
        fence(manager, &["mail_positions"]).await
    }
}

const DDL: &str = "
CREATE TABLE mail_positions (
    tenant TEXT NOT NULL,
    mailbox TEXT NOT NULL,
    uid_validity {int} NOT NULL,
    uid {int} NOT NULL,
    PRIMARY KEY (tenant, mailbox)
) {clustered};
";
