//! `kerros plugin sign`: a publisher's signature on a package.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use kerros_publish::{Layout, SecretKey, package};

use crate::command::End;
use crate::lifecycle::vet;
use crate::said;

/// Sign a package with a publisher's key; the signature is kept in the package
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  kerros plugin sign tagger-keywords-0.1.0.tar --key acme.key

What is signed: the package's digest, the component's digest, id, version and kind.")]
pub struct Sign {
    /// The package
    package: PathBuf,
    /// The secret key's file
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

impl Sign {
    pub fn run(self) -> anyhow::Result<End> {
        let text = std::fs::read_to_string(&self.key)
            .with_context(|| format!("{}", self.key.display()))?;
        let key: SecretKey = text.parse().with_context(|| format!("{}", self.key.display()))?;
        let mut layout = Layout::open(&self.package)?;
        let package = package::only(&layout)?;
        // Nobody should sign what is not what it says.
        let wasm = package.wasm(&layout)?;
        let seen = kerros_host::inspect(&wasm);
        let differs = match &seen {
            Ok(seen) => package.facts.differs(&vet::facts(&seen.manifest)),
            Err(error) => Some(error.to_string()),
        };
        if let Some(why) = differs {
            said::error(&format!("{}: not signed: {why}", self.package.display()));
            return Ok(End::Wrong);
        }
        kerros_publish::sign(&mut layout, &package, &key)?;
        layout.save()?;
        if self.json {
            let key = key.public().to_string();
            said::json(&serde_json::json!({
                "key": key, "manifest": package.manifest.digest, "lines": package.lines()
            }));
        } else {
            said::line(&format!("signed by {}:", key.public()));
            package.lines().lines().for_each(|line| said::line(&format!("  {line}")));
        }
        Ok(End::Fine)
    }
}
