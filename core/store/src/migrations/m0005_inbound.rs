//! Raw things from outside; the unique key is what drops a repeat.

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

const DDL: &str = "
CREATE TABLE inbound (
    id {id} NOT NULL,
    tenant TEXT NOT NULL,
    channel TEXT NOT NULL,
    key TEXT NOT NULL,
    at {int} NOT NULL,
    raw TEXT NOT NULL
);
CREATE UNIQUE INDEX inbound_key ON inbound (tenant, channel, key);
";
