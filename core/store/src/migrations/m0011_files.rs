//! What messages carry beside their text: small things in the row, big things in a table of their own that
//! is read when somebody opens the conversation, and files, whose bytes lie elsewhere.

use sea_orm::DbErr;
use sea_orm_migration::prelude::*;

use super::m0010_fence::fence;

#[derive(Debug, DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, DDL).await?;
        fence(manager, &["files", "message_details"]).await
    }
}

const DDL: &str = "
ALTER TABLE messages ADD COLUMN about TEXT;
ALTER TABLE messages ADD COLUMN failure TEXT;
CREATE TABLE message_details (
    message {id} NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL,
    body TEXT NOT NULL
) {clustered};
CREATE TABLE files (
    id {id} NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL,
    message {id},
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    bytes {int} NOT NULL,
    sha256 TEXT NOT NULL,
    place TEXT NOT NULL,
    created_at {int} NOT NULL
) {clustered};
CREATE INDEX files_orphans ON files (created_at) WHERE message IS NULL;
CREATE INDEX files_message ON files (message) WHERE message IS NOT NULL;
";
