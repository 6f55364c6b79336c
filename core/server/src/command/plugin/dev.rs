//! `kerros plugin dev`: builds on every change, swaps the plugin in a Kerros of its own, and opens a page to call it by hand.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use kerros_testkit::Vector;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

use crate::command::End;
use crate::command::serve::Node;
use crate::dev::page::{self, Desk};
use crate::dev::scene::Scene;
use crate::dev::stage::Stage;
use crate::dev::workshop::{Made, Workshop};
use crate::node::demo;
use crate::node::signals::Signals;
use crate::said;

/// Build on every change, swap the plugin in a Kerros of its own, and open a page to send it messages by hand
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kerros plugin dev
  kerros plugin dev plugins/channel/telegram --listen 127.0.0.1:9001 --no-open

The Kerros around it has one tenant made of plugin.toml's example, secrets made up, and a provider that is none: nothing
reaches the world, and everything is gone at the end.")]
pub struct Dev {
    /// The plugin's folder
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Where the page is; this machine's own address only
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// Do not open the page in a browser
    #[arg(long)]
    no_open: bool,
    /// What to log of the Kerros around it
    #[arg(long, value_name = "FILTER", default_value = "warn")]
    log: String,
}

impl Dev {
    pub fn run(self) -> anyhow::Result<End> {
        if !self.listen.ip().is_loopback() {
            bail!(
                "--listen {}: it has logins that everybody knows; allowed is 127.0.0.1 or [::1]",
                self.listen
            );
        }
        // A faulty plugin.toml is told at once: everything hangs on it.
        kerros_build::Manifest::read(&self.folder)?;
        kerros_observe::log::start(&self.log, kerros_observe::log::Format::Text)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let end = runtime.block_on(self.work());
        runtime.shutdown_timeout(Duration::from_secs(1));
        end
    }

    async fn work(self) -> anyhow::Result<End> {
        let mut signals = Signals::listen()?;
        let listener = TcpListener::bind(self.listen)
            .await
            .with_context(|| format!("cannot listen on {}", self.listen))?;
        let at = listener.local_addr()?;
        let folder = self.folder.canonicalize()?;
        let workshop = Arc::new(Workshop::new(&folder));
        let stage = Arc::new(OnceLock::new());
        let desk = Desk { workshop: Arc::clone(&workshop), stage: Arc::clone(&stage), at };
        let web = tokio::spawn(async move { axum::serve(listener, page::router(desk)).await });
        let url = format!("http://{at}/");
        said::line(&format!("kerros plugin dev is on {url}"));
        if !self.no_open && std::io::stdout().is_terminal() {
            open(&url);
        }
        let end = tokio::select! {
            end = rounds(&workshop, &stage) => end,
            () = signals.stop() => Ok(End::Fine),
        };
        web.abort();
        end
    }
}

/// Builds, and again after every change, for as long as people work on it.
async fn rounds(workshop: &Arc<Workshop>, stage: &Arc<OnceLock<Stage>>) -> anyhow::Result<End> {
    let mut changes =
        workshop.watch().map_err(|error| anyhow!("changes cannot be watched: {error}"))?;
    let mut status = workshop.status();
    // Ends with this task.
    let (_stop, stopped) = watch::channel(false);
    loop {
        let builder = Arc::clone(workshop);
        let made = tokio::task::spawn_blocking(move || builder.build()).await?;
        if let Some(made) = made {
            let scene = Scene::of(&made.built.manifest, &vectors(workshop.folder(), &made));
            if stage.get().is_none() {
                match raise(&made, scene, &workshop.cache(), &stopped).await {
                    Ok(ready) => {
                        greet(&ready);
                        let _ = stage.set(ready);
                        workshop.ready(&made, 0);
                    }
                    Err(error) => workshop.failed(&format!("{error:#}")),
                }
            } else {
                let (stage, workshop) = (Arc::clone(stage), Arc::clone(workshop));
                tokio::task::spawn_blocking(move || {
                    let swapped = stage.get().map(|stage| stage.swap(&made, scene));
                    match swapped {
                        Some(Ok(swap_ms)) => workshop.ready(&made, swap_ms),
                        Some(Err(error)) => workshop.failed(&format!("{error:#}")),
                        None => {}
                    }
                })
                .await?;
            }
        }
        tell(&mut status);
        changes.next().await;
    }
}

/// The Kerros around the plugin.
async fn raise(
    made: &Made,
    scene: Scene,
    cache: &Path,
    stopped: &watch::Receiver<bool>,
) -> anyhow::Result<Stage> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let (reload, asked) = mpsc::channel(1);
    let (stage, seen) = Stage::build(made, scene, cache, url, reload).await?;
    let node = Node::start(Arc::clone(&stage.house), listener, seen, asked, stopped);
    demo::make(&stage.house).await.map_err(|why| anyhow!(why))?;
    // It works on by itself until `stopped`.
    node.ready();
    Ok(stage)
}

/// The author's vectors: they know what secrets are called.
fn vectors(folder: &Path, made: &Made) -> Vec<Vector> {
    kerros_testkit::examples(&made.built.wasm, folder)
}

fn greet(stage: &Stage) {
    let password = demo::PASSWORD;
    said::line(&format!("  console  {}/console  (saara@example.com, {password})", stage.url));
    let now = stage.now();
    if now.manifest.kind == "channel" && !now.manifest.live {
        said::line(&format!(
            "  hooks    {}/hooks/{}/{}",
            stage.url,
            crate::dev::TENANT,
            now.scene.name
        ));
    }
    said::line(&format!("  widget   {}/demo/{}", stage.url, crate::dev::TENANT));
}

fn tell(status: &mut watch::Receiver<crate::dev::workshop::Status>) {
    let now = status.borrow_and_update().clone();
    match now.state {
        "ready" => said::line(&format!(
            "ready: build {} in {} ms, swapped in {} ms, {} bytes",
            now.builds, now.build_ms, now.swap_ms, now.bytes
        )),
        _ => said::note(&now.said),
    }
}

/// Opens an address in the browser, if this machine has a way. Whether it works nobody waits for.
fn open(url: &str) {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut call = std::process::Command::new(program);
    call.arg(url).stdin(std::process::Stdio::null());
    call.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let _ = call.spawn();
}
