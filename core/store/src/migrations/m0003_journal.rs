//! The journal: append-only, (conversation, seq) is written once.

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
CREATE TABLE journal (
    conversation {id} NOT NULL,
    seq {int} NOT NULL,
    tenant TEXT NOT NULL,
    at {int} NOT NULL,
    by_user {id},
    event TEXT NOT NULL,
    PRIMARY KEY (conversation, seq)
) {clustered};
";
