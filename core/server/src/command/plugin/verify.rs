//! `kerros plugin verify`: would this package load here?

use std::path::PathBuf;

use anyhow::anyhow;
use clap::Args;
use kerros_host::HostOptions;
use kerros_publish::{Layout, Publisher, Trust, package};

use crate::command::{End, Places};
use crate::compose;
use crate::lifecycle::vet::{self, Refused, vet};
use crate::said;

/// Check a package: every digest, whose signature it has, and that the component is what it says it is
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kerros plugin verify tagger-keywords-0.1.0.tar
  kerros plugin verify tagger-keywords-0.1.0.tar --key ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=

Ends with 1 if the package would be refused, with 2 if it is not there.")]
pub struct Verify {
    /// The package
    package: PathBuf,
    /// Trust this public key alone, whatever settings say
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    #[command(flatten)]
    places: Places,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

impl Verify {
    pub fn run(self) -> anyhow::Result<End> {
        super::must_be_there(&self.package)?;
        let (trust, options) = match &self.key {
            Some(key) => {
                let key = key.parse().map_err(|e| anyhow!("--key: {e}"))?;
                let publishers = vec![Publisher { name: "--key".to_owned(), key }];
                (Trust { any: false, publishers }, HostOptions::default())
            }
            None => {
                let Some(settings) = self.places.settings(None) else { return Ok(End::BadCall) };
                (vet::trust(&settings.plugins), compose::host_options(&settings))
            }
        };
        // Nothing is written by a look.
        let options = HostOptions { cache_dir: None, ..options };
        let looked =
            Layout::open(&self.package).and_then(|layout| Ok((package::only(&layout)?, layout)));
        let (package, layout) = match looked {
            Ok(looked) => looked,
            Err(error) => return Ok(self.refused(&Refused::from(error))),
        };
        let vetted = vet(&layout, &package, &trust);
        match vetted.and_then(|vetted| vet::links(options, &vetted).map(|()| vetted)) {
            Err(refused) => Ok(self.refused(&refused)),
            Ok(vetted) => {
                let facts = &package.facts;
                if self.json {
                    said::json(&serde_json::json!({
                        "ok": true, "id": facts.id, "version": facts.version, "kind": facts.kind,
                        "digest": package.component, "manifest": package.manifest.digest,
                        "trusted": vetted.trusted.to_string(),
                    }));
                } else {
                    said::line(&format!(
                        "{} {}: fine, trusted: {}",
                        facts.id, facts.version, vetted.trusted
                    ));
                    said::line(&format!("digest   {}", package.component));
                }
                Ok(End::Fine)
            }
        }
    }

    fn refused(&self, refused: &Refused) -> End {
        if self.json {
            said::json(&serde_json::json!({
                "ok": false, "reason": refused.word(), "message": refused.to_string()
            }));
        } else {
            said::error(&format!("{}: {refused}", self.package.display()));
        }
        End::Wrong
    }
}
