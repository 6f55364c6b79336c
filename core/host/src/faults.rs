//! The last fault of each use of a plugin, for the console. No payloads.

use std::collections::BTreeMap;

use kerros_app::ports::plugin::PluginError;
use kerros_domain::id::{PluginId, TenantId};
use kerros_domain::time::Timestamp;
use parking_lot::Mutex;
use serde::Serialize;

use crate::breaker::UseKey;
use crate::kind::Kind;

/// The last fault of a use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FaultRecord {
    /// Whose.
    pub tenant: TenantId,
    /// The plugin.
    pub plugin: PluginId,
    /// Its kind.
    pub kind: Kind,
    /// The use's name in the tenant's config.
    pub name: String,
    /// When.
    pub at: Timestamp,
    /// `fault` or `timeout`.
    pub fault: &'static str,
    /// What, in the host's words.
    pub message: String,
    /// Faults of this use since the start.
    pub count: u64,
}

/// All last faults.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<BTreeMap<UseKey, FaultRecord>>);

impl Faults {
    pub(crate) fn note(
        &self,
        key: UseKey,
        plugin: &PluginId,
        at: Timestamp,
        fault: &'static str,
        error: &PluginError,
    ) {
        let mut faults = self.0.lock();
        let count = faults.get(&key).map_or(0, |known| known.count) + 1;
        let record = FaultRecord {
            tenant: key.tenant.clone(),
            plugin: plugin.clone(),
            kind: key.kind,
            name: key.name.clone(),
            at,
            fault,
            message: error.to_string(),
            count,
        };
        faults.insert(key, record);
    }

    pub(crate) fn all(&self) -> Vec<FaultRecord> {
        let mut all: Vec<_> = self.0.lock().values().cloned().collect();
        all.sort_by_key(|record| std::cmp::Reverse(record.at));
        all
    }
}
