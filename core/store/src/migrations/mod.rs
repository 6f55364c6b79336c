//! The schema, as an append-only list of steps. README.md says how to add one.

#![expect(
    elided_lifetimes_in_paths,
    reason = "the trait's method elides it, and async_trait makes a different type of one that is named"
)]

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};
use sea_orm_migration::prelude::*;

use crate::error::OpenError;

mod m0001_contacts;
mod m0002_conversations;
mod m0003_journal;
mod m0004_messages;
mod m0005_inbound;
mod m0006_jobs;
mod m0007_users;
mod m0008_visits;
mod m0009_upkeep;
mod m0010_fence;
mod m0011_files;
mod m0012_threads;
mod m0013_mail;
mod m0018_plugin_costs;
mod m0019_kv;
mod m0020_kept_mails;
mod m0034_attention;
mod m0038_visit_last_act;
mod m0039_lines;

/// Every step, oldest first.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_contacts::Migration),
            Box::new(m0002_conversations::Migration),
            Box::new(m0003_journal::Migration),
            Box::new(m0004_messages::Migration),
            Box::new(m0005_inbound::Migration),
            Box::new(m0006_jobs::Migration),
            Box::new(m0007_users::Migration),
            Box::new(m0008_visits::Migration),
            Box::new(m0009_upkeep::Migration),
            Box::new(m0010_fence::Migration),
            Box::new(m0011_files::Migration),
            Box::new(m0012_threads::Migration),
            Box::new(m0013_mail::Migration),
            Box::new(m0018_plugin_costs::Migration),
            Box::new(m0019_kv::Migration),
            Box::new(m0020_kept_mails::Migration),
            Box::new(m0034_attention::Migration),
            Box::new(m0038_visit_last_act::Migration),
            Box::new(m0039_lines::Migration),
        ]
    }
}

// Any number that nothing else on the same server locks: the letters of "kerros".
const LOCK: i64 = 0x6b65_7272_6f73;

/// Brings the schema to this version. Several nodes may call it at once: they take turns.
///
/// `connection` must be a pool of one, because PostgreSQL's advisory lock belongs to a session.
pub(crate) async fn migrate(connection: &DatabaseConnection) -> Result<(), OpenError> {
    let postgres = connection.get_database_backend() == DbBackend::Postgres;
    if postgres {
        connection.execute_unprepared(&format!("SELECT pg_advisory_lock({LOCK})")).await?;
    }
    let done = steps(connection).await;
    if postgres {
        connection.execute_unprepared(&format!("SELECT pg_advisory_unlock({LOCK})")).await?;
    }
    done
}

async fn steps(connection: &DatabaseConnection) -> Result<(), OpenError> {
    let known: Vec<String> =
        Migrator::migrations().iter().map(|step| step.name().to_owned()).collect();
    let newer: Vec<String> = Migrator::get_migration_models(connection)
        .await?
        .into_iter()
        .map(|model| model.version)
        .filter(|version| !known.contains(version))
        .collect();
    if !newer.is_empty() {
        return Err(OpenError::Newer(newer));
    }
    Migrator::up(connection, None).await?;
    Ok(())
}

/// Refuses a database that is not in this version's schema; changes nothing.
pub(crate) async fn expect(connection: &DatabaseConnection) -> Result<(), OpenError> {
    let known: Vec<String> =
        Migrator::migrations().iter().map(|step| step.name().to_owned()).collect();
    let applied = applied(connection).await?;
    let newer: Vec<String> =
        applied.iter().filter(|version| !known.contains(version)).cloned().collect();
    if !newer.is_empty() {
        return Err(OpenError::Newer(newer));
    }
    let missing: Vec<String> =
        known.into_iter().filter(|version| !applied.contains(version)).collect();
    if missing.is_empty() { Ok(()) } else { Err(OpenError::Older(missing)) }
}

/// The steps that a database says it has taken; none where it was never migrated. (The migrator's own way to ask
/// makes its table.)
async fn applied(connection: &DatabaseConnection) -> Result<Vec<String>, OpenError> {
    let backend = connection.get_database_backend();
    let there = match backend {
        DbBackend::Postgres => {
            "SELECT 1 FROM pg_tables WHERE tablename = 'seaql_migrations' \
             AND schemaname = ANY (current_schemas(false))"
        }
        _ => "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'seaql_migrations'",
    };
    if connection.query_one_raw(Statement::from_string(backend, there)).await?.is_none() {
        return Ok(Vec::new());
    }
    let all = Statement::from_string(backend, "SELECT version FROM seaql_migrations");
    let rows = connection.query_all_raw(all).await?;
    Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
}

/// Runs statements separated by `;` and a line end, with the types of the backend filled in:
/// `{id}` a UUID, `{int}` a 64-bit number, `{clustered}` a table kept in the order of its key.
async fn run(manager: &SchemaManager<'_>, ddl: &str) -> Result<(), DbErr> {
    let backend = manager.get_database_backend();
    let (id, int, clustered) = match backend {
        DbBackend::Postgres => ("uuid", "bigint", ""),
        _ => ("BLOB", "INTEGER", "WITHOUT ROWID"),
    };
    let ddl = ddl.replace("{id}", id).replace("{int}", int).replace("{clustered}", clustered);
    for statement in ddl.split(";\n").map(str::trim).filter(|part| !part.is_empty()) {
        let statement = Statement::from_string(backend, statement);
        manager.get_connection().execute_raw(statement).await?;
    }
    Ok(())
}
