//! The one road of every call: find the plugin, ask the breaker, wait for room, a fresh store, run, judge, tell.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use kerros_app::ports::meter::Measure;
use kerros_app::ports::plugin::{Call, PluginError};
use kerros_app::ports::report::FactSource;
use tokio::sync::OwnedSemaphorePermit;
use wasmtime::{Store, Trap, UpdateDeadline};

use crate::admission::Place;
use crate::breaker::{Pass, Passage, UseKey, Version};
use crate::ended::{Ended, outcome};
use crate::engine::ticks;
use crate::host::{CallFigures, Host};
use crate::kind::{Code, Kind};
use crate::limits::LaneLimits;
use crate::plugin::Plugin;
use crate::state::CallState;

/// How long a guest computes before the host looks at its budget; a waiting kind then lets other tasks of the thread
/// have a turn.
const SLICE: Duration = Duration::from_millis(10);

/// A call on its way.
struct Begun<'a> {
    kind: Kind,
    verb: &'static str,
    plugin: Arc<Plugin>,
    pass: Pass<'a>,
    limits: &'a LaneLimits,
    version: Version,
    _place: Place,
    _seat: Option<OwnedSemaphorePermit>,
}

impl Host {
    /// Calls a pure kind, on this thread: it takes microseconds, and its budget is short.
    pub(crate) async fn call<O>(
        &self,
        kind: Kind,
        verb: &'static str,
        call: Call<'_>,
        run: impl FnOnce(&Code, &mut Store<CallState>) -> Result<O, Ended> + Send,
    ) -> Result<O, PluginError> {
        let begun = self.begin(kind, verb, call).await?;
        let started = Instant::now();
        let mut store = self.store(call, None, &begun);
        let slice = begun.limits.busy.min(SLICE);
        store.set_epoch_deadline(ticks(slice));
        store.epoch_deadline_callback(move |store| {
            if store.data().is_over() {
                return Err(Trap::Interrupt.into());
            }
            Ok(UpdateDeadline::Continue(ticks(slice)))
        });
        let spent = store.data().spent.clone();
        let result = spent.run(|| run(&begun.plugin.code, &mut store));
        self.end(begun, call, store, started, result)
    }

    /// Calls a kind that may wait, without holding a thread while it does.
    pub(crate) async fn call_waiting<O: Send>(
        &self,
        kind: Kind,
        verb: &'static str,
        call: Call<'_>,
        facts: Option<Arc<dyn FactSource>>,
        run: impl for<'s> FnOnce(&'s Code, &'s mut Store<CallState>) -> BoxFuture<'s, Result<O, Ended>>
        + Send,
    ) -> Result<O, PluginError> {
        let begun = self.begin(kind, verb, call).await?;
        let started = Instant::now();
        let mut store = self.store(call, facts, &begun);
        store.set_epoch_deadline(ticks(SLICE));
        store.epoch_deadline_callback(|store| {
            if store.data().is_over() {
                return Err(Trap::Interrupt.into());
            }
            Ok(UpdateDeadline::Yield(ticks(SLICE)))
        });
        let spent = store.data().spent.clone();
        let running = spent.count(run(&begun.plugin.code, &mut store));
        let result = match tokio::time::timeout(begun.limits.wall, running).await {
            Ok(result) => result,
            Err(_) => Err(Ended::Late),
        };
        self.end(begun, call, store, started, result)
    }

