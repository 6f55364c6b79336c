//! The host: loaded plugins and what calls need. The ports of the five kinds are implemented in `kind/`.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::admission::Room;
use crate::breaker::{BreakerPolicy, Breakers};
use crate::engines::Engines;
use crate::faults::{FaultRecord, Faults};
use crate::kind::Kind;
use crate::limits::{LaneLimits, Limits};
use crate::plugin::{LoadError, Loaded, Plugin};
use crate::registry::Registry;
use crate::schema::{self, ConfigFault};
use crate::warm::Warm;
use kerros_app::ports::clock::Clock;
use kerros_app::ports::kv::Kv;
use kerros_app::ports::meter::Meter;
use kerros_app::ports::outbound::Outbound;
use kerros_app::ports::search::Search;
use kerros_app::ports::secrets::Secrets;
use kerros_domain::id::PluginId;

/// What the host and its guests reach through other adapters.
pub struct HostPorts {
    /// The guarded client, for bots.
    pub outbound: Arc<dyn Outbound>,
    /// The help-center search, for bots.
    pub search: Arc<dyn Search>,
    /// Secrets, for checks of signatures. Never given to a guest.
    pub secrets: Arc<dyn Secrets>,
    /// Time, for the breaker and the list of faults.
    pub clock: Arc<dyn Clock>,
    /// Calls and breaker states.
    pub meter: Arc<dyn Meter>,
}

/// What one call used, for tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallFigures {
    /// Making the instance and running it; waiting for room is not in it.
    pub time: Duration,
    /// The part of it that used the processor.
    pub cpu: Duration,
    /// Instructions, if the engine counts them.
    pub fuel: Option<u64>,
    /// Most linear memory, bytes.
    pub memory: usize,
}

/// Hears what each call used.
pub type FiguresPort = Arc<dyn Fn(CallFigures) + Send + Sync>;

/// How the host works.
#[derive(Clone, Default)]
pub struct HostOptions {
    /// Folder for compiled code, this program's own; `None` compiles at every start.
    pub cache_dir: Option<PathBuf>,
    /// What calls may use.
    pub limits: Limits,
    /// When a plugin is left alone.
    pub breaker: BreakerPolicy,
    /// Count instructions too: for tools, about twice as slow.
    pub metering: bool,
    /// Hears what each call used.
    pub figures: Option<FiguresPort>,
}

/// Where bots keep things, once the store is open.
pub(crate) type KvSlot = Arc<OnceLock<Arc<dyn Kv>>>;

/// Why the host did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The folder for compiled code cannot be made or protected.
    #[error("the folder for compiled plugins cannot be used: {0}")]
    Cache(std::io::Error),
    /// The engine does not work on this machine.
    #[error("the WebAssembly engine does not start: {0}")]
    Engine(String),
}

/// Runs plugins.
pub struct Host {
    pub(crate) engines: Engines,
    pub(crate) warm: Arc<Warm>,
    pub(crate) ports: Arc<HostPorts>,
    pub(crate) registry: Registry,
    pub(crate) breakers: Breakers,
    pub(crate) faults: Faults,
    pub(crate) options: HostOptions,
    pub(crate) kv: KvSlot,
    pure: Room,
    io: Room,
    batch: Room,
}

impl Host {
    /// Starts the engine and its clock. Plugins are loaded with [`Self::load`].
    ///
    /// # Errors
    /// `Cache` if the folder cannot be used, `Engine` if the machine cannot run it.
    pub fn new(options: HostOptions, ports: HostPorts) -> Result<Self, StartError> {
        let warm = Arc::new(Warm::new(options.limits.warm.clone()));
        let engines = Engines::new(&options, warm.clone())?;
        Ok(Self {
            engines,
            warm,
            ports: Arc::new(ports),
            registry: Registry::default(),
            kv: KvSlot::default(),
            breakers: Breakers::new(options.breaker),
            faults: Faults::default(),
            pure: Room::new(&options.limits.pure),
            io: Room::new(&options.limits.io),
            batch: Room::new(&options.limits.batch),
            options,
        })
    }

