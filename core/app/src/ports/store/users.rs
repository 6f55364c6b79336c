//! People who log in, their places, sessions and tokens.

use async_trait::async_trait;
use kerros_domain::id::{Language, LayerId, SegmentId, TenantId, TokenId, UserId};
use kerros_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Scope, StoreError};

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The vendor's first line.
    Agent,
    /// The client's own specialist: sees what is in expert layers.
    Expert,
    /// Sees and moves everything of its tenants.
    Supervisor,
    /// Also users and tokens.
    Admin,
}

/// A person's place in one tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The tenant.
    pub tenant: TenantId,
    /// Layers worked in.
    pub layers: Vec<LayerId>,
    /// Skills.
    pub skills: Vec<String>,
    /// Languages.
    pub languages: Vec<Language>,
    /// Segments; empty is all.
    pub segments: Vec<SegmentId>,
}

/// A person who logs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// Lower case, unique.
    pub email: String,
    /// The name shown to customers and colleagues.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// UI language.
    pub language: Language,
    /// Where they belong.
    pub memberships: Vec<Membership>,
    /// Whether the router may give them work.
    pub available: bool,
    /// Last sign of life in the console.
    pub seen_at: Option<Timestamp>,
    /// Whether they may log in.
    pub active: bool,
    /// Created.
    pub created_at: Timestamp,
}

/// What a person holds: assigned to them, not waiting for the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Who.
    pub user: UserId,
    /// How many conversations.
    pub held: u32,
    /// When they got the newest of them.
    pub newest: Timestamp,
}

/// Reads and writes people, sessions and tokens. These are small and rare, so they have plain verbs.
#[async_trait]
pub trait Users: Send + Sync {
    /// Adds or replaces; `password_hash` is a PHC string, `None` keeps the old one.
    async fn save_user(&self, user: &User, password_hash: Option<&str>) -> Result<(), StoreError>;
    /// One person.
    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError>;
    /// By email, with the password hash.
    async fn user_by_email(&self, email: &str) -> Result<Option<(User, String)>, StoreError>;
    /// Everybody who is a member of any tenant in scope.
    async fn users(&self, scope: &Scope) -> Result<Vec<User>, StoreError>;
    /// Sets availability and sign of life.
    async fn set_presence(
        &self,
        id: UserId,
        available: bool,
        seen_at: Timestamp,
    ) -> Result<(), StoreError>;
    /// What each person holds, in order of their ids; who holds nothing is not among them.
    async fn loads(&self) -> Result<Vec<Load>, StoreError>;
    /// Adds a session or token by the SHA-256 of its secret.
    async fn add_token(&self, token: &Token) -> Result<(), StoreError>;
    /// A live session or token by the SHA-256 of its secret.
    async fn token(&self, hash: [u8; 32], now: Timestamp) -> Result<Option<Token>, StoreError>;
    /// The person behind a live session or token, by the SHA-256 of its secret.
    async fn session(&self, hash: [u8; 32], now: Timestamp) -> Result<Option<User>, StoreError>;
    /// Ends a session or token.
    async fn end_token(&self, id: TokenId) -> Result<(), StoreError>;
    /// Tokens (not sessions) of a person.
    async fn tokens(&self, user: UserId) -> Result<Vec<Token>, StoreError>;
}

/// A session cookie or a bearer token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// Whose.
    pub user: UserId,
    /// A name for people; empty for a session.
    pub name: String,
    /// SHA-256 of the secret.
    pub hash: [u8; 32],
    /// A cookie session, or a bearer token.
    pub session: bool,
    /// Created.
    pub created_at: Timestamp,
    /// Ends.
    pub expires_at: Timestamp,
}
