//! The composition root: settings and files in, a running house's parts out.

mod map;
mod promises;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kerros_app::local_bus::LocalBus;
use kerros_app::memory::MemoryFiles;
use kerros_app::ports::bus::Bus;
use kerros_app::ports::clock::{Clock, Ids};
use kerros_app::ports::files::Files;
use kerros_app::ports::outbound::Outbound;
use kerros_app::ports::secrets::Secrets;
use kerros_app::{Ctx, Ports};
use kerros_host::{Host, HostPorts};
use kerros_observe::metrics::Metrics;
use kerros_outbound::Client;
use kerros_search::Articles;
use kerros_settings::{Fault, Settings};
use kerros_store::SqlStore;

use crate::lifecycle::costs::Costs;
use crate::lifecycle::failed::FailedCalls;
use crate::lifecycle::shadows::{self, Shadows};
use crate::lifecycle::versions::Versions;
use crate::lifecycle::watched::Watched;
use crate::node::born;
use crate::node::clock::{SystemClock, SystemIds};
use crate::node::configured::Configured;
use crate::node::keyring::{Keyring, Sources};
use crate::node::measured::Measured;
use crate::node::meter::Counting;
use crate::node::plugins;
use crate::node::post::{self, Outward, Post};
use crate::tenants::Directory;
use crate::tenants::read::{Read, Reader};
use crate::tenants::reload::{self, Seen};

pub use map::{host_options, web_limits, web_sessions, work_config};

/// Everything that runs, put together.
pub struct House {
    /// The config folder.
    pub config: PathBuf,
    /// The platform's settings.
    pub settings: Settings,
    /// What use cases are given.
    pub ctx: Ctx,
    /// The database.
    pub store: Arc<SqlStore>,
    /// The plugins.
    pub host: Arc<Host>,
    /// Mailboxes and accounts to send over.
    pub post: Arc<Post>,
    /// Which version of a plugin serves which use.
    pub versions: Arc<Versions>,
    /// New versions that run beside the live ones.
    pub shadows: Arc<Shadows>,
    /// Failed calls that are kept.
    pub failed: Arc<FailedCalls>,
    /// What plugins cost.
    pub costs: Arc<Costs>,
    /// The tenants.
    pub directory: Arc<Directory>,
    /// Their secrets.
    pub keyring: Arc<Keyring>,
    /// Their articles.
    pub search: Arc<Articles>,
    /// The registry.
    pub metrics: Arc<Metrics>,
    ids: Arc<SystemIds>,
}

/// Why the house does not stand.
#[derive(Debug, thiserror::Error)]
pub enum NotBuilt {
    /// Tenants' files are faulty; every finding.
    #[error("the tenants' files are faulty")]
    Tenants(Vec<Fault>),
    /// Something else, in words.
    #[error("{0}")]
    Other(String),
}

impl House {
    /// The plugins' folder.
    pub fn plugins_dir(&self) -> PathBuf {
        plugins_dir(&self.settings)
    }

    /// Reads tenants as they are to be read here.
    pub fn reader(&self) -> Reader<'_> {
        Reader {
            config: &self.config,
            data: &self.settings.data,
            policy: &self.settings.plugins.policy,
            host: &self.host,
            versions: &self.versions,
            ids: Some(&*self.ids),
        }
    }

    /// Seconds since 1970, for gauges.
    pub fn now_seconds(&self) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "milliseconds fit a double for 280,000 years"
        )]
        let millis = self.ctx.now().0 as f64;
        millis / 1000.0
    }
}

/// Where extra plugins lie.
pub fn plugins_dir(settings: &Settings) -> PathBuf {
    settings.data.join(&settings.plugins.dir)
}

/// The database's address: the setting's, or SQLite in the data folder.
///
/// # Errors
/// A sentence, if the setting names a secret that is not there.
pub fn database_url(config: &Path, settings: &Settings) -> Result<String, String> {
    use kerros_settings::secret::Guarded;
    let url = match &settings.database.url {
        Guarded::Plain(url) => url.reveal().to_owned(),
        Guarded::From(source) => {
            let sources = Sources { config, data: &settings.data, ids: None };
            let value = sources.read(&"platform".into(), "database", source)?;
            let value = value.ok_or("database.url: the variable or file it names is not set")?;
            String::from_utf8(value).map_err(|_| "database.url: not text".to_owned())?
        }
    };
    if url.is_empty() {
        let path =
            std::path::absolute(settings.data.join("kerros.db")).map_err(|e| e.to_string())?;
        return Ok(format!("sqlite://{}", path.display()));
    }
    Ok(url)
}

