//! Contacts, and their addresses: (tenant, channel, address) names one contact.

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
CREATE TABLE contacts (
    id {id} NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL,
    name TEXT,
    look TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE contact_addresses (
    tenant TEXT NOT NULL,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    contact {id} NOT NULL REFERENCES contacts (id),
    PRIMARY KEY (tenant, channel, address)
) {clustered};
CREATE INDEX contact_addresses_contact ON contact_addresses (contact);
";
