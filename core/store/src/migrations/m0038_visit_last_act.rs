//! When a help-center visit's last act was: its 24 hours count from there.

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

// 0 is unknown: then the beginning stands for it.
const DDL: &str = "
ALTER TABLE visits ADD COLUMN last_at {int} NOT NULL DEFAULT 0;
";
