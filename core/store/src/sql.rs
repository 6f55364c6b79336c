//! Statements as text with `$1`, which both databases read.

use sea_orm::sea_query::Values;
use sea_orm::{DbBackend, Statement, Value};

/// A statement with its values.
pub(crate) fn statement(
    db_backend: DbBackend,
    sql: impl Into<String>,
    values: Vec<Value>,
) -> Statement {
    Statement { sql: sql.into(), values: Some(Values(values)), db_backend }
}
