//! `kerros serve`: runs a node.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use kerros_app::ports::costs::CostBook;
use kerros_observe::name::Name;
use kerros_settings::Settings;
use kerros_settings::platform::log::Format;
use kerros_web::WebState;
use kerros_web::health::Readiness;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

use super::{End, Places};
use crate::compose::{self, House, NotBuilt, compose};
use crate::node::signals::{Came, Signals};
use crate::node::{demo, scrape};
use crate::said;
use crate::tenants::reload::{self, Seen};

/// Run a node
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kerros serve
  kerros serve --config /etc/kerros --data /var/lib/kerros --listen 127.0.0.1:9000
  kerros serve --demo

The first SIGTERM or SIGINT stops gracefully, the second at once; SIGHUP looks at the tenants' files and at
secrets in files at once; changed ones are noticed within seconds without it, too.")]
pub struct Serve {
    #[command(flatten)]
    places: Places,
    /// Address and port [default: 127.0.0.1:8080] [env: KERROS_SERVER__LISTEN]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Make demo logins that everybody knows; refused on other than this machine's own address
    #[arg(long)]
    demo: bool,
}

impl Serve {
    /// Runs until a signal.
    pub fn run(self) -> anyhow::Result<End> {
        let Some(settings) = self.places.settings(self.listen.clone()) else {
            return Ok(End::BadCall);
        };
        let address =
            settings.server.address().ok_or_else(|| anyhow!("server.listen: not an address"))?;
        if self.demo {
            demo::allowed(address).map_err(|why| anyhow!(why))?;
        }
        let format = match settings.log.format {
            Format::Text => kerros_observe::log::Format::Text,
            Format::Json => kerros_observe::log::Format::Json,
        };
        kerros_observe::log::start(&settings.log.filter, format)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let end = runtime.block_on(serve(&self.places.config, settings, self.demo));
        // What still blocks (a report, a compile) does not hold the end up.
        runtime.shutdown_timeout(Duration::from_secs(1));
        end
    }
}

async fn serve(config: &Path, settings: Settings, with_demo: bool) -> anyhow::Result<End> {
    let began = Instant::now();
    let mut signals = Signals::listen()?;
    let _lock = lock(config, &settings)?;
    let listen = settings.server.listen.clone();
    let listener =
        TcpListener::bind(&listen).await.with_context(|| format!("cannot listen on {listen}"))?;
    let at = listener.local_addr()?;
    let base_url = match settings.server.base_url.as_str() {
        "" => format!("http://{at}"),
        _ => settings.base_url(),
    };
    let (house, seen) = match compose(config, settings, &base_url).await {
        Ok(built) => built,
        Err(NotBuilt::Tenants(faults)) => {
            faults.iter().for_each(|fault| said::note(&fault.to_string()));
            return Ok(End::BadCall);
        }
        Err(NotBuilt::Other(why)) => bail!(why),
    };
    let (stop, stopped) = watch::channel(false);
    let (reload, asked) = mpsc::channel(1);
    let node = Node::start(Arc::clone(&house), listener, seen, asked, &stopped);
    let logins =
        if with_demo { demo::make(&house).await.map_err(|why| anyhow!(why))? } else { Vec::new() };
    node.ready();
    greet(&house, &base_url, &logins, began.elapsed());

    while signals.next().await == Came::Reload {
        // A full channel means that a look is due anyway.
        let _ = reload.try_send(());
    }
    tokio::select! {
        () = node.end(&house, &stop) => {}
        () = signals.stop() => {
            tracing::warn!("second signal: leaving at once");
            std::process::exit(130);
        }
    }
    Ok(End::Fine)
}

/// The tasks of a running node.
pub(super) struct Node {
    readiness: Arc<Readiness>,
    web: tokio::task::JoinHandle<()>,
    work: kerros_app::work::Running,
    post: tokio::task::JoinHandle<()>,
    costs: tokio::task::JoinHandle<()>,
}

