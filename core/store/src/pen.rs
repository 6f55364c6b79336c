//! The hand that writes: one pool, reopened after a fault that may have left a connection half-way.

use std::sync::atomic::{AtomicBool, Ordering};

use kerros_app::ports::store::{Scope, StoreError};
use parking_lot::RwLock;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    DbErr, QueryResult, SqliteTransactionMode, TransactionOptions, TransactionTrait, Value,
};

use crate::error::{Fault, OpenError};
use crate::scope;
use crate::sql::statement;

/// Begins transactions that write.
///
/// SQLite ends a transaction by itself when the disk is full or fails, which the driver does not
/// notice; so after such a fault the connection is thrown away and made anew.
#[derive(Debug)]
pub(crate) struct Pen {
    pub(crate) backend: DbBackend,
    options: ConnectOptions,
    current: RwLock<DatabaseConnection>,
    damaged: AtomicBool,
    reopening: tokio::sync::Mutex<()>,
}

impl Pen {
    pub(crate) async fn open(
        backend: DbBackend,
        options: ConnectOptions,
    ) -> Result<Self, OpenError> {
        let current = RwLock::new(Database::connect(options.clone()).await?);
        let reopening = tokio::sync::Mutex::new(());
        Ok(Self { backend, options, current, damaged: AtomicBool::new(false), reopening })
    }

    /// Begins a transaction that will write; on SQLite it has the one write lock at once.
    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        if self.damaged.load(Ordering::Acquire) {
            self.reopen().await?;
        }
        let connection = self.current.read().clone();
        let sqlite_transaction_mode = match self.backend {
            DbBackend::Sqlite => Some(SqliteTransactionMode::Immediate),
            _ => None,
        };
        let begun = connection
            .begin_with_options(TransactionOptions {
                sqlite_transaction_mode,
                ..Default::default()
            })
            .await;
        if let Err(error) = &begun {
            self.note(&Fault::of(error));
        }
        begun
    }

    /// Takes note of a fault: after [`Fault::Down`] the next transaction begins on a new connection.
    pub(crate) fn note(&self, fault: &Fault) {
        if matches!(fault, Fault::Down(_)) && self.backend == DbBackend::Sqlite {
            self.damaged.store(true, Ordering::Release);
        }
    }

    async fn reopen(&self) -> Result<(), DbErr> {
        let _one = self.reopening.lock().await;
        if !self.damaged.load(Ordering::Acquire) {
            return Ok(());
        }
        let fresh = Database::connect(self.options.clone()).await?;
        let old = std::mem::replace(&mut *self.current.write(), fresh);
        self.damaged.store(false, Ordering::Release);
        tracing::info!("the connection that writes was opened again");
        old.close().await
    }

    /// One small durable write of its own, as one statement; returns the rows of its RETURNING.
    pub(crate) async fn write(
        &self,
        scope: &Scope,
        text: &str,
        values: Vec<Value>,
    ) -> Result<Vec<QueryResult>, StoreError> {
        let done = async {
            let transaction = self.begin().await?;
            scope::fence(&transaction, scope).await?;
            let rows = transaction.query_all_raw(statement(self.backend, text, values)).await?;
            transaction.commit().await?;
            Ok(rows)
        };
        done.await.map_err(|error: DbErr| self.refused(&error))
    }

    /// As [`Pen::write`], and returns how many rows were written.
    pub(crate) async fn count(
        &self,
        scope: &Scope,
        text: &str,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        let done = async {
            let transaction = self.begin().await?;
            scope::fence(&transaction, scope).await?;
            let done = transaction.execute_raw(statement(self.backend, text, values)).await?;
            transaction.commit().await?;
            Ok(done.rows_affected())
        };
        done.await.map_err(|error: DbErr| self.refused(&error))
    }

    /// The error as the port knows it, noted.
    pub(crate) fn refused(&self, error: &DbErr) -> StoreError {
        let fault = Fault::of(error);
        self.note(&fault);
        fault.into()
    }

    pub(crate) async fn close(&self) -> Result<(), DbErr> {
        let connection = self.current.read().clone();
        connection.close().await
    }
}
