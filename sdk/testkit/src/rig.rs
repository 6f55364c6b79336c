//! One plugin on two hosts: the production one for time and behaviour, a metering one for fuel.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kerros_app::ports::meter::NoMeter;
use kerros_app::ports::plugin::{Call, PluginError};
use kerros_app::tenant::{Grants, PluginUse};
use kerros_domain::id::TenantId;
use kerros_host::{BreakerPolicy, CallFigures, Host, HostOptions, HostPorts, Kind, Limits, Loaded};
use serde_json::Value;

use crate::kind;
use crate::ports::{Outside, Shared, Still};
use crate::report::{Figures, Spent};

/// What a plugin may use while it is tested.
#[derive(Debug, Clone)]
pub struct Budget {
    /// The limits of a call: production's.
    pub limits: Limits,
    /// How often a call is repeated for its figures, at least 2.
    pub repeats: u32,
    /// Where compiled code is kept, for guests that take long to compile; `None` compiles each time.
    pub cache: Option<PathBuf>,
    /// Changed inputs of every call; 0 leaves them out.
    pub random: u32,
    /// What they are made from: the same seed makes the same inputs.
    pub seed: u64,
}

impl Default for Budget {
    fn default() -> Self {
        // One call at a time: room for more would only reserve address space.
        let mut limits = Limits::default();
        for lane in [&mut limits.pure, &mut limits.io, &mut limits.batch] {
            lane.parallel = 2;
            lane.per_tenant = 2;
        }
        Self { limits, repeats: 20, cache: None, random: 0, seed: 1 }
    }
}

pub(crate) struct Rig {
    pub(crate) loaded: Loaded,
    production: Host,
    /// Not for guests that are kept: what a runtime's instructions add up to says nothing, and compiling takes long.
    metering: Option<Host>,
    outside: Shared,
    figures: Arc<Mutex<Option<CallFigures>>>,
    all: Mutex<BTreeMap<String, Vec<CallFigures>>>,
    limits: Limits,
    repeats: u32,
}

/// An answer in JSON, or the plugin's error.
pub(crate) type Answered = Result<Value, PluginError>;

/// What a call gave, and what it took.
pub(crate) struct Ran {
    pub(crate) answer: Result<Value, PluginError>,
    pub(crate) figures: Option<Figures>,
    /// A later call with the same input answered otherwise.
    pub(crate) other_answer: Option<Result<Value, PluginError>>,
}

impl Rig {
    /// Loads the plugin on both hosts.
    pub(crate) fn new(wasm: &[u8], budget: &Budget) -> Result<Self, String> {
        let outside = Shared::default();
        let figures = Arc::new(Mutex::new(None));
        let host = |metering: bool| {
            let figures = figures.clone();
            let options = HostOptions {
                limits: budget.limits.clone(),
                breaker: BreakerPolicy { faults: u32::MAX, cool_down: Duration::ZERO },
                metering,
                cache_dir: budget.cache.clone(),
                figures: Some(Arc::new(move |call: CallFigures| {
                    *figures.lock().unwrap_or_else(PoisonError::into_inner) = Some(call);
                })),
            };
            let ports = HostPorts {
                outbound: Arc::new(outside.clone()),
                search: Arc::new(outside.clone()),
                secrets: Arc::new(outside.clone()),
                clock: Arc::new(Still),
                meter: Arc::new(NoMeter),
            };
            let host = Host::new(options, ports).map_err(|e| e.to_string())?;
            host.keep_in(Arc::new(outside.clone()));
            Ok::<_, String>(host)
        };
        let production = host(false)?;
        let loaded = production.load(wasm).map_err(|e| e.to_string())?;
        let metering = if loaded.warm {
            None
        } else {
            let metering = host(true)?;
            metering.load(wasm).map_err(|e| e.to_string())?;
            Some(metering)
        };
        let repeats = budget.repeats.max(2);
        let (all, limits) = (Mutex::default(), budget.limits.clone());
        Ok(Self { loaded, production, metering, outside, figures, all, limits, repeats })
    }

    /// The faults of a config by the plugin's own schema, in lines.
    pub(crate) fn config_faults(&self, config: &Value) -> Vec<String> {
        let faults = self.production.check_config(&self.loaded.manifest.id, config);
        faults.into_iter().map(|fault| format!("{}: {}", fault.path, fault.message)).collect()
    }

