//! `kerros plugin pack`: a component becomes a package.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use kerros_publish::Layout;

use crate::command::End;
use crate::lifecycle::vet;
use crate::said;

/// Pack a plugin as an OCI image layout, named by digest
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kerros plugin pack
  kerros plugin pack keywords.wasm --out keywords.tar

The same component gives the same package, byte for byte.")]
pub struct Pack {
    /// The plugin's folder (built first), or a component
    #[arg(default_value = ".")]
    what: PathBuf,
    /// A folder, or a file that ends in .tar [default: KIND-NAME-VERSION.tar]
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

impl Pack {
    pub fn run(self) -> anyhow::Result<End> {
        let wasm = if self.what.is_dir() {
            let target = kerros_build::default_target_dir(&self.what);
            kerros_build::build_dir(&self.what, &target)?.wasm
        } else {
            std::fs::read(&self.what).with_context(|| format!("{}", self.what.display()))?
        };
        let seen = match kerros_host::inspect(&wasm) {
            Ok(seen) => seen,
            Err(error) => {
                said::error(&format!("{}: {error}", self.what.display()));
                return Ok(End::Wrong);
            }
        };
        let facts = vet::facts(&seen.manifest);
        let out = self.out.unwrap_or_else(|| {
            PathBuf::from(format!("{}-{}.tar", facts.id.replace('/', "-"), facts.version))
        });
        let mut layout = Layout::create(&out)?;
        let packed = kerros_publish::pack(&mut layout, &wasm, &facts)?;
        layout.save()?;
        let digest = kerros_publish::Digest::of(&wasm);
        if self.json {
            said::json(&serde_json::json!({
                "id": facts.id, "version": facts.version, "kind": facts.kind, "path": out,
                "digest": digest, "manifest": packed.digest, "bytes": wasm.len()
            }));
        } else {
            said::line(&format!(
                "{} {}: {} ({} bytes)",
                facts.id,
                facts.version,
                out.display(),
                wasm.len()
            ));
            said::line(&format!("digest   {digest}"));
            said::line(&format!("manifest {}", packed.digest));
        }
        Ok(End::Fine)
    }
}
