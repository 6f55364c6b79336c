//! Who takes part in a conversation, its number, and the threads in which its case is discussed; and what
//! this installation keeps for itself.

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
        fence(manager, &["participants", "case_threads", "counters"]).await
    }
}

const DDL: &str = "
ALTER TABLE conversations ADD COLUMN number {int} NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX conversations_number ON conversations (tenant, number) WHERE number > 0;
CREATE INDEX inbound_at ON inbound (tenant, at);
CREATE TABLE participants (
    conversation {id} NOT NULL,
    address TEXT NOT NULL,
    tenant TEXT NOT NULL,
    role TEXT NOT NULL,
    name TEXT,
    PRIMARY KEY (conversation, address)
) {clustered};
CREATE TABLE case_threads (
    tenant TEXT NOT NULL,
    channel TEXT NOT NULL,
    thread TEXT NOT NULL,
    conversation {id} NOT NULL,
    PRIMARY KEY (tenant, channel, thread)
) {clustered};
CREATE INDEX case_threads_conversation ON case_threads (conversation);
CREATE TABLE counters (
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    value {int} NOT NULL,
    PRIMARY KEY (tenant, name)
) {clustered};
CREATE TABLE installation (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) {clustered};
";
