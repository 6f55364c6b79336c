//! What a use case answers when it does not do it.

use kerros_domain::command::Refusal;

use crate::ports::store::StoreError;

/// Why a use case did not do it. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No such thing, or it is somebody else's: the two cannot be told apart from outside.
    #[error("not found")]
    NotFound,
    /// The engine refuses; the reason is for people to read.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The person may see it, but not do this.
    #[error("not allowed")]
    Forbidden,
    /// Nobody is logged in: wrong password, ended session, unknown token.
    #[error("not logged in")]
    Unauthorized,
    /// Others kept changing it meanwhile: ask again.
    #[error("changed by someone else meanwhile")]
    Conflict,
    /// The input is wrong; the text says how.
    #[error("{0}")]
    Invalid(String),
    /// No database or plugin just now: try later.
    #[error("not available just now")]
    Unavailable,
    /// A fault of Kerros; details are in the log only.
    #[error("internal error")]
    Internal,
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict | StoreError::Duplicate => Self::Conflict,
            StoreError::Unavailable(reason) => {
                tracing::warn!(%reason, "store unavailable");
                Self::Unavailable
            }
            StoreError::Refused(reason) => {
                tracing::error!(%reason, "the store refused a write");
                Self::Internal
            }
        }
    }
}
