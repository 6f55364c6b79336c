//! The running Kerros around the plugin: what `kerros serve` runs, with the world left out.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{anyhow, bail};
use kerros_app::caller::Caller;
use kerros_app::tenant::{PluginUse, Tenant};
use kerros_build::Manifest;
use kerros_domain::id::{ChannelId, LayerId};
use kerros_settings::platform::{Flags, load};
use parking_lot::Mutex;
use tokio::sync::mpsc;

use super::TENANT;
use super::provider::Provider;
use super::scene::{Folder, Scene};
use super::workshop::{Made, millis};
use crate::compose::{House, NotBuilt, compose_with};
use crate::tenants::reload::Seen;

/// Who answers customers from the page.
const PERSON: &str = "saara@example.com";

/// The stage.
pub struct Stage {
    /// The house.
    pub house: Arc<House>,
    /// Where its console and hooks are.
    pub url: String,
    /// Who answers in the world's place.
    pub provider: Arc<Provider>,
    folder: Folder,
    now: Mutex<Now>,
    reload: mpsc::Sender<()>,
}

/// What plays on it now.
#[derive(Clone)]
pub struct Now {
    /// The component.
    pub wasm: Arc<Vec<u8>>,
    /// Its manifest.
    pub manifest: Manifest,
    /// Its place in the tenant.
    pub scene: Scene,
}

impl Stage {
    /// Builds it around a first component. What is to be run with it comes back too.
    ///
    /// # Errors
    /// Why the plugin does not load, or what else is in the way.
    pub async fn build(
        made: &Made,
        scene: Scene,
        cache: &Path,
        url: String,
        reload: mpsc::Sender<()>,
    ) -> anyhow::Result<(Self, Seen)> {
        let folder = Folder::make()?;
        folder.share(cache)?;
        scene.write(&folder.config())?;
        std::fs::write(folder.data().join("plugins/dev.wasm"), &made.built.wasm)?;
        let flags = Flags { data: Some(folder.data()), listen: Some("127.0.0.1:0".into()) };
        // No variables: what is set for another Kerros on this machine is not for this one.
        let loaded = load(&folder.config(), &[], &flags);
        let Some(settings) = loaded.settings else {
            let faults = loaded.faults.iter().map(ToString::to_string).collect::<Vec<_>>();
            bail!(faults.join("\n"));
        };
        let provider = Arc::new(Provider::default());
        let outside = Arc::clone(&provider) as _;
        let (house, seen) = compose_with(&folder.config(), settings, &url, Some(outside))
            .await
            .map_err(|error| match error {
                NotBuilt::Tenants(faults) => {
                    let faults = faults.iter().map(ToString::to_string).collect::<Vec<_>>();
                    anyhow!("{}", faults.join("\n"))
                }
                NotBuilt::Other(why) => anyhow!(why),
            })?;
        let now = Now {
            wasm: Arc::new(made.built.wasm.clone()),
            manifest: made.built.manifest.clone(),
            scene,
        };
        Ok((Self { house, url, provider, folder, now: Mutex::new(now), reload }, seen))
    }

    /// Puts a new component in the place of the one that serves: calls that run end on the old one. Returns how long it
    /// took, in milliseconds. Blocks.
    ///
    /// # Errors
    /// Why it does not load; then the old one serves on.
    pub fn swap(&self, made: &Made, scene: Scene) -> anyhow::Result<u64> {
        let began = Instant::now();
        let manifest = &made.built.manifest;
        let before = self.now.lock().clone();
        if before.manifest.id != manifest.id {
            bail!(
                "the plugin was {} and is {} now: start dev again",
                before.manifest.id,
                manifest.id
            );
        }
        self.house.host.load(&made.built.wasm).map_err(|error| anyhow!(error.to_string()))?;
        let took = millis(began);
        if before.scene != scene {
            scene.write(&self.folder.config())?;
            // A full channel means that a look is due anyway.
            let _ = self.reload.try_send(());
        }
        let wasm = Arc::new(made.built.wasm.clone());
        *self.now.lock() = Now { wasm, manifest: manifest.clone(), scene };
        Ok(took)
    }

    /// What plays now.
    pub fn now(&self) -> Now {
        self.now.lock().clone()
    }

    /// Where code that was compiled for trials is kept.
    pub fn cache(&self) -> std::path::PathBuf {
        self.folder.data().join("cache/trials")
    }

    /// The tenant.
    ///
    /// # Errors
    /// If its file was refused.
    pub fn tenant(&self) -> anyhow::Result<Arc<Tenant>> {
        self.house.ctx.tenant(&TENANT.into()).map_err(|_| anyhow!("the tenant's file was refused"))
    }

    /// The plugin's use in it.
    ///
    /// # Errors
    /// If its file was refused.
    pub fn used(&self) -> anyhow::Result<PluginUse> {
        let (tenant, Now { manifest, scene, .. }) = (self.tenant()?, self.now());
        let found = match manifest.kind.as_str() {
            "channel" => tenant.channels.get(&ChannelId::from(scene.name.as_str())),
            "bot" => tenant.bots.get(&LayerId::from(scene.name.as_str())),
            "tagger" => tenant.taggers.first(),
            "sla" => tenant.sla.as_ref(),
            _ => tenant.reports.get(&scene.name),
        };
        found.cloned().ok_or_else(|| anyhow!("the tenant's file was refused"))
    }

    /// Who answers customers.
    ///
    /// # Errors
    /// If the database does not say.
    pub async fn person(&self) -> anyhow::Result<Caller> {
        let known = self.house.ctx.store.user_by_email(PERSON).await?;
        let (user, _) = known.ok_or_else(|| anyhow!("{PERSON} is gone"))?;
        Ok(Caller { user })
    }
}
