//! The help-center search.

use async_trait::async_trait;
use kerros_domain::id::{Language, TenantId};
use serde::{Deserialize, Serialize};

/// A found article.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// Its slug.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// One or two sentences around the match, plain text.
    pub excerpt: String,
    /// A path on this server.
    pub url: String,
    /// Higher is better; comparable within one search.
    pub score: f32,
}

/// Finds articles of one tenant.
#[async_trait]
pub trait Search: Send + Sync {
    /// The best `limit` (at most 10) articles in the language, for the segment (or for all).
    async fn search(
        &self,
        tenant: &TenantId,
        language: &Language,
        segment: Option<&str>,
        query: &str,
        limit: usize,
    ) -> Vec<Hit>;
}