/// Opens the database; `existing` makes and migrates nothing.
///
/// # Errors
/// A sentence without the address, which may hold a password.
pub async fn open_store(
    url: &str,
    settings: &Settings,
    node: Arc<str>,
    existing: bool,
) -> Result<SqlStore, String> {
    let options = kerros_store::Options {
        node,
        existing,
        readers: settings.database.readers,
        writers: settings.database.writers,
        patience: settings.database.wait.0,
        ..kerros_store::Options::default()
    };
    kerros_store::open(url, options).await.map_err(|error| match error {
        kerros_store::OpenError::Address(_) => {
            "database.url: allowed is sqlite:///path/to/file.db or postgres://user@host/name"
                .to_owned()
        }
        other => other.to_string(),
    })
}

/// The folder that holds everything, made if missing.
///
/// # Errors
/// A sentence.
pub fn make_data_dir(settings: &Settings) -> Result<(), String> {
    let folder = &settings.data;
    make_private_dir(folder)
        .map_err(|error| format!("the data folder {} cannot be made: {error}", folder.display()))
}

/// Makes a folder for this user alone; one that is there stays as it is.
pub fn make_private_dir(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Starts the engine with its ports, and loads every plugin. Blocks.
fn load_plugins(
    settings: &Settings,
    ports: HostPorts,
    versions: &Versions,
) -> Result<(Arc<Host>, plugins::Seen), String> {
    let options = map::host_options(settings);
    let host = Arc::new(Host::new(options, ports).map_err(|error| error.to_string())?);
    let seen = plugins::load_all(&host, versions)?;
    Ok((host, seen))
}

/// Puts the house together. `base_url` is where it is reached.
///
/// # Errors
/// Faulty tenants' files, or what else is in the way.
pub async fn compose(
    config: &Path,
    settings: Settings,
    base_url: &str,
) -> Result<(Arc<House>, Seen), NotBuilt> {
    compose_with(config, settings, base_url, None).await
}

/// As [`compose`]; with an `outside` nothing reaches the world: it answers every request in the world's place.
///
/// # Errors
/// As [`compose`].
pub async fn compose_with(
    config: &Path,
    settings: Settings,
    base_url: &str,
    outside: Option<Arc<dyn Outbound>>,
) -> Result<(Arc<House>, Seen), NotBuilt> {
    make_data_dir(&settings).map_err(NotBuilt::Other)?;
    // From the start, so that changes in it are noticed; one that cannot be made holds nothing.
    let plugins = plugins_dir(&settings);
    if let Err(error) = make_private_dir(&plugins) {
        tracing::warn!(folder = %plugins.display(), %error, "the plugins' folder cannot be made");
    }
    let clock = Arc::new(SystemClock);
    let ids = Arc::new(SystemIds::default());
    let node: Arc<str> = node_name(&*ids).into();
    let keyring = Arc::new(Keyring::default());
    let search = Arc::new(Articles::new());
    let counting = Arc::new(Counting::default());
    let client = |files: Arc<dyn Files>| -> Arc<dyn Outbound> {
        if let Some(outside) = &outside {
            return Arc::clone(outside);
        }
        let secrets = Arc::clone(&keyring) as Arc<dyn Secrets>;
        let caps = map::outbound_caps(&settings);
        let clock = Arc::clone(&clock) as Arc<dyn Clock>;
        Arc::new(Client::new(secrets, files, clock, caps))
    };
    let host_ports = HostPorts {
        // What a bot asks for carries no files.
        outbound: client(Arc::new(MemoryFiles::default())),
        search: search.clone(),
        secrets: keyring.clone(),
        clock: clock.clone(),
        meter: counting.clone(),
    };

    // Compiling or mapping plugins and opening the database take the longest: side by side.
    let versions = Arc::new(Versions::new(&settings));
    let shadows = Arc::new(shadows_of(&settings, &host_ports));
    let kept = usize::try_from(settings.plugins.keep_failed_calls).unwrap_or(usize::MAX);
    let failed =
        Arc::new(FailedCalls::new(&settings.data, kept, clock.clone(), Arc::clone(&keyring)));
    let costs = Arc::new(Costs::new(clock.clone()));
    let loading = {
        let (config, settings, ids) = (config.to_owned(), settings.clone(), Arc::clone(&ids));
        let versions = Arc::clone(&versions);
        tokio::task::spawn_blocking(move || {
            let (host, seen) =
                load_plugins(&settings, host_ports, &versions).map_err(NotBuilt::Other)?;
            let read = Reader {
                config: &config,
                data: &settings.data,
                policy: &settings.plugins.policy,
                host: &host,
                versions: &versions,
                ids: Some(&*ids),
            }
            .all()
            .map_err(|fault| NotBuilt::Tenants(vec![fault]))?;
            Ok((host, seen, read))
        })
    };
    let url = database_url(config, &settings).map_err(NotBuilt::Other)?;
    let (store, loaded) =
        tokio::join!(open_store(&url, &settings, Arc::clone(&node), false), loading);
    let store = Arc::new(store.map_err(NotBuilt::Other)?);
    if store.news().is_none() {
        store.vacate().await.map_err(|error| NotBuilt::Other(error.to_string()))?;
    }
    let kept = Arc::clone(&store) as Arc<dyn kerros_app::ports::kv::Kv>;
    let (host, seen, read) = loaded.map_err(|error| NotBuilt::Other(error.to_string()))??;
    shadows.keep_in(Arc::clone(&kept));
    host.keep_in(kept);
    refuse_faulty(&read, &settings.data)?;

    let promised = promises::sample(&*host, &read).await;
    let edges: Vec<f64> =
        promised.into_iter().chain(settings.metrics.buckets.iter().copied()).collect();
    let metrics = Metrics::new(&edges, settings.metrics.tenants)
        .map_err(|error| NotBuilt::Other(error.to_string()))?;
    let metrics = Arc::new(metrics);
    born::node(&metrics);
    counting.begin(Arc::clone(&metrics));
    shadows.begin(Arc::clone(&metrics));

    let directory = Arc::new(Directory::default());
    let bus = Arc::new(LocalBus::default());
    forward_news(&store, &bus);
    let measured = Measured { store: Arc::clone(&store), metrics: Arc::clone(&metrics) };
    let watched = Arc::new(Watched {
        host: Arc::clone(&host),
        shadows: Arc::clone(&shadows),
        failed: Arc::clone(&failed),
        costs: Arc::clone(&costs),
        meter: counting.clone(),
    });
    let channels = Configured { inner: watched.clone(), secrets: Arc::clone(&keyring) as _ };
    let files = Arc::new(kerros_store::FileStore::new(
        Arc::clone(&store),
        settings.data.join("files"),
        Arc::clone(&clock) as _,
        Arc::clone(&ids) as _,
    ));
    let outbound = client(Arc::clone(&files) as _);
    let post = Arc::new(Post::new(post::Parts {
        http: outbound.clone(),
        secrets: keyring.clone(),
        files: Arc::clone(&files) as _,
        clock: clock.clone(),
        meter: counting.clone(),
        data: settings.data.clone(),
    }));
    let outward: Arc<dyn Outbound> = match outside {
        Some(outside) => outside,
        None => Arc::new(Outward { http: outbound, mail: Arc::clone(&post.outboxes) }),
    };
    let ctx = Ctx::new(Ports {
        store: Arc::new(measured),
        files: Arc::clone(&files) as _,
        tenants: directory.clone(),
        channels: Arc::new(channels),
        bots: watched.clone(),
        taggers: watched.clone(),
        slas: watched.clone(),
        reports: watched,
        outbound: outward,
        search: search.clone(),
        bus,
        clock,
        ids: ids.clone(),
        meter: counting,
        node,
        base_url: base_url.into(),
    });
    let house = Arc::new(House {
        config: config.to_owned(),
        settings,
        ctx,
        store,
        post,
        host,
        versions,
        shadows,
        failed,
        costs,
        directory,
        keyring,
        search,
        metrics,
        ids,
    });
    let seen = Seen::at_start(&read, seen);
    for one in read {
        let (id, is_sound) = (one.id.clone(), one.tenant.is_some());
        if !reload::take_in(&house, one) && is_sound {
            return Err(NotBuilt::Other(format!("tenant {id} could not be taken in")));
        }
    }
    Ok((house, seen))
}

fn shadows_of(settings: &Settings, live: &HostPorts) -> Shadows {
    let options = shadows::options(&map::host_options(settings));
    let ports = shadows::Reach::of(live);
    let make = move || Host::new(options.clone(), ports.ports()).map_err(|error| error.to_string());
    let size = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
    let shadow = &settings.plugins.shadow;
    let (queue, differences) = (size(shadow.queue), size(shadow.differences));
    let clock = Arc::clone(&live.clock);
    Shadows::new(queue, differences, settings.data.clone(), clock, Box::new(make))
}

/// What somebody wrote wrong ends the start. A tenant whose plugins are refused is left out instead, for the others'
/// sake; without others there is nothing to serve.
fn refuse_faulty(read: &[Read], data: &Path) -> Result<(), NotBuilt> {
    let serves = read.iter().any(|one| one.tenant.is_some());
    let mut refused = read.iter().filter(|one| one.tenant.is_none()).peekable();
    if refused.peek().is_none() || (serves && refused.all(|one| one.is_left_out(data))) {
        return Ok(());
    }
    Err(NotBuilt::Tenants(read.iter().flat_map(|one| one.faults.clone()).collect()))
}

/// What other nodes on the same database commit is news here too.
fn forward_news(store: &SqlStore, bus: &Arc<LocalBus>) {
    use tokio::sync::broadcast::error::RecvError;
    let Some(mut heard) = store.news() else { return };
    let bus = Arc::clone(bus);
    tokio::spawn(async move {
        loop {
            match heard.recv().await {
                Ok(news) => bus.publish(news),
                // Listeners ask the database when they look again.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
        }
    });
}

/// A name for this start: leases of an earlier one are not its own.
fn node_name(ids: &dyn Ids) -> String {
    let random: String = ids.secret().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("node-{random}")
}