    /// Calls again and again, and once with the meter on.
    ///
    /// # Errors
    /// The input or the call's name is not of this kind.
    pub(crate) async fn run(
        &self,
        call: &str,
        config: &str,
        input: &Value,
        outside: &Outside,
    ) -> Result<Ran, String> {
        let answer = self.once(&self.production, call, config, input, outside).await?;
        let mut times = Vec::new();
        let mut memory = 0;
        let mut other_answer = None;
        for _ in 1..self.repeats {
            let again = self.once(&self.production, call, config, input, outside).await?;
            if let Some(figures) = self.taken(call) {
                times.push(figures.time);
                memory = figures.memory.max(memory);
            }
            if again != answer && other_answer.is_none() {
                other_answer = Some(again);
            }
            // A call that uses up its budget need not do so twenty times.
            if matches!(answer, Err(PluginError::Timeout)) {
                break;
            }
        }
        let mut fuel = None;
        if let Some(metering) = &self.metering {
            let metered = self.once(metering, call, config, input, outside).await?;
            if metered != answer && other_answer.is_none() {
                other_answer = Some(metered);
            }
            fuel = self.taken(call).and_then(|figures| figures.fuel);
        }
        times.sort();
        let figures = times.last().map(|max| Figures {
            calls: times.len(),
            p50_us: micros(times[times.len() / 2]),
            max_us: micros(*max),
            fuel,
            memory_bytes: memory,
        });
        Ok(Ran { answer, figures, other_answer })
    }

    async fn once(
        &self,
        host: &Host,
        verb: &str,
        config: &str,
        input: &Value,
        outside: &Outside,
    ) -> Result<Result<Value, PluginError>, String> {
        self.outside.set(outside.clone());
        let manifest = &self.loaded.manifest;
        let hosts: Vec<String> = manifest.hosts().map(str::to_owned).collect();
        let secrets: BTreeMap<_, _> =
            outside.secrets.keys().map(|name| (name.clone(), hosts.clone())).collect();
        let plugin = PluginUse {
            name: "test".to_owned(),
            plugin: manifest.id.clone(),
            version: None,
            config: config.into(),
            live: manifest.live,
            role: Default::default(),
            grants: Grants { hosts, secrets, ..Grants::default() },
            sending: Default::default(),
        };
        let tenant = TenantId::from("test");
        let call = Call { tenant: &tenant, plugin: &plugin, trace: "test" };
        kind::call(manifest.kind, host, call, verb, input, outside, &self.outside).await
    }

    /// Calls once as production does.
    ///
    /// # Errors
    /// The input or the call's name is not of this kind.
    pub(crate) async fn plainly(
        &self,
        call: &str,
        config: &str,
        input: &Value,
        outside: &Outside,
    ) -> Result<Answered, String> {
        let answer = self.once(&self.production, call, config, input, outside).await?;
        self.taken(call);
        Ok(answer)
    }

    /// Calls once as production does, and once more with the meter on where there is one.
    ///
    /// # Errors
    /// The input or the call's name is not of this kind.
    pub(crate) async fn twice(
        &self,
        call: &str,
        config: &str,
        input: &Value,
        outside: &Outside,
    ) -> Result<(Answered, Answered), String> {
        let answer = self.once(&self.production, call, config, input, outside).await?;
        self.taken(call);
        let second = self.metering.as_ref().unwrap_or(&self.production);
        let again = self.once(second, call, config, input, outside).await?;
        self.taken(call);
        Ok((answer, again))
    }

    /// The figures of the last call, which are kept for the whole too.
    fn taken(&self, call: &str) -> Option<CallFigures> {
        let figures = self.figures.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(call.to_owned()).or_default().push(figures);
        Some(figures)
    }

    /// What all calls took, by call, beside what they may take.
    pub(crate) fn spent(&self) -> Vec<Spent> {
        let limits = match self.loaded.manifest.kind {
            Kind::Channel | Kind::Tagger | Kind::Sla => &self.limits.pure,
            Kind::Bot => &self.limits.io,
            Kind::Report => &self.limits.batch,
        };
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|(call, figures)| Spent::of(call, figures, limits)).collect()
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
