//! The wasmtime engine and the thread that moves its epoch.

use std::time::Duration;

use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig,
};

use crate::limits::Limits;

/// The length of one epoch: how exactly a budget is kept.
pub(crate) const TICK: Duration = Duration::from_millis(2);

/// Epochs in `time`, rounded up, and one more because the current one has begun already.
pub(crate) fn ticks(time: Duration) -> u64 {
    let ticks = time.as_micros().div_ceil(TICK.as_micros());
    u64::try_from(ticks).unwrap_or(u64::MAX / 2).saturating_add(1)
}

/// Instances in one component: the guest's module and the encoder's two small adapters, with some room.
const CORE_INSTANCES: u32 = 6;
const TABLES: u32 = 4;

/// Builds an engine. With `metering` it counts fuel too, which costs about as much again as epochs do.
///
/// Each memory reserves 4 GiB of addresses, not of memory, so that accesses need no bounds checks. Where addresses
/// are scarce (`ulimit -v`, small machines) the engine does with what the limits ask for, and checks.
pub(crate) fn build(limits: &Limits, metering: bool) -> wasmtime::Result<Engine> {
    Engine::new(&config(limits, metering)).or_else(|error| {
        let mut frugal = config(limits, metering);
        frugal.memory_reservation(limits.memory() as u64).memory_guard_size(64 << 10);
        let engine = Engine::new(&frugal).map_err(|_| error)?;
        tracing::warn!("few addresses to be had here: plugins run with bounds checks, slower");
        Ok(engine)
    })
}

fn config(limits: &Limits, metering: bool) -> Config {
    let mut pool = PoolingAllocationConfig::new();
    let instances = limits.instances();
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(CORE_INSTANCES))
        .total_memories(instances)
        .total_tables(instances.saturating_mul(TABLES))
        .total_stacks(limits.stacks())
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(1)
        .max_tables_per_component(TABLES)
        .max_component_instance_size(256 << 10)
        .max_core_instance_size(256 << 10)
        .max_memory_size(limits.memory())
        .max_unused_warm_slots(32)
        .linear_memory_keep_resident(256 << 10)
        .table_keep_resident(32 << 10)
        .pagemap_scan(Enabled::Auto);

    let mut config = common(metering);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}

/// What both engines have in common.
fn common(metering: bool) -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .epoch_interruption(true)
        .consume_fuel(metering)
        .cranelift_opt_level(OptLevel::Speed)
        // A trap says what kind it is; the guest's stack is of no use to an operator and costs time.
        .wasm_backtrace_max_frames(None)
        // What plugins do not need, they cannot misuse. The same answer on every machine matters more than speed.
        .wasm_memory64(false)
        // The engine's own adapters between parts of a component have two memories; how many a guest gets is capped.
        .wasm_multi_memory(true)
        .wasm_relaxed_simd(false)
        .cranelift_nan_canonicalization(true)
        .concurrency_support(false);
    config
}

/// Builds the engine for guests that bring a language's runtime along. They are few and are kept, so each gets its memory when it
/// is made, instead of a pool that is reserved for all of them.
pub(crate) fn build_large(limits: &Limits, metering: bool) -> wasmtime::Result<Engine> {
    let mut config = common(metering);
    config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
    Engine::new(&config).or_else(|error| {
        config.memory_reservation(limits.warm.memory as u64).memory_guard_size(64 << 10);
        Engine::new(&config).map_err(|_| error)
    })
}

/// Starts the thread that moves the engine's epoch, and does `also` each time. It ends soon after the engine is dropped.
pub(crate) fn tick(
    engine: &Engine,
    mut also: impl FnMut() + Send + 'static,
) -> std::io::Result<()> {
    let weak = engine.weak();
    std::thread::Builder::new().name("kerros-epoch".to_owned()).stack_size(64 << 10).spawn(
        move || {
            while let Some(engine) = weak.upgrade() {
                engine.increment_epoch();
                drop(engine);
                also();
                std::thread::sleep(TICK);
            }
        },
    )?;
    Ok(())
}
