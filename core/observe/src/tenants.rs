//! A cap on tenant labels: the first ones keep their names, the rest share `other`.

use std::collections::BTreeSet;

use parking_lot::RwLock;

/// The label of tenants beyond the cap.
pub const OTHER: &str = "other";

/// Lets at most `cap` different tenants have a label of their own.
#[derive(Debug)]
pub struct TenantLabels {
    cap: usize,
    seen: RwLock<BTreeSet<String>>,
}

impl TenantLabels {
    /// With room for `cap` tenants.
    #[must_use]
    pub fn new(cap: usize) -> Self {
        Self { cap, seen: RwLock::new(BTreeSet::new()) }
    }

    /// The label for a tenant.
    pub fn label<'a>(&self, tenant: &'a str) -> &'a str {
        if self.seen.read().contains(tenant) {
            return tenant;
        }
        let mut seen = self.seen.write();
        if seen.contains(tenant) {
            return tenant;
        }
        if seen.len() >= self.cap {
            return OTHER;
        }
        seen.insert(tenant.to_owned());
        tenant
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenants_beyond_the_cap_share_a_label() {
        let labels = TenantLabels::new(2);
        assert_eq!(labels.label("aurinko"), "aurinko");
        assert_eq!(labels.label("vuori"), "vuori");
        assert_eq!(labels.label("third"), OTHER);
        assert_eq!(labels.label("aurinko"), "aurinko");
    }
}
