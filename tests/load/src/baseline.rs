//! What this machine's disk takes: raw rows of 200 bytes, 100 a commit, SQLite with `synchronous=FULL`.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, Statement, TransactionTrait};

const ROWS_A_COMMIT: usize = 100;

/// Rows a second over `time`, written into a file of its own in `folder`, removed afterwards.
pub async fn raw_rows_per_second(folder: &Path, time: Duration) -> anyhow::Result<f64> {
    let file = folder.join(format!("kerros-baseline-{}.db", std::process::id()));
    let measured = measure(&file, time).await;
    for suffix in ["", "-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        // It may never have been made.
        let _ = std::fs::remove_file(name);
    }
    measured
}

async fn measure(file: &Path, time: Duration) -> anyhow::Result<f64> {
    let url = format!("sqlite://{}?mode=rwc", file.display());
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    let database = Database::connect(options).await.context("baseline database")?;
    for pragma in [
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
        "CREATE TABLE raw (id INTEGER PRIMARY KEY, body TEXT)",
    ] {
        database.execute_unprepared(pragma).await?;
    }
    let values = vec!["(?)"; ROWS_A_COMMIT].join(",");
    let sql = format!("INSERT INTO raw (body) VALUES {values}");
    let body = "x".repeat(200);
    let row: Vec<sea_orm::Value> = vec![body.into(); ROWS_A_COMMIT];
    let backend = database.get_database_backend();
    let (start, mut rows) = (Instant::now(), 0_u32);
    while start.elapsed() < time {
        let transaction = database.begin().await?;
        transaction.execute_raw(Statement::from_sql_and_values(backend, &sql, row.clone())).await?;
        transaction.commit().await?;
        rows += 100;
    }
    Ok(f64::from(rows) / start.elapsed().as_secs_f64())
}
