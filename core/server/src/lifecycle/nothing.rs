//! Stand-ins for what calls beside the live ones and replays must not reach.

use async_trait::async_trait;
use kerros_app::ports::kv::{Kv, KvError, Space};
use kerros_app::ports::outbound::{Outbound, Request, Response};
use kerros_app::tenant::Grants;
use kerros_domain::id::TenantId;
use kerros_domain::time::Timestamp;

/// Performs nothing.
pub struct NoOutside;

#[async_trait]
impl Outbound for NoOutside {
    async fn perform(&self, _: &TenantId, _: &Grants, _: &Request) -> Response {
        let reason = "a call beside the live one reaches nothing outside".to_owned();
        Response::refused(reason)
    }
}

/// Keeps nothing.
pub struct NoStore;

fn nothing<T>() -> Result<T, KvError> {
    Err(KvError::Unavailable("a replay has only what its transcript says".to_owned()))
}

#[async_trait]
impl Kv for NoStore {
    async fn get(&self, _: &Space, _: &str, _: Timestamp) -> Result<Option<String>, KvError> {
        nothing()
    }

    async fn set(
        &self,
        _: &Space,
        _: &str,
        _: &str,
        _: Option<Timestamp>,
        _: Timestamp,
    ) -> Result<(), KvError> {
        nothing()
    }

    async fn remove(&self, _: &Space, _: &str) -> Result<(), KvError> {
        nothing()
    }

    async fn keys(
        &self,
        _: &Space,
        _: &str,
        _: &str,
        _: u32,
        _: Timestamp,
    ) -> Result<Vec<String>, KvError> {
        nothing()
    }
}
