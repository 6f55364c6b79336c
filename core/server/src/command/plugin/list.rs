//! `kerros plugin list`: what is on this node, and what serves where.

use clap::Args;
use kerros_publish::Layout;
use kerros_publish::lock::Version;
use serde::Serialize;

use crate::bundle::BUNDLED;
use crate::command::{End, Places};
use crate::lifecycle::versions::{Versions, use_key};
use crate::lifecycle::vet::vet;
use crate::said;

/// List plugins: those inside Kerros, those installed, and which version serves which use of which tenant
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kerros plugin list
  kerros plugin list --json")]
pub struct List {
    #[command(flatten)]
    places: Places,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Here {
    id: String,
    version: String,
    digest: String,
    bytes: usize,
    from: &'static str,
    /// Who is trusted for it, or why it is refused.
    trust: String,
    loads: bool,
}

#[derive(Serialize)]
struct Serves {
    tenant: String,
    #[serde(rename = "use")]
    used_as: String,
    plugin: String,
    pinned: Option<String>,
    current: Option<Version>,
    shadow: Option<Version>,
}

impl List {
    pub fn run(self) -> anyhow::Result<End> {
        let Some(settings) = self.places.settings(None) else { return Ok(End::BadCall) };
        let versions = Versions::new(&settings);
        let here = here(&versions)?;
        let serves = self.serves(&versions)?;
        if self.json {
            said::json(&serde_json::json!({ "plugins": here, "uses": serves }));
            return Ok(End::Fine);
        }
        for one in &here {
            let digest = one.digest.chars().take(19).collect::<String>();
            said::line(&format!(
                "{:<28} {:<10} {digest}  {:<9} {}",
                one.id, one.version, one.from, one.trust
            ));
        }
        if !serves.is_empty() {
            said::line("");
        }
        for one in &serves {
            let version =
                |version: &Version| format!("{} ({})", version.version, version.digest.short());
            let current = match (&one.pinned, &one.current) {
                (Some(pinned), _) => format!("pinned to {pinned}"),
                (None, Some(current)) => version(current),
                (None, None) => "as on this node".to_owned(),
            };
            let shadow = one
                .shadow
                .as_ref()
                .map_or_else(String::new, |new| format!(", beside it {}", version(new)));
            said::line(&format!(
                "{:<14} {:<24} {:<28} {current}{shadow}",
                one.tenant, one.used_as, one.plugin
            ));
        }
        Ok(End::Fine)
    }

    fn serves(&self, versions: &Versions) -> anyhow::Result<Vec<Serves>> {
        let mut all = Vec::new();
        let files = kerros_settings::tenant::names(&self.places.config).unwrap_or_default();
        for path in files {
            let file = kerros_settings::tenant::load(&self.places.config, &path);
            let Some(config) = &file.tenant else { continue };
            let lock = versions.locks.read(&file.id)?;
            for placed in config.plugins() {
                let key = use_key(placed.kind, &placed.name);
                let locked = lock.uses.get(&key).filter(|one| one.plugin == placed.uses.plugin);
                all.push(Serves {
                    tenant: file.id.clone(),
                    used_as: key,
                    plugin: placed.uses.plugin,
                    pinned: placed.uses.digest,
                    current: locked.and_then(|one| one.current.clone()),
                    shadow: locked.and_then(|one| Some(one.shadow.as_ref()?.version.clone())),
                });
            }
        }
        Ok(all)
    }
}

fn here(versions: &Versions) -> anyhow::Result<Vec<Here>> {
    let mut all = Vec::new();
    for (id, bytes) in BUNDLED {
        let seen = kerros_host::inspect(bytes)?;
        all.push(Here {
            id: (*id).to_owned(),
            version: seen.manifest.version,
            digest: format!("sha256:{}", seen.digest),
            bytes: seen.size,
            from: "bundled",
            trust: "part of Kerros".to_owned(),
            loads: true,
        });
    }
    let installed = versions.shelf.list()?;
    if installed.is_empty() {
        return Ok(all);
    }
    let layout = Layout::open(versions.shelf.folder())?;
    for one in installed {
        let vetted = vet(&layout, &one.package, &versions.trust);
        all.push(Here {
            id: one.facts().id.clone(),
            version: one.facts().version.clone(),
            digest: one.digest().to_string(),
            bytes: usize::try_from(one.package.size).unwrap_or(usize::MAX),
            from: "installed",
            loads: vetted.is_ok(),
            trust: match vetted {
                Ok(vetted) => format!("trusted: {}", vetted.trusted),
                Err(refused) => refused.to_string(),
            },
        });
    }
    Ok(all)
}
