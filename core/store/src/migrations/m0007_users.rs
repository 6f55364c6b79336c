//! People, where they belong, and their sessions and tokens.

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
CREATE TABLE users (
    id {id} NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    language TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    available {int} NOT NULL,
    active {int} NOT NULL,
    seen_at {int},
    created_at {int} NOT NULL
);
CREATE UNIQUE INDEX users_email ON users (email);
CREATE TABLE memberships (
    user_id {id} NOT NULL REFERENCES users (id),
    tenant TEXT NOT NULL,
    place {int} NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (user_id, tenant)
) {clustered};
CREATE INDEX memberships_tenant ON memberships (tenant);
CREATE TABLE tokens (
    id {id} NOT NULL PRIMARY KEY,
    user_id {id} NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    session {int} NOT NULL,
    created_at {int} NOT NULL,
    expires_at {int} NOT NULL
);
CREATE UNIQUE INDEX tokens_hash ON tokens (hash);
CREATE INDEX tokens_user ON tokens (user_id);
CREATE INDEX tokens_expiry ON tokens (expires_at);
";
