//! What plugins cost, by tenant and day.

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
        if manager.get_database_backend() == DbBackend::Postgres {
            super::run(manager, FENCE).await?;
        }
        Ok(())
    }
}

const DDL: &str = "
CREATE TABLE plugin_costs (
    tenant TEXT NOT NULL,
    day {int} NOT NULL,
    plugin TEXT NOT NULL,
    kind TEXT NOT NULL,
    calls {int} NOT NULL,
    errors {int} NOT NULL,
    cpu_us {int} NOT NULL,
    bytes_in {int} NOT NULL,
    bytes_out {int} NOT NULL,
    PRIMARY KEY (tenant, day, plugin)
) {clustered};
CREATE INDEX plugin_costs_day ON plugin_costs (day);
";

// As m0010 has it for the other tables of tenants.
const FENCE: &str = "
ALTER TABLE plugin_costs ENABLE ROW LEVEL SECURITY;
ALTER TABLE plugin_costs FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_fence ON plugin_costs USING (
    (SELECT current_setting('kerros.tenants', true)) = '*'
    OR tenant = ANY ((SELECT string_to_array(
        current_setting('kerros.tenants', true), chr(31)))::text[])
);
";