    /// Loads a plugin, or a new version of one, from the bytes of its component. Calls that run go on with the
    /// version they began with. Compiling takes a moment: call it where blocking is allowed.
    ///
    /// # Errors
    /// `Refused` with the reason; what was loaded before stays.
    pub fn load(&self, bytes: &[u8]) -> Result<Loaded, LoadError> {
        let largest = self.options.limits.component;
        let plugin = Arc::new(Plugin::load(&self.engines, largest, bytes)?);
        self.registry.put(&plugin);
        Ok(plugin.loaded.clone())
    }

    /// Takes a plugin out; says whether it was there.
    pub fn unload(&self, id: &PluginId) -> bool {
        self.registry.remove(id)
    }

    /// Loads a version that serves only those uses that name its digest, beside whatever serves its id. Compiling
    /// takes a moment: call it where blocking is allowed.
    ///
    /// # Errors
    /// `Refused` with the reason.
    pub fn load_version(&self, bytes: &[u8]) -> Result<Loaded, LoadError> {
        let largest = self.options.limits.component;
        let plugin = Arc::new(Plugin::load(&self.engines, largest, bytes)?);
        self.registry.put_version(&plugin);
        Ok(plugin.loaded.clone())
    }

    /// Takes a version out that [`Self::load_version`] put in; says whether it was there. Calls that run end on it.
    pub fn unload_version(&self, digest: &str) -> bool {
        self.registry.remove_version(digest)
    }

    /// The versions that [`Self::load_version`] put in.
    #[must_use]
    pub fn versions(&self) -> Vec<Loaded> {
        self.registry.versions()
    }

    /// The plugin that serves that id, if it is loaded.
    #[must_use]
    pub fn loaded(&self, id: &PluginId) -> Option<Loaded> {
        self.loaded_version(id, None)
    }

    /// The version of that digest, or without one the plugin that serves the id.
    #[must_use]
    pub fn loaded_version(&self, id: &PluginId, version: Option<&str>) -> Option<Loaded> {
        self.registry.get(id, version).map(|plugin| plugin.loaded.clone())
    }

    /// All loaded plugins, by id.
    #[must_use]
    pub fn plugins(&self) -> Vec<Loaded> {
        self.registry.all()
    }

    /// Checks a config against the plugin's own schema. Empty means fine.
    #[must_use]
    pub fn check_config(&self, id: &PluginId, config: &serde_json::Value) -> Vec<ConfigFault> {
        self.check_version_config(id, None, config)
    }

    /// As [`Self::check_config`], by the schema of that version.
    #[must_use]
    pub fn check_version_config(
        &self,
        id: &PluginId,
        version: Option<&str>,
        config: &serde_json::Value,
    ) -> Vec<ConfigFault> {
        if let Some(plugin) = self.registry.get(id, version) {
            return schema::check(&plugin.schema, config);
        }
        let known: Vec<_> =
            self.plugins().into_iter().map(|loaded| loaded.manifest.id.to_string()).collect();
        let message = format!("no plugin {id} is loaded; loaded are: {}", known.join(", "));
        vec![ConfigFault { path: String::new(), message }]
    }

    /// Says where bots keep things; until then their store does not answer. Once.
    pub fn keep_in(&self, kv: Arc<dyn Kv>) {
        let _ = self.kv.set(kv);
    }

    /// Instances that wait for their next call (`warm.rs`).
    #[must_use]
    pub fn kept_instances(&self) -> usize {
        self.warm.count()
    }

    /// The last fault of each use of a plugin, newest first.
    #[must_use]
    pub fn faults(&self) -> Vec<FaultRecord> {
        self.faults.all()
    }

    /// The lane of a kind: its limits and its room.
    pub(crate) fn lane(&self, kind: Kind) -> (&LaneLimits, &Room) {
        let limits = &self.options.limits;
        match kind {
            Kind::Channel | Kind::Tagger | Kind::Sla => (&limits.pure, &self.pure),
            Kind::Bot => (&limits.io, &self.io),
            Kind::Report => (&limits.batch, &self.batch),
        }
    }
}
