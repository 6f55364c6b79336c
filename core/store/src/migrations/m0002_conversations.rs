//! Conversations: the whole row as JSON in `body`, and beside it what queries look for.

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
CREATE TABLE conversations (
    id {id} NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL,
    contact {id} NOT NULL REFERENCES contacts (id),
    channel TEXT NOT NULL,
    thread TEXT NOT NULL,
    opened_at {int} NOT NULL,
    seq {int} NOT NULL,
    state TEXT NOT NULL,
    open {int} NOT NULL,
    layer TEXT NOT NULL,
    assignee {id},
    queue_rank {int} NOT NULL,
    queue_due {int} NOT NULL,
    held_since {int} NOT NULL,
    due_at {int},
    look TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX conversations_thread ON conversations (tenant, channel, thread, opened_at, id);
CREATE INDEX conversations_newest ON conversations (tenant, opened_at, id);
CREATE INDEX conversations_period ON conversations (tenant, id, opened_at);
CREATE INDEX conversations_contact ON conversations (contact);
CREATE INDEX conversations_queue ON conversations
    (tenant, open, queue_rank, queue_due, held_since, id, state, layer, assignee);
CREATE INDEX conversations_assignee ON conversations (assignee, state) WHERE assignee IS NOT NULL;
CREATE INDEX conversations_due ON conversations (due_at) WHERE due_at IS NOT NULL;
";
