//! `kerros check`: everything that is wrong with the config.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use clap::Args;
use kerros_app::memory::MemoryFiles;
use kerros_app::ports::meter::NoMeter;
use kerros_host::{Host, HostOptions, HostPorts};
use kerros_settings::platform::{Flags, load};
use kerros_settings::{Fault, Settings, Weight};

use super::{End, Places};
use crate::lifecycle::versions::Versions;
use crate::node::clock::SystemClock;
use crate::node::keyring::Keyring;
use crate::node::plugins;
use crate::said;
use crate::tenants::read::Reader;

/// Check settings, tenants, articles and every plugin's config
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kerros check
  kerros check --config /etc/kerros --json
  kerros check --schema config/schema

Every finding has file, line, key, what was found and what is allowed. Faults end with 2, warnings with 0.")]
pub struct Check {
    #[command(flatten)]
    places: Places,
    /// Write JSON Schemas for editors into a folder instead [default: CONFIG/schema]
    #[arg(long, value_name = "DIR", num_args = 0..=1)]
    schema: Option<Option<PathBuf>>,
    /// Print findings as JSON
    #[arg(long)]
    json: bool,
}

impl Check {
    /// Checks.
    pub fn run(self) -> anyhow::Result<End> {
        if let Some(folder) = &self.schema {
            let folder = folder.clone().unwrap_or_else(|| self.places.config.join("schema"));
            return write_schemas(&folder, self.json);
        }
        if !self.places.config.is_dir() {
            return Err(anyhow!("no config folder {}", self.places.config.display()));
        }
        let environment: Vec<(String, String)> = std::env::vars().collect();
        let flags = Flags { data: self.places.data.clone(), listen: None };
        let loaded = load(&self.places.config, &environment, &flags);
        let mut faults = loaded.faults;
        // Tenants are checked under the built-in settings when the platform's are faulty: all at once.
        let settings = loaded.settings.unwrap_or_default();
        let (tenants, found) = self.tenants(&settings)?;
        faults.extend(found);
        faults.sort();
        self.tell(tenants, &faults)
    }

    fn tenants(&self, settings: &Settings) -> anyhow::Result<(usize, Vec<Fault>)> {
        let versions = Versions::new(settings);
        let host = engine(settings, &versions)?;
        let reader = Reader {
            config: &self.places.config,
            data: &settings.data,
            policy: &settings.plugins.policy,
            host: &host,
            versions: &versions,
            ids: None,
        };
        Ok(match reader.all() {
            Ok(read) => (read.len(), read.into_iter().flat_map(|one| one.faults).collect()),
            Err(fault) => (0, vec![fault]),
        })
    }

    fn tell(&self, tenants: usize, faults: &[Fault]) -> anyhow::Result<End> {
        let of = |weight| faults.iter().filter(|fault| fault.weight == weight).count();
        let (wrong, warnings) = (of(Weight::Fault), of(Weight::Warning));
        if self.json {
            said::json(
                &serde_json::json!({ "tenants": tenants, "faults": wrong, "warnings": warnings, "findings": faults }),
            );
        } else {
            faults.iter().for_each(|fault| said::line(&fault.to_string()));
            let verdict = if wrong == 0 { "fine" } else { "faulty" };
            said::line(&format!(
                "{verdict}: {}, {}, {}",
                counted(tenants, "tenant"),
                counted(wrong, "fault"),
                counted(warnings, "warning")
            ));
        }
        Ok(if wrong == 0 { End::Fine } else { End::BadCall })
    }
}

fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// The plugins alone, for checks: nothing is written, nothing is reached.
pub(super) fn engine(settings: &Settings, versions: &Versions) -> anyhow::Result<Host> {
    let keyring = Arc::new(Keyring::default());
    let ports = HostPorts {
        outbound: Arc::new(kerros_outbound::Client::new(
            keyring.clone(),
            Arc::new(MemoryFiles::default()),
            Arc::new(SystemClock),
            kerros_outbound::Caps::default(),
        )),
        search: Arc::new(kerros_search::Articles::new()),
        secrets: keyring,
        clock: Arc::new(SystemClock),
        meter: Arc::new(NoMeter),
    };
    // A cache that is there already makes it quick; a check makes none.
    let cache = settings.data.join("cache");
    let options =
        HostOptions { cache_dir: cache.is_dir().then_some(cache), ..HostOptions::default() };
    let host = Host::new(options, ports)?;
    plugins::load_all(&host, versions).map_err(|why| anyhow!(why))?;
    Ok(host)
}

fn write_schemas(folder: &std::path::Path, json: bool) -> anyhow::Result<End> {
    std::fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
    let mut written = Vec::new();
    for (name, schema) in kerros_settings::schema::all() {
        let path = folder.join(name);
        let text = format!("{}\n", serde_json::to_string_pretty(&schema)?);
        std::fs::write(&path, text).with_context(|| format!("{}", path.display()))?;
        written.push(path);
    }
    if json {
        said::json(&serde_json::json!({ "written": written }));
    } else {
        written.iter().for_each(|path| said::line(&format!("wrote {}", path.display())));
    }
    Ok(End::Fine)
}
