//! The help-center search: one small index in memory per tenant and language.
//!
//! Articles come from the tenant's config and are few, so an index is built whole when a tenant is
//! taken in, and swapped. Nothing is written to disk.
//!
//! Start in [`index`] (one tenant's articles in one language), then [`Articles`].

mod analyzer;
mod excerpt;
mod index;
mod near;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use kerros_app::ports::search::{Hit, Search};
use kerros_app::tenant::Article;
use kerros_domain::id::{Language, TenantId};
use parking_lot::RwLock;

use crate::index::Index;

/// The articles could not be indexed.
#[derive(Debug, thiserror::Error)]
#[error("articles of {tenant} could not be indexed: {reason}")]
pub struct IndexError {
    /// Whose.
    pub tenant: TenantId,
    /// Why.
    pub reason: String,
}

type ByLanguage = BTreeMap<Language, Arc<Index>>;

/// The articles of every tenant, searchable. Two tenants never share an index.
#[derive(Default)]
pub struct Articles {
    tenants: RwLock<BTreeMap<TenantId, ByLanguage>>,
}

impl std::fmt::Debug for Articles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Articles").field("tenants", &self.tenants.read().len()).finish()
    }
}

impl Articles {
    /// Without any tenant.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a tenant's articles in, in the place of the ones it had. On an error the old ones stay.
    pub fn replace(&self, tenant: &TenantId, articles: &[Article]) -> Result<(), IndexError> {
        let mut by_language: BTreeMap<&Language, Vec<&Article>> = BTreeMap::new();
        for article in articles {
            by_language.entry(&article.language).or_default().push(article);
        }
        let mut built = ByLanguage::new();
        for (language, articles) in by_language {
            let index = Index::build(tenant, language, &articles)
                .map_err(|e| IndexError { tenant: tenant.clone(), reason: e.to_string() })?;
            built.insert(language.clone(), Arc::new(index));
        }
        self.tenants.write().insert(tenant.clone(), built);
        Ok(())
    }
}

#[async_trait]
impl Search for Articles {
    async fn search(
        &self,
        tenant: &TenantId,
        language: &Language,
        segment: Option<&str>,
        query: &str,
        limit: usize,
    ) -> Vec<Hit> {
        let index =
            self.tenants.read().get(tenant).and_then(|languages| languages.get(language).cloned());
        let Some(index) = index else { return Vec::new() };
        index.search(segment, query, limit.min(10)).unwrap_or_else(|error| {
            tracing::warn!(%tenant, %language, %error, "help-center search failed");
            Vec::new()
        })
    }
}
