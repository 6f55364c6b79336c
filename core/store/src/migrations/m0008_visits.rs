//! Help-center visits with intent.

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
CREATE TABLE visits (
    tenant TEXT NOT NULL,
    id {id} NOT NULL,
    began_at {int} NOT NULL,
    searches {int} NOT NULL,
    zero_hits {int} NOT NULL,
    articles {int} NOT NULL,
    articles_read {int} NOT NULL,
    helped {int},
    contacted {id},
    PRIMARY KEY (tenant, id)
) {clustered};
CREATE INDEX visits_began ON visits (tenant, began_at);
";