    async fn begin(
        &self,
        kind: Kind,
        verb: &'static str,
        call: Call<'_>,
    ) -> Result<Begun<'_>, PluginError> {
        let begun = self.admit(kind, verb, call).await;
        if let Err(error) = &begun {
            let word = outcome::<()>(&Err(error.clone()));
            self.record(kind, verb, call, word, [Duration::ZERO; 2]);
        }
        begun
    }

    async fn admit(
        &self,
        kind: Kind,
        verb: &'static str,
        call: Call<'_>,
    ) -> Result<Begun<'_>, PluginError> {
        let unavailable = |message: String| Err(PluginError::Unavailable { message });
        let id = &call.plugin.plugin;
        let Some(plugin) = self.registry.get(id, call.plugin.version.as_deref()) else {
            return unavailable(match &call.plugin.version {
                Some(digest) => format!("version {digest} of {id} is not loaded"),
                None => format!("{id} is not loaded"),
            });
        };
        if plugin.loaded.manifest.kind != kind {
            return unavailable(format!("{id} is a {}", plugin.loaded.manifest.kind));
        }
        let version =
            Version { digest: plugin.loaded.digest.clone(), config: call.plugin.config.clone() };
        let now = self.ports.clock.now();
        let pass = match self.breakers.enter(key(kind, call), version.clone(), now) {
            Passage::Go { pass, changed } => {
                self.record_breaker(kind, call, changed);
                pass
            }
            Passage::Closed { for_ms } => {
                let seconds = (for_ms.max(0) + 999) / 1000;
                return unavailable(format!(
                    "stopped after repeated faults, tried again in {seconds} s"
                ));
            }
        };
        let (limits, room) = self.lane(kind);
        let place = room.enter(call.tenant).await?;
        let seat = match plugin.loaded.warm {
            true => Some(self.warm.seat(&key(kind, call), limits.queue).await?),
            false => None,
        };
        Ok(Begun { kind, verb, plugin, pass, limits, version, _place: place, _seat: seat })
    }

    /// A fresh store: nothing of an earlier call or another tenant is in it. For a kind of guest that is kept, the store
    /// of an earlier call of the same use, if one is free.
    fn store(
        &self,
        call: Call<'_>,
        facts: Option<Arc<dyn FactSource>>,
        begun: &Begun<'_>,
    ) -> Store<CallState> {
        let Begun { kind, plugin, limits, version, .. } = begun;
        let kept = plugin.loaded.warm.then(|| self.warm.take(&key(*kind, call), version)).flatten();
        let mut store = if let Some(mut store) = kept {
            store.data_mut().again(call, facts, limits);
            store
        } else {
            let shape = self.engines.shape(plugin.loaded.warm, limits.memory);
            let mut state = CallState::new(
                self.ports.clone(),
                call,
                facts,
                limits,
                plugin,
                shape,
                self.kv.clone(),
            );
            if plugin.loaded.warm {
                state.allow(self.options.limits.warm.first_busy);
            }
            let mut store = Store::new(plugin.code.engine(), state);
            store.limiter(|state| state);
            store.set_hostcall_fuel(limits.output);
            store.set_max_component_handles(self.options.limits.handles);
            store
        };
        if self.options.metering {
            // Fails only where fuel is off.
            let _ = store.set_fuel(u64::MAX / 2);
        }
        store
    }

    fn end<O>(
        &self,
        begun: Begun<'_>,
        call: Call<'_>,
        mut store: Store<CallState>,
        started: Instant,
        result: Result<O, Ended>,
    ) -> Result<O, PluginError> {
        let time = started.elapsed();
        let Begun { kind, verb, plugin, pass, version, limits: _, _place, _seat } = begun;
        store.data_mut().end_lines();
        let state = store.data();
        let cpu = state.spent.used();
        if self.options.figures.is_some() || state.tape.is_some() {
            let fuel = self.options.metering.then(|| store.get_fuel().ok()).flatten();
            let fuel = fuel.map(|left| u64::MAX / 2 - left);
            let used = CallFigures { time, cpu, fuel, memory: state.peak };
            if let Some(figures) = &self.options.figures {
                figures(used);
            }
            if let Some(tape) = &state.tape {
                tape.note(used);
            }
        }
        let result = result.map_err(|ended| ended.into_error(state.denied.then_some(state.most())));
        let word = outcome(&result);
        let broke = matches!(word, "fault" | "timeout");
        let now = self.ports.clock.now();
        if plugin.loaded.warm && !broke {
            self.warm.put(key(kind, call), &version, store, Instant::now());
        }
        let changed = pass.settle(broke, now);
        self.record(kind, verb, call, word, [time, cpu]);
        self.record_breaker(kind, call, changed);
        if let Err(error) = &result
            && broke
        {
            tracing::warn!(
                tenant = call.tenant.as_str(), plugin = call.plugin.plugin.as_str(),
                r#use = %call.plugin.name, trace = call.trace, call = verb, fault = word, "{error}"
            );
            self.faults.note(key(kind, call), &call.plugin.plugin, now, word, error);
        }
        result
    }

    fn record(
        &self,
        kind: Kind,
        verb: &'static str,
        call: Call<'_>,
        outcome: &'static str,
        [time, cpu]: [Duration; 2],
    ) {
        self.ports.meter.record(Measure::PluginCall {
            tenant: call.tenant,
            plugin: call.plugin.plugin.as_str(),
            kind: kind.as_str(),
            call: verb,
            outcome,
            seconds: time.as_secs_f64(),
            cpu: cpu.as_secs_f64(),
        });
    }

    fn record_breaker(&self, kind: Kind, call: Call<'_>, changed: Option<u8>) {
        if let Some(state) = changed {
            let (tenant, plugin) = (call.tenant, call.plugin.plugin.as_str());
            self.ports.meter.record(Measure::Breaker {
                tenant,
                plugin,
                kind: kind.as_str(),
                state,
            });
        }
    }
}

fn key(kind: Kind, call: Call<'_>) -> UseKey {
    UseKey { tenant: call.tenant.clone(), kind, name: call.plugin.name.clone() }
}
