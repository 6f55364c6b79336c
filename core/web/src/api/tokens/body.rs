//! A token as it may be shown: never its secret.

use kerros_app::ports::store::Token;
use serde::Serialize;
use utoipa::ToSchema;

/// A bearer token.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenBody {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Made.
    pub created_at_ms: i64,
    /// Ends.
    pub expires_at_ms: i64,
}

impl From<Token> for TokenBody {
    fn from(token: Token) -> Self {
        Self {
            id: token.id.to_string(),
            name: token.name,
            created_at_ms: token.created_at.0,
            expires_at_ms: token.expires_at.0,
        }
    }
}
