//! The tenants as they are configured now.

use std::sync::Arc;

use kerros_domain::id::TenantId;

use crate::tenant::Tenant;

/// Looks up tenants. A changed file swaps the whole tenant; a caller keeps the one it got until it is done.
pub trait Tenants: Send + Sync {
    /// The tenant, if there is one.
    fn get(&self, id: &TenantId) -> Option<Arc<Tenant>>;
    /// All tenants, by id.
    fn all(&self) -> Vec<Arc<Tenant>>;
}
