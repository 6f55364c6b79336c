//! What a claim looks at lies in its two indexes: who waits in long lines is passed over without a look at each row.

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
DROP INDEX jobs_ready;
DROP INDEX jobs_order;
CREATE INDEX jobs_ready ON jobs (ready_at, id, tenant, order_key) WHERE dead = 0;
CREATE INDEX jobs_order ON jobs (order_key, tenant, id, ready_at) WHERE dead = 0;
";
