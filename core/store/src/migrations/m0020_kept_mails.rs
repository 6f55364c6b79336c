//! Raw things that are never swept: mails, which are their own originals and may be brought again.

use sea_orm::DbErr;
use sea_orm_migration::prelude::*;

#[derive(Debug, DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, DDL).await
    }
}

// The sweep looks only at what may go, however many mails stay.
const DDL: &str = "
ALTER TABLE inbound ADD COLUMN kept {int} NOT NULL DEFAULT 0;
DROP INDEX inbound_at;
CREATE INDEX inbound_at ON inbound (tenant, at) WHERE kept = 0;
";
