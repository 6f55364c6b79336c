//! What a database error means here: a broken rule, a lost race, or no database.

use std::path::PathBuf;

use kerros_app::ports::store::StoreError;
use sea_orm::{DbErr, RuntimeErr, sqlx};

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is neither a SQLite file nor a PostgreSQL server.
    #[error(
        "a database is sqlite:///path/to/file.db or postgres://user@host/name, found {0:?} \
         (an in-memory SQLite database cannot be shared between connections)"
    )]
    Address(String),
    /// A newer version of the program has changed the schema; nothing was touched.
    #[error(
        "the database is from a newer version of kerros, which this one does not know: it has the \
         migrations {}", .0.join(", ")
    )]
    Newer(Vec<String>),
    /// There is no such file, and none was to be made.
    #[error("there is no database {}", .0.display())]
    Missing(PathBuf),
    /// An older version of the program, or none yet, has made the schema, and nothing was to be changed.
    #[error(
        "the database is not in this version's schema: it lacks the migrations {}; `kerros db migrate` \
         brings it up to date", .0.join(", ")
    )]
    Older(Vec<String>),
    /// The database answered with an error, or not at all.
    #[error("the database does not open: {0}")]
    Database(String),
}

impl From<DbErr> for OpenError {
    fn from(error: DbErr) -> Self {
        Self::Database(error.to_string())
    }
}

/// What an error from the database means for the unit that met it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A unique key is taken.
    Taken,
    /// Another rule of the schema, or of the fence, is broken.
    Rule(String),
    /// A lost race between transactions: the same again may succeed.
    Race(String),
    /// No database, no disk, no room.
    Down(String),
}

impl Fault {
    pub(crate) fn of(error: &DbErr) -> Self {
        let text = error.to_string();
        let (DbErr::Exec(RuntimeErr::SqlxError(inner))
        | DbErr::Query(RuntimeErr::SqlxError(inner))
        | DbErr::Conn(RuntimeErr::SqlxError(inner))) = error
        else {
            return Self::Down(text);
        };
        let sqlx::Error::Database(database) = &**inner else {
            return Self::Down(text);
        };
        match (database.kind(), database.code().as_deref()) {
            (sqlx::error::ErrorKind::UniqueViolation, _) => Self::Taken,
            (
                sqlx::error::ErrorKind::ForeignKeyViolation
                | sqlx::error::ErrorKind::NotNullViolation
                | sqlx::error::ErrorKind::CheckViolation,
                _,
            ) => Self::Rule(text),
            // PostgreSQL: serialization failure, deadlock.
            (_, Some("40001" | "40P01")) => Self::Race(text),
            // PostgreSQL: bad data (22...), another constraint (23...), the fence (42501).
            // SQLite: too big (18), another constraint (19), wrong type (20).
            (_, Some(code))
                if matches!(code, "42501" | "18" | "19" | "20")
                    || (code.len() == 5 && (code.starts_with("22") || code.starts_with("23"))) =>
            {
                Self::Rule(text)
            }
            _ => Self::Down(text),
        }
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Taken => Self::Duplicate,
            Fault::Rule(what) => Self::Refused(what),
            Fault::Race(what) | Fault::Down(what) => Self::Unavailable(what),
        }
    }
}

/// For reads and small writes: the error as the port knows it.
pub(crate) fn refused(error: &DbErr) -> StoreError {
    Fault::of(error).into()
}

/// A row that does not say what it must: written by something else than this program.
pub(crate) fn broken(what: impl std::fmt::Display) -> StoreError {
    StoreError::Refused(format!("a stored row cannot be read: {what}"))
}
