//! The host's ports, answering from the vector at hand.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use kerros_app::ports::clock::Clock;
use kerros_app::ports::kv::{KEYS, Kv, KvError, Space};
use kerros_app::ports::outbound::{Outbound, Request, Response};
use kerros_app::ports::plugin::PluginError;
use kerros_app::ports::report::FactSource;
use kerros_app::ports::search::{Hit, Search};
use kerros_app::ports::secrets::Secrets;
use kerros_app::tenant::Grants;
use kerros_domain::id::{Language, TenantId};
use kerros_domain::time::Timestamp;
use serde_json::Value;

use crate::vector::{Exchange, Vector};

/// What the outside of a plugin holds during one call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outside {
    pub(crate) secrets: BTreeMap<String, String>,
    pub(crate) http: Vec<Exchange>,
    pub(crate) search: Vec<Hit>,
    pub(crate) facts: BTreeMap<String, Value>,
    pub(crate) kv: BTreeMap<String, String>,
}

impl Outside {
    /// What a vector says of it.
    pub(crate) fn of(vector: &Vector) -> Self {
        Self {
            secrets: vector.secrets.clone(),
            http: vector.http.clone(),
            search: vector.search.clone(),
            facts: vector.facts.clone(),
            kv: vector.kv.clone(),
        }
    }
}

/// The outside, changed between calls.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shared(Arc<Mutex<Outside>>);

impl Shared {
    pub(crate) fn set(&self, outside: Outside) {
        *self.lock() = outside;
    }

    fn lock(&self) -> MutexGuard<'_, Outside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Secrets for Shared {
    fn get(&self, _tenant: &TenantId, name: &str) -> Option<Vec<u8>> {
        self.lock().secrets.get(name).map(|secret| secret.as_bytes().to_vec())
    }
}

#[async_trait]
impl Outbound for Shared {
    async fn perform(&self, _: &TenantId, _: &Grants, request: &Request) -> Response {
        let Request::Http { method, url, .. } = request else {
            return Response::refused("no mail here");
        };
        let mut outside = self.lock();
        let known = outside.http.iter().position(|exchange| {
            &exchange.url == url && exchange.method.as_ref().is_none_or(|m| m == method)
        });
        match known {
            Some(place) => outside.http.remove(place).response,
            None => Response::refused(format!("{method} {url} is not among the vector's http")),
        }
    }
}

#[async_trait]
impl Search for Shared {
    async fn search(
        &self,
        _: &TenantId,
        _: &Language,
        _: Option<&str>,
        _: &str,
        limit: usize,
    ) -> Vec<Hit> {
        self.lock().search.iter().take(limit).cloned().collect()
    }
}

#[async_trait]
impl FactSource for Shared {
    async fn facts(&self, name: &str) -> Result<String, PluginError> {
        self.lock().facts.get(name).map(Value::to_string).ok_or_else(|| PluginError::Invalid {
            message: format!("{name} is not among the vector's facts"),
        })
    }
}

/// What is set lasts for the call: the next one begins with the vector's own.
#[async_trait]
impl Kv for Shared {
    async fn get(&self, _: &Space, key: &str, _: Timestamp) -> Result<Option<String>, KvError> {
        Ok(self.lock().kv.get(key).cloned())
    }

    async fn set(
        &self,
        _: &Space,
        key: &str,
        value: &str,
        _: Option<Timestamp>,
        _: Timestamp,
    ) -> Result<(), KvError> {
        let mut outside = self.lock();
        if outside.kv.len() >= KEYS as usize && !outside.kv.contains_key(key) {
            return Err(KvError::Full);
        }
        outside.kv.insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    async fn remove(&self, _: &Space, key: &str) -> Result<(), KvError> {
        self.lock().kv.remove(key);
        Ok(())
    }

    async fn keys(
        &self,
        _: &Space,
        prefix: &str,
        after: &str,
        limit: u32,
        _: Timestamp,
    ) -> Result<Vec<String>, KvError> {
        let outside = self.lock();
        let fits = |key: &&String| key.starts_with(prefix) && key.as_str() > after;
        Ok(outside.kv.keys().filter(fits).take(limit as usize).cloned().collect())
    }
}

/// Time stands still: nothing that is tested here may hang on it.
pub(crate) struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp(0)
    }
}