impl Node {
    pub(super) fn start(
        house: Arc<House>,
        listener: TcpListener,
        seen: Seen,
        asked: mpsc::Receiver<()>,
        stopped: &watch::Receiver<bool>,
    ) -> Self {
        let readiness = Arc::new(Readiness::default());
        let scraper = Arc::new(scrape::Scraper::of(Arc::clone(&house)));
        let state = WebState::new(kerros_web::state::Parts {
            ctx: house.ctx.clone(),
            metrics: Arc::clone(&house.metrics),
            scrape: scraper.clone(),
            faults: scraper,
            readiness: Arc::clone(&readiness),
            limits: compose::web_limits(&house.settings),
            sessions: compose::web_sessions(&house.settings),
            lifting: Arc::new(kerros_mail::lift::hook::Lifter::new(Arc::clone(&house.ctx.files))),
        });
        let patience = house.settings.server.drain.0;
        let router = kerros_web::router(state.clone());
        let web = tokio::spawn(kerros_web::serve::serve(listener, router, state, patience));
        let sole = house.store.news().is_none();
        let work = kerros_app::work::start(
            house.ctx.clone(),
            compose::work_config(&house.settings, sole),
            stopped.clone(),
        );
        tokio::spawn(scrape::count_months(Arc::clone(&house), stopped.clone()));
        let post = Arc::clone(&house.post).run(house.ctx.clone(), stopped.clone());
        let post = tokio::spawn(post);
        tokio::spawn(Arc::clone(&house.shadows).run(stopped.clone()));
        let book = Arc::clone(&house.store) as Arc<dyn CostBook>;
        let costs = tokio::spawn(Arc::clone(&house.costs).run(book, stopped.clone()));
        tokio::spawn(reload::run(house, seen, asked, stopped.clone()));
        Self { readiness, web, work, post, costs }
    }

    /// From now on it says that it is ready.
    pub(super) fn ready(&self) {
        self.readiness.started();
    }

    /// Not ready, stop taking, finish or hand back, close: within the time that settings give.
    pub(super) async fn end(self, house: &House, stop: &watch::Sender<bool>) {
        let patience = house.settings.server.drain.0;
        tracing::info!(seconds = patience.as_secs(), "stopping");
        let finish = async {
            self.readiness.drain();
            if let Err(error) = self.web.await {
                tracing::error!(%error, "the web server broke");
            }
            stop.send_replace(true);
            if let Err(error) = self.post.await {
                tracing::error!(%error, "mail broke");
            }
            self.work.ended().await;
            if let Err(error) = self.costs.await {
                tracing::error!(%error, "the count of costs broke");
            }
            house.store.close().await;
        };
        // Web has all of the time for itself, the rest a little more.
        if tokio::time::timeout(patience + Duration::from_secs(5), finish).await.is_err() {
            tracing::warn!("not everything ended in time; leases run out by themselves");
        }
        tracing::info!("stopped");
    }
}

/// Two processes on one SQLite file would each think they are alone.
pub(super) fn lock(config: &Path, settings: &Settings) -> anyhow::Result<Option<std::fs::File>> {
    compose::make_data_dir(settings).map_err(|why| anyhow!(why))?;
    let url = compose::database_url(config, settings).map_err(|why| anyhow!(why))?;
    if !url.starts_with("sqlite:") {
        return Ok(None);
    }
    let path = settings.data.join("kerros.lock");
    let file = std::fs::File::create(&path).with_context(|| format!("{}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => bail!(
            "another kerros serves from {}; several nodes need PostgreSQL (database.url)",
            settings.data.display()
        ),
        Err(std::fs::TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("{}", path.display()))
        }
    }
}

fn greet(house: &House, base_url: &str, logins: &[String], took: Duration) {
    let version = env!("CARGO_PKG_VERSION");
    let built = [version, env!("KERROS_RUSTC"), env!("KERROS_COMMIT")];
    house.metrics.set(Name::BuildInfo, &built, 1.0);
    house.metrics.set(Name::StartTime, &[], house.now_seconds());
    let tenants = kerros_app::ports::tenants::Tenants::all(&*house.directory);
    tracing::info!(
        version,
        tenants = tenants.len(),
        plugins = house.host.plugins().len(),
        node = %house.ctx.node,
        ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        "ready on {base_url}"
    );
    if tenants.is_empty() {
        let folder = house.config.join("tenants");
        tracing::warn!(
            "no tenants: {} has no .toml files; one that comes is taken in",
            folder.display()
        );
    }
    said::line(&format!("kerros is ready on {base_url}"));
    if logins.is_empty() {
        return;
    }
    said::line(&format!("\n  {:<20} {base_url}/console", "Console"));
    for tenant in &tenants {
        let id = &tenant.policy.id;
        said::line(&format!("  {:<20} {base_url}/demo/{id}", tenant.policy.title));
    }
    said::line("\n  Demo logins (this machine only)");
    for login in logins {
        said::line(&format!("    {login}"));
    }
    said::line("");
}
