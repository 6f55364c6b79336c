//! Row-level security on PostgreSQL, the second fence between tenants: a session sees the rows of
//! the tenants named in its setting `kerros.tenants` and no others; `*` is the node's own workers.
//!
//! FORCE, because the role that owns the tables would otherwise pass. SQLite has no such thing.

use sea_orm::{DbBackend, DbErr};
use sea_orm_migration::prelude::*;

#[derive(Debug, DeriveMigrationName)]
pub(super) struct Migration;

const FENCED: [&str; 9] = [
    "contacts",
    "contact_addresses",
    "conversations",
    "journal",
    "messages",
    "inbound",
    "jobs",
    "memberships",
    "visits",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        fence(manager, &FENCED).await
    }
}

/// Fences tables off on PostgreSQL.
pub(super) async fn fence(manager: &SchemaManager<'_>, tables: &[&str]) -> Result<(), DbErr> {
    if manager.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    for table in tables {
        super::run(manager, &DDL.replace("{table}", table)).await?;
    }
    Ok(())
}

// The setting stands in sub-selects so that it is read once per query, not once per row. Names are
// separated by U+001F, which no tenant's name has.
const DDL: &str = "
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_fence ON {table} USING (
    (SELECT current_setting('kerros.tenants', true)) = '*'
    OR tenant = ANY ((SELECT string_to_array(
        current_setting('kerros.tenants', true), chr(31)))::text[])
);
";
