//! The two engines: one for small guests, made at the start, and one for guests that bring a language's runtime along, made when the
//! first of them is loaded. Each has its cache and its clock.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use parking_lot::Mutex;
use wasmtime::Engine;

use crate::cache::Cache;
use crate::engine;
use crate::host::{HostOptions, StartError};
use crate::state::Shape;
use crate::warm::Warm;

/// How many ticks of the clock pass between two looks at kept instances.
const SWEEP: u32 = 1000;

/// An engine with the cache of its code.
pub(crate) struct Furnace {
    pub(crate) engine: Engine,
    pub(crate) cache: Cache,
}

/// Both engines.
pub(crate) struct Engines {
    options: HostOptions,
    small: Furnace,
    large: OnceLock<Furnace>,
    making: Mutex<()>,
    warm: Arc<Warm>,
}

impl Engines {
    pub(crate) fn new(options: &HostOptions, warm: Arc<Warm>) -> Result<Self, StartError> {
        let engine = engine::build(&options.limits, options.metering)
            .map_err(|e| StartError::Engine(format!("{e:#}")))?;
        engine::tick(&engine, || {}).map_err(|e| StartError::Engine(e.to_string()))?;
        let cache = open(options.cache_dir.as_deref(), &engine)?;
        Ok(Self {
            options: options.clone(),
            small: Furnace { engine, cache },
            large: OnceLock::new(),
            making: Mutex::new(()),
            warm,
        })
    }

    /// The engine for guests that are kept, or the one for the others.
    pub(crate) fn of(&self, warm: bool) -> Result<&Furnace, StartError> {
        if !warm {
            return Ok(&self.small);
        }
        let _one = self.making.lock();
        if let Some(large) = self.large.get() {
            return Ok(large);
        }
        let engine = engine::build_large(&self.options.limits, self.options.metering)
            .map_err(|e| StartError::Engine(format!("{e:#}")))?;
        let kept = Arc::downgrade(&self.warm);
        let mut ticks = 0_u32;
        let sweep = move || {
            ticks += 1;
            if ticks.is_multiple_of(SWEEP)
                && let Some(kept) = kept.upgrade()
            {
                kept.sweep(Instant::now());
            }
        };
        engine::tick(&engine, sweep).map_err(|e| StartError::Engine(e.to_string()))?;
        let cache = open(self.options.cache_dir.as_deref(), &engine)?;
        Ok(self.large.get_or_init(|| Furnace { engine, cache }))
    }

    /// What a store of either engine may hold; `memory` is the lane's.
    pub(crate) fn shape(&self, warm: bool, memory: usize) -> Shape {
        if warm {
            Shape {
                memory: self.options.limits.warm.memory.max(memory),
                instances: 200,
                tables: 200,
                memories: 4,
                elements: 200_000,
            }
        } else {
            Shape { memory, instances: 8, tables: 8, memories: 1, elements: 20_000 }
        }
    }
}

fn open(folder: Option<&Path>, engine: &Engine) -> Result<Cache, StartError> {
    Cache::open(folder, engine).map_err(StartError::Cache)
}
