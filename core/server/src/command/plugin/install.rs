//! `kerros plugin install`: a package goes onto this node's shelf.

use std::path::PathBuf;

use clap::Args;
use kerros_publish::{Layout, package};

use crate::command::{End, Places};
use crate::compose;
use crate::lifecycle::versions::Versions;
use crate::lifecycle::vet::{self, Refused, vet};
use crate::said;

/// Install a package: keep it in the data folder by digest, beside other versions. What runs does not change
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kerros plugin install tagger-keywords-0.1.0.tar
  kerros plugin install packages/keywords --data /var/lib/kerros

Ends with 1 if the package is refused, with 2 if it is not there. A use that names the plugin takes it the first time it needs one; a use that
has a version already keeps it until `kerros plugin upgrade`.")]
pub struct Install {
    /// The package: a folder or a .tar
    package: PathBuf,
    #[command(flatten)]
    places: Places,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

impl Install {
    pub fn run(self) -> anyhow::Result<End> {
        super::must_be_there(&self.package)?;
        let Some(settings) = self.places.settings(None) else { return Ok(End::BadCall) };
        compose::make_data_dir(&settings).map_err(|why| anyhow::anyhow!(why))?;
        let versions = Versions::new(&settings);
        let install = || -> Result<_, Refused> {
            let layout = Layout::open(&self.package)?;
            let package = package::only(&layout)?;
            let vetted = vet(&layout, &package, &versions.trust)?;
            vet::links(compose::host_options(&settings), &vetted)?;
            let fresh = versions.shelf.install(&layout, &package)?;
            Ok((package, vetted, fresh))
        };
        let (package, vetted, fresh) = match install() {
            Ok(done) => done,
            Err(refused) => {
                if self.json {
                    said::json(&serde_json::json!({
                        "ok": false, "reason": refused.word(), "message": refused.to_string()
                    }));
                } else {
                    said::error(&format!("{}: {refused}", self.package.display()));
                }
                return Ok(End::Wrong);
            }
        };
        let facts = &package.facts;
        if self.json {
            said::json(&serde_json::json!({
                "ok": true, "id": facts.id, "version": facts.version, "digest": package.component,
                "trusted": vetted.trusted.to_string(), "new": fresh,
            }));
        } else {
            let word = if fresh { "installed" } else { "was installed already" };
            said::line(&format!(
                "{} {} {word}; trusted: {}",
                facts.id, facts.version, vetted.trusted
            ));
            said::line(&format!("digest   {}", package.component));
        }
        Ok(End::Fine)
    }
}
