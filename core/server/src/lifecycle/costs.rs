//! What plugins cost each tenant: counted in memory, added to the store every few seconds.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use kerros_app::ports::clock::Clock;
use kerros_app::ports::costs::{Cost, CostBook, DAY_MS};
use kerros_app::ports::plugin::Call;
use kerros_domain::id::{PluginId, TenantId};
use kerros_host::Kind;
use parking_lot::Mutex;
use tokio::sync::watch;

use super::shadows::stopped;

/// How often counts go to the store; a crash loses no more than this.
const FLUSH_EVERY: Duration = Duration::from_secs(10);
/// Days kept.
const KEPT_DAYS: i64 = 400;

/// Counts.
pub struct Costs {
    clock: Arc<dyn Clock>,
    pending: Mutex<HashMap<(TenantId, PluginId, i64), Cost>>,
}

impl Costs {
    /// Nothing counted yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, pending: Mutex::default() }
    }

    fn today(&self) -> i64 {
        self.clock.now().0.div_euclid(DAY_MS)
    }

    /// Counts a call.
    pub fn add(
        &self,
        call: Call<'_>,
        kind: Kind,
        cpu: Duration,
        failed: bool,
        bytes_in: u64,
        bytes_out: u64,
    ) {
        let day = self.today();
        let (tenant, plugin) = (call.tenant, &call.plugin.plugin);
        let mut pending = self.pending.lock();
        let cost = pending.entry((tenant.clone(), plugin.clone(), day)).or_insert_with(|| Cost {
            tenant: tenant.clone(),
            day,
            plugin: plugin.clone(),
            kind: kind.to_string(),
            calls: 0,
            errors: 0,
            cpu_us: 0,
            bytes_in: 0,
            bytes_out: 0,
        });
        cost.calls += 1;
        cost.errors += u64::from(failed);
        cost.cpu_us += u64::try_from(cpu.as_micros()).unwrap_or(u64::MAX);
        cost.bytes_in += bytes_in;
        cost.bytes_out += bytes_out;
    }

    /// Adds what was counted to the store; what it does not take is kept for the next time.
    pub async fn flush(&self, book: &dyn CostBook) {
        let counted: Vec<Cost> = self.pending.lock().drain().map(|(_, cost)| cost).collect();
        if counted.is_empty() {
            return;
        }
        if let Err(error) = book.add_costs(&counted).await {
            tracing::warn!(%error, "costs of plugins wait for the store");
            let mut pending = self.pending.lock();
            for cost in counted {
                let key = (cost.tenant.clone(), cost.plugin.clone(), cost.day);
                pending.entry(key).and_modify(|sum| add(sum, &cost)).or_insert(cost);
            }
        }
    }

    /// Flushes until `stop`, and once more.
    pub async fn run(self: Arc<Self>, book: Arc<dyn CostBook>, mut stop: watch::Receiver<bool>) {
        let mut tick = tokio::time::interval(FLUSH_EVERY);
        let mut forgotten = None;
        loop {
            tokio::select! {
                () = stopped(&mut stop) => break,
                _ = tick.tick() => {}
            }
            self.flush(&*book).await;
            let today = self.today();
            if forgotten != Some(today) && book.forget_costs(today - KEPT_DAYS).await.is_ok() {
                forgotten = Some(today);
            }
        }
        self.flush(&*book).await;
    }
}

fn add(sum: &mut Cost, more: &Cost) {
    sum.calls += more.calls;
    sum.errors += more.errors;
    sum.cpu_us += more.cpu_us;
    sum.bytes_in += more.bytes_in;
    sum.bytes_out += more.bytes_out;
}
