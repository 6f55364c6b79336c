//! Since when colleagues call for whoever has a conversation: a column of its own, for lists.

use sea_orm::{DbBackend, DbErr};
use sea_orm_migration::prelude::*;

#[derive(Debug, DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, DDL).await?;
        let known = match manager.get_database_backend() {
            DbBackend::Postgres => "CAST(CAST(body AS json) ->> 'attention' AS bigint)",
            _ => "json_extract(body, '$.attention')",
        };
        super::run(manager, &format!("UPDATE conversations SET attention = {known} WHERE open = 1"))
            .await
    }
}

const DDL: &str = "
ALTER TABLE conversations ADD COLUMN attention {int};
CREATE INDEX conversations_attention ON conversations (tenant, attention)
    WHERE attention IS NOT NULL;
";
