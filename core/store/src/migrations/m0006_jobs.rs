//! Jobs. `ready_at` is when the next node may take it: run_at, or the end of the lease.

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
CREATE TABLE jobs (
    id {id} NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    order_key TEXT NOT NULL,
    run_at {int} NOT NULL,
    ready_at {int} NOT NULL,
    attempt {int} NOT NULL,
    owner TEXT,
    lease_until {int},
    dead {int} NOT NULL,
    trace TEXT NOT NULL,
    last_error TEXT,
    payload TEXT NOT NULL
);
CREATE INDEX jobs_ready ON jobs (ready_at, id) WHERE dead = 0;
CREATE INDEX jobs_order ON jobs (order_key, id) WHERE dead = 0;
CREATE INDEX jobs_dead ON jobs (tenant, id) WHERE dead = 1;
";
