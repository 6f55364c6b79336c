//! What the host keeps while a call runs: whose it is, what it was granted and how much it has used.

use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kerros_app::ports::plugin::Call;
use kerros_app::ports::report::FactSource;
use kerros_app::tenant::Grants;
use kerros_domain::id::{PluginId, TenantId};
use wasmtime::ResourceLimiter;

use crate::asset::Assets;
use crate::host::{HostPorts, KvSlot};
use crate::limits::LaneLimits;
use crate::plugin::Plugin;
use crate::spent::Spent;
use crate::tape::Tape;
use crate::wasi::Wasi;

/// What a store may hold: a guest of one module, or one that is a whole language's runtime.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) memory: usize,
    pub(crate) instances: usize,
    pub(crate) tables: usize,
    pub(crate) memories: usize,
    pub(crate) elements: usize,
}

/// The data of a store: of one call, or of a kept instance's calls one after the other.
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
    /// Questions to its own store.
    pub(crate) kept_asked: u32,
    pub(crate) kv: KvSlot,
    /// Processor time used.
    pub(crate) spent: Spent,
    started: Instant,
    busy: Duration,
    wall: Duration,
    shape: Shape,
    /// Whether the instance may serve another call of the same use.
    pub(crate) warm: bool,
    /// The exports of a kept instance.
    pub(crate) exports: Option<Arc<dyn Any + Send + Sync>>,
    /// Calls it has served.
    pub(crate) calls: u32,
    /// The plugin's own files.
    pub(crate) assets: Assets,
    /// What a runtime's WASI needs.
    pub(crate) wasi: Wasi,
    /// Linear memory now, and when the instance was new, bytes.
    size: usize,
    rested: usize,
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
        plugin: &Plugin,
        shape: Shape,
        kv: KvSlot,
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
            kept_asked: 0,
            kv,
            spent: Spent::default(),
            started: Instant::now(),
            busy: limits.busy,
            wall: limits.wall,
            shape,
            warm: plugin.loaded.warm,
            exports: None,
            calls: 1,
            assets: plugin.assets.clone(),
            wasi: Wasi::default(),
            size: 0,
            rested: 0,
            peak: 0,
            denied: false,
        }
    }

    /// Makes a kept instance ready for its next call. Whose it is never changes.
    pub(crate) fn again(
        &mut self,
        call: Call<'_>,
        facts: Option<Arc<dyn FactSource>>,
        limits: &LaneLimits,
    ) {
        call.trace.clone_into(&mut self.trace);
        self.grants = call.plugin.grants.clone();
        self.facts = facts;
        self.tape = Tape::current();
        self.lines = 0;
        self.asked = 0;
        self.kept_asked = 0;
        self.spent = Spent::default();
        self.started = Instant::now();
        self.busy = limits.busy;
        self.calls += 1;
        self.peak = self.size;
        self.denied = false;
    }

    /// Gives the first call of an instance time to start it.
    pub(crate) fn allow(&mut self, busy: Duration) {
        self.busy = self.busy.max(busy);
    }

    /// The most memory it may have, bytes.
    pub(crate) fn most(&self) -> usize {
        self.shape.memory
    }

    /// The instance is new: what it has now is what it needs.
    pub(crate) fn rest(&mut self) {
        self.rested = self.size;
    }

    /// How much its memory has grown since it was new, bytes.
    pub(crate) fn grown(&self) -> usize {
        self.size.saturating_sub(self.rested)
    }

    /// Whether the guest's own time, or all time, is used up.
    pub(crate) fn is_over(&self) -> bool {
        self.spent.time() >= self.busy || self.started.elapsed() >= self.wall
    }
}

impl ResourceLimiter for CallState {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let size = self.size.saturating_add(desired.saturating_sub(current));
        if size > self.shape.memory {
            self.denied = true;
            return Ok(false);
        }
        self.size = size;
        self.peak = self.peak.max(size);
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= self.shape.elements)
    }

    fn instances(&self) -> usize {
        self.shape.instances
    }

    fn tables(&self) -> usize {
        self.shape.tables
    }

    fn memories(&self) -> usize {
        self.shape.memories
    }
}
