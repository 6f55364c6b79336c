//! Who leads which role, and the row that a health check writes.

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
CREATE TABLE leaders (
    role TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    until {int} NOT NULL
) {clustered};
CREATE TABLE pings (
    id {int} NOT NULL PRIMARY KEY,
    times {int} NOT NULL
);
INSERT INTO pings (id, times) VALUES (1, 0);
";
