//! `kerros plugin upgrade`: a new version runs beside the live one, then takes over.

use clap::Args;
use kerros_domain::id::PluginId;
use kerros_publish::lock::{Step, Use, Version};

use super::change::change;
use super::uses::{Found, Named};
use crate::command::End;
use crate::lifecycle::report::{self, Report};
use crate::said;

/// Let a new version run beside the live one (VERSION), or let it take over (--promote)
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kerros plugin upgrade --tenant aurinko --use keywords 0.2.0
  kerros plugin shadow --tenant aurinko --use keywords
  kerros plugin upgrade --tenant aurinko --use keywords --promote

The new version sees the same live input; its outputs are compared and do nothing. --promote refuses (1) while
nothing was compared or a call of it failed, unless --force; and always what no server would take, as a version
that the tenant's config does not fit.")]
pub struct Upgrade {
    #[command(flatten)]
    named: Named,
    /// An installed version, a digest, or the beginning of one
    #[arg(required_unless_present = "promote")]
    version: Option<String>,
    /// Let the version that runs beside the live one take over
    #[arg(long)]
    promote: bool,
    /// Promote whatever the comparison says
    #[arg(long, requires = "promote")]
    force: bool,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

impl Upgrade {
    pub fn run(self) -> anyhow::Result<End> {
        let Some(found) = self.named.find()? else { return Ok(End::BadCall) };
        if let Some(pinned) = found.pinned() {
            said::error(&pinned);
            return Ok(End::Wrong);
        }
        if let Some(version) = &self.version {
            let end = self.begin(&found, version)?;
            if end != End::Fine || !self.promote {
                return Ok(end);
            }
        }
        self.promote(&found)
    }

    fn begin(&self, found: &Found, wanted: &str) -> anyhow::Result<End> {
        let installed = found.installed(wanted)?;
        if let Err(why) = found.versions.vetted(installed.digest()) {
            said::error(&why);
            return Ok(End::Wrong);
        }
        if let Some(why) = self.nothing_serves(found)? {
            said::error(&why);
            return Ok(End::Wrong);
        }
        let version = Version {
            digest: installed.digest().clone(),
            version: installed.facts().version.clone(),
        };
        let round = format!("{:016x}", rand::random::<u64>());
        let mut removed = Ok(());
        let begun = found.versions.locks.change(&self.named.tenant, |lock| {
            let uses = lock.uses.entry(found.key.clone());
            let plugin = &found.placed.uses.plugin;
            let uses = uses.or_insert_with(|| Use::new(plugin, None));
            if uses.plugin != *plugin {
                *uses = Use::new(plugin, None);
            }
            uses.begin(version.clone(), &round)?;
            // Before a server sees the new lock, and writes of it.
            removed = report::remove(&found.settings.data, &self.named.tenant, &found.key);
            Ok::<_, Step>(())
        })?;
        removed?;
        if let Err(step) = begun {
            said::error(&step.to_string());
            return Ok(End::Wrong);
        }
        if self.json && !self.promote {
            said::json(&serde_json::json!({ "use": found.key, "shadow": version }));
        } else if !self.json {
            said::line(&format!(
                "{} {} ({}) now runs beside the live version of {}",
                found.placed.uses.plugin,
                version.version,
                version.digest.short(),
                found.key
            ));
        }
        Ok(End::Fine)
    }

    /// Beside nothing there is nothing to compare, and no way back.
    fn nothing_serves(&self, found: &Found) -> anyhow::Result<Option<String>> {
        if found.locked(&self.named.tenant)?.current.is_some() {
            return Ok(None);
        }
        let id = PluginId::from(found.placed.uses.plugin.as_str());
        let first = found.versions.first(&id).map_err(anyhow::Error::msg)?;
        Ok(first.map(|first| {
            format!(
                "nothing serves {} yet: a server that reads the tenant takes the newest installed version, {}; \
                 to have another one, pin it in the file as {}.digest",
                found.key,
                first.facts().version,
                found.placed.at
            )
        }))
    }

    fn promote(&self, found: &Found) -> anyhow::Result<End> {
        let locked = found.locked(&self.named.tenant)?;
        if locked.shadow.is_none() {
            said::error(&Step::NoShadow.to_string());
            return Ok(End::Wrong);
        }
        let seen = found.compared(&self.named.tenant, &locked);
        if let Some(why) = why_not(seen.as_ref(), found.placed.kind)
            && !self.force
        {
            said::error(&format!("not promoted: {why} (--force does it nevertheless)"));
            return Ok(End::Wrong);
        }
        let done = change(&self.named, found, Step::NoShadow, Use::promote)?;
        let Some(done) = done else { return Ok(End::Wrong) };
        let version = &done.step;
        if self.json {
            said::json(&serde_json::json!({ "use": found.key, "serves": version }));
        } else {
            said::line(&format!(
                "{} {} ({}) serves {} now; `kerros plugin rollback` goes back",
                found.placed.uses.plugin,
                version.version,
                version.digest.short(),
                found.key
            ));
        }
        Ok(if done.serves() { End::Fine } else { End::Wrong })
    }
}

/// Why a shadow should not take over yet.
fn why_not(seen: Option<&Report>, kind: &str) -> Option<String> {
    if kind == "report" {
        // Reports are built when somebody asks, so there is no live input to compare on.
        return None;
    }
    let Some(seen) = seen else {
        return Some("nothing was compared yet; does a server run on this data folder?".to_owned());
    };
    if let Some(fault) = &seen.fault {
        return Some(fault.clone());
    }
    if seen.failed > 0 {
        return Some(format!(
            "{} of {} calls of the new version failed",
            seen.failed,
            seen.compared()
        ));
    }
    (seen.compared() == 0).then(|| "nothing was compared yet".to_owned())
}
