//! Secrets by name. A secret is never printed, logged, stored in the database or given to a guest.

use kerros_domain::id::TenantId;

/// Looks up secrets.
pub trait Secrets: Send + Sync {
    /// The bytes of a tenant's secret, if it has one of that name.
    fn get(&self, tenant: &TenantId, name: &str) -> Option<Vec<u8>>;
}
