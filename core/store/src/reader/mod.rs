//! The eye that reads.

pub(crate) mod column;

use kerros_app::ports::store::{Scope, StoreError};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, QueryResult, TransactionTrait, Value,
};

use crate::error::refused;
use crate::scope;
use crate::sql::statement;

/// Reads. A scope narrower than the platform goes through the fence on PostgreSQL.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) backend: DbBackend,
    pub(crate) platform: DatabaseConnection,
    pub(crate) fenced: Option<DatabaseConnection>,
}

impl Reader {
    /// All rows.
    pub(crate) async fn all(
        &self,
        scope: &Scope,
        text: &str,
        values: Vec<Value>,
    ) -> Result<Vec<QueryResult>, StoreError> {
        let statement = statement(self.backend, text, values);
        let read = async {
            let (Some(fenced), Scope::One(_) | Scope::Many(_)) = (&self.fenced, scope) else {
                return self.platform.query_all_raw(statement).await;
            };
            let transaction = fenced.begin().await?;
            scope::fence(&transaction, scope).await?;
            let rows = transaction.query_all_raw(statement).await?;
            transaction.commit().await?;
            Ok(rows)
        };
        read.await.map_err(|error: DbErr| refused(&error))
    }

    /// The first row.
    pub(crate) async fn one(
        &self,
        scope: &Scope,
        text: &str,
        values: Vec<Value>,
    ) -> Result<Option<QueryResult>, StoreError> {
        Ok(self.all(scope, text, values).await?.into_iter().next())
    }

    pub(crate) async fn close(&self) {
        for connection in self.fenced.iter().chain([&self.platform]) {
            if let Err(error) = connection.clone().close().await {
                tracing::warn!(%error, "a connection that reads did not close");
            }
        }
    }
}
