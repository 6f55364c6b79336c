//! Messages, kept in the order of their conversation.

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
CREATE TABLE messages (
    conversation {id} NOT NULL,
    seq {int} NOT NULL,
    id {id} NOT NULL,
    tenant TEXT NOT NULL,
    channel TEXT NOT NULL,
    author TEXT NOT NULL,
    author_user {id},
    visibility TEXT NOT NULL,
    text TEXT NOT NULL,
    parts TEXT,
    at {int} NOT NULL,
    delivery TEXT,
    external_id TEXT,
    PRIMARY KEY (conversation, seq)
) {clustered};
CREATE UNIQUE INDEX messages_id ON messages (id);
CREATE INDEX messages_external ON messages (tenant, channel, external_id, at)
    WHERE external_id IS NOT NULL;
";
