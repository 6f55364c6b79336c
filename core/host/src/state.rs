//! What the host keeps while a call runs: whose it is, what it was granted and how much it has used.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kerros_app::ports::plugin::Call;
use kerros_app::ports::report::FactSource;
use kerros_app::tenant::Grants;
use kerros_domain::id::{PluginId, TenantId};
use wasmtime::ResourceLimiter;

use crate::host::HostPorts;
use crate::limits::LaneLimits;
use crate::spent::Spent;
use crate::tape::Tape;

/// The data of one call's store.
pub(crate) struct CallState {
    pub(crate) ports: Arc<HostPorts>,
    pub(crate) tenant: TenantId,
    pub(crate) plugin: PluginId,
    pub(crate) name: String,
    pub(crate) trace: String,
    pub(crate) grants: Grants,
    pub(crate) facts: Option<Arc<dyn FactSource>>,
    /// Where what it asks is taken down, if somebody wants to know.
    pub(crate) tape: Option<Tape>,
    /// Log lines written.
    pub(crate) lines: u32,
    /// Requests, searches or facts asked for.
    pub(crate) asked: u32,
    /// Processor time used.
    pub(crate) spent: Spent,
    started: Instant,
    busy: Duration,
    wall: Duration,
    memory: usize,
    /// Most linear memory it had, bytes.
    pub(crate) peak: usize,
    /// It asked for more memory than it may have.
    pub(crate) denied: bool,
}

impl CallState {
    pub(crate) fn new(
        ports: Arc<HostPorts>,
        call: Call<'_>,
        facts: Option<Arc<dyn FactSource>>,
        limits: &LaneLimits,
    ) -> Self {
        Self {
            ports,
            tenant: call.tenant.clone(),
            plugin: call.plugin.plugin.clone(),
            name: call.plugin.name.clone(),
            trace: call.trace.to_owned(),
            grants: call.plugin.grants.clone(),
            facts,
            tape: Tape::current(),
            lines: 0,
            asked: 0,
            spent: Spent::default(),
            started: Instant::now(),
            busy: limits.busy,
            wall: limits.wall,
            memory: limits.memory,
            peak: 0,
            denied: false,
        }
    }

    /// Whether the guest's own time, or all time, is used up.
    pub(crate) fn is_over(&self) -> bool {
        self.spent.time() >= self.busy || self.started.elapsed() >= self.wall
    }
}

impl ResourceLimiter for CallState {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired > self.memory {
            self.denied = true;
            return Ok(false);
        }
        self.peak = self.peak.max(desired);
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= 20_000)
    }

    fn instances(&self) -> usize {
        8
    }

    fn tables(&self) -> usize {
        8
    }

    fn memories(&self) -> usize {
        1
    }
}
