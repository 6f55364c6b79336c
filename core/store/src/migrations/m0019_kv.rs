//! What bots keep for themselves.

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
CREATE TABLE kv (
    tenant TEXT NOT NULL,
    plugin TEXT NOT NULL,
    use_name TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    bytes {int} NOT NULL,
    until {int},
    PRIMARY KEY (tenant, plugin, use_name, key)
) {clustered};
";

// As in m0010_fence.
const FENCE: &str = "
ALTER TABLE kv ENABLE ROW LEVEL SECURITY;
ALTER TABLE kv FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_fence ON kv USING (
    (SELECT current_setting('kerros.tenants', true)) = '*'
    OR tenant = ANY ((SELECT string_to_array(
        current_setting('kerros.tenants', true), chr(31)))::text[])
);
";
