//! From an address to pools of connections.

use std::path::PathBuf;
use std::str::FromStr as _;

use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, DbBackend};

use crate::error::OpenError;
use crate::options::Options;

/// Which database an address names.
pub(crate) fn backend(url: &str) -> Result<DbBackend, OpenError> {
    let memory = url.contains(":memory:") || url.contains("mode=memory");
    match url.split_once(':') {
        Some(("sqlite", path)) if !memory && !path.trim_start_matches('/').is_empty() => {
            Ok(DbBackend::Sqlite)
        }
        Some(("postgres" | "postgresql", _)) => Ok(DbBackend::Postgres),
        _ => Err(OpenError::Address(hide_password(url))),
    }
}

fn hide_password(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(start), Some(end)) if start + 3 <= end => {
            format!("{}...{}", &url[..start + 3], &url[end..])
        }
        _ => url.to_owned(),
    }
}

/// The file that a SQLite address names, if there is no such file.
pub(crate) fn missing_file(url: &str) -> Option<PathBuf> {
    let path = SqliteConnectOptions::from_str(url).ok()?.get_filename().to_owned();
    (!path.is_file()).then_some(path)
}

/// What a pool is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Units and small writes. On PostgreSQL it sees every tenant unless a transaction says less.
    Write,
    /// Reads by the node itself, over every tenant.
    Read,
    /// PostgreSQL: reads for one scope; sees nothing until a transaction says whose.
    Fenced,
    /// Migrations: one connection.
    Migrate,
}

/// The pool's options.
pub(crate) fn pool(
    url: &str,
    backend: DbBackend,
    options: &Options,
    purpose: Purpose,
) -> ConnectOptions {
    let mut pool = ConnectOptions::new(url);
    pool.sqlx_logging(false)
        .record_stmt_in_spans(false)
        .acquire_timeout(options.patience)
        .connect_timeout(options.patience)
        .max_lifetime(None);
    match backend {
        DbBackend::Sqlite => sqlite(&mut pool, options, purpose),
        _ => postgres(&mut pool, options, purpose),
    }
    pool
}

fn sqlite(pool: &mut ConnectOptions, options: &Options, purpose: Purpose) {
    let reads = purpose == Purpose::Read;
    let connections = if reads { options.readers } else { 1 };
    pool.max_connections(connections)
        .min_connections(connections)
        .idle_timeout(None)
        .test_before_acquire(false);
    let options = options.clone();
    pool.map_sqlx_sqlite_opts(move |connect| {
        let connect = connect
            .create_if_missing(!options.existing)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(options.patience)
            .statement_cache_capacity(if reads { 64 } else { 512 })
            .pragma("mmap_size", options.mmap_bytes.to_string())
            .pragma("wal_autocheckpoint", options.checkpoint_pages.to_string())
            .pragma("journal_size_limit", (64 << 20).to_string())
            // Readers share the file's mapping, so they need little memory of their own.
            .pragma("cache_size", format!("-{}", options.cache_kib / if reads { 8 } else { 1 }))
            .pragma("temp_store", "memory")
            // With statements of many rows the planner would rather scan a whole table and index the
            // statement's few rows for itself than look each of them up.
            .pragma("automatic_index", "off")
            .thread_name(move |n| format!("sqlite-{n}"));
        let connect = match options.max_pages {
            Some(pages) => connect.pragma("max_page_count", pages.to_string()),
            None => connect,
        };
        if reads { connect.pragma("query_only", "on") } else { connect }
    });
}

fn postgres(pool: &mut ConnectOptions, options: &Options, purpose: Purpose) {
    let connections = match purpose {
        Purpose::Read | Purpose::Fenced => options.readers,
        // One more than the committing tasks hold, for jobs and other small writes.
        Purpose::Write => options.writers + 1,
        Purpose::Migrate => 1,
    };
    pool.max_connections(connections).test_before_acquire_if_idle_for(options.patience);
    let tenants = if purpose == Purpose::Fenced { "" } else { "*" };
    pool.map_sqlx_postgres_opts(move |connect| {
        connect.application_name("kerros").statement_cache_capacity(512).options([
            ("kerros.tenants", tenants),
            ("default_transaction_isolation", "read committed"),
        ])
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_its_database() {
        for (url, found) in [
            ("sqlite:///var/kerros.db", Some(DbBackend::Sqlite)),
            ("sqlite://data/kerros.db", Some(DbBackend::Sqlite)),
            ("postgres://kerros@db/kerros", Some(DbBackend::Postgres)),
            ("postgresql://db/kerros", Some(DbBackend::Postgres)),
            ("sqlite::memory:", None),
            ("sqlite://x?mode=memory", None),
            ("sqlite://", None),
            ("mysql://db", None),
            ("kerros.db", None),
        ] {
            assert_eq!(backend(url).ok(), found, "{url}");
        }
    }

    #[test]
    fn a_refused_address_is_shown_without_its_password() {
        let text = backend("mysql://kerros:hunter2@db/kerros").unwrap_err().to_string();
        assert!(text.contains("mysql://...@db/kerros") && !text.contains("hunter2"), "{text}");
    }
}
