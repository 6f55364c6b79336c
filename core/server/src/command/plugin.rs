//! `kerros plugin`: what a plugin's author needs.

mod change;
mod dev;
mod install;
mod keygen;
mod list;
mod pack;
mod replay;
mod rollback;
mod shadow;
mod sign;
mod upgrade;
mod uses;
mod verify;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use kerros_testkit::{Budget, Report};

use super::End;
use crate::said;

/// Make, build, look into and test plugins
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  kerros plugin new --kind tagger my-tagger && cd my-tagger && kerros plugin build && kerros plugin test
  kerros plugin pack --out it.tar && kerros plugin sign it.tar --key acme.key && kerros plugin install it.tar
  kerros plugin list")]
pub enum Plugin {
    New(New),
    Build(Build),
    Inspect(Inspect),
    Test(Test),
    Dev(dev::Dev),
    Keygen(keygen::Keygen),
    Pack(pack::Pack),
    Sign(sign::Sign),
    Verify(verify::Verify),
    Install(install::Install),
    List(list::List),
    Upgrade(upgrade::Upgrade),
    Shadow(shadow::Shadow),
    Rollback(rollback::Rollback),
    Replay(replay::Replay),
}

/// Write the folder of a new plugin, with the SDK beside it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kerros plugin new --kind tagger my-tagger && cd my-tagger && kerros plugin build
  kerros plugin new --kind bot --lang js my-bot")]
pub struct New {
    /// channel, bot, tagger, sla or report
    #[arg(long, value_parser = kerros_build::KINDS)]
    kind: String,
    /// The language it is written in: rust, js or python
    #[arg(long, value_name = "LANG", default_value = "rust", value_parser = kerros_build::LANGS)]
    lang: String,
    /// The plugin's name; also the folder's
    name: String,
    /// Another folder
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Print what was written as JSON
    #[arg(long)]
    json: bool,
}

/// Compile a plugin, encode the component and embed its manifest
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kerros plugin build
  kerros plugin build plugins/tagger/keywords --out keywords.wasm")]
pub struct Build {
    /// The plugin's folder
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Copy the component here
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Where cargo works [default: target of the folder or of its workspace]
    #[arg(long, value_name = "DIR")]
    target_dir: Option<PathBuf>,
    /// Print what was built as JSON
    #[arg(long)]
    json: bool,
}

/// Print id, kind, api version, imports, wanted capabilities and size of a component
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  kerros plugin inspect keywords.wasm --json")]
pub struct Inspect {
    /// The component
    file: PathBuf,
    /// Print it as JSON, with the config's schema
    #[arg(long)]
    json: bool,
}

/// Run a plugin's conformance tests, its author's vectors and changed inputs under production's engine and limits
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kerros plugin test
  kerros plugin test plugins/tagger/keywords --json
  kerros plugin test keywords.wasm
  kerros plugin test --random 5000
  kerros plugin test --seed 1792000000   (a run that broke, again)

Ends with 1 if anything fails.")]
pub struct Test {
    /// The plugin's folder (built first), or a component; vectors lie in `vectors` there or beside it
    #[arg(default_value = ".")]
    what: PathBuf,
    /// How many changed inputs each call gets
    #[arg(long, value_name = "COUNT", default_value_t = 200)]
    random: u32,
    /// What they are made from: the same seed makes the same inputs. Another one every time if left out
    #[arg(long)]
    seed: Option<u64>,
    /// Print the results as JSON
    #[arg(long)]
    json: bool,
}

impl Plugin {
    /// Does it.
    pub fn run(self) -> anyhow::Result<End> {
        match self {
            Self::New(new) => new.run(),
            Self::Build(build) => build.run(),
            Self::Inspect(inspect) => inspect.run(),
            Self::Test(test) => test.run(),
            Self::Dev(dev) => dev.run(),
            Self::Keygen(keygen) => keygen.run(),
            Self::Pack(pack) => pack.run(),
            Self::Sign(sign) => sign.run(),
            Self::Verify(verify) => verify.run(),
            Self::Install(install) => install.run(),
            Self::List(list) => list.run(),
            Self::Upgrade(upgrade) => upgrade.run(),
            Self::Shadow(shadow) => shadow.run(),
            Self::Rollback(rollback) => rollback.run(),
            Self::Replay(replay) => replay.run(),
        }
    }
}

/// A package that is not there is a wrong call, not a package that is refused.
fn must_be_there(package: &Path) -> anyhow::Result<()> {
    std::fs::metadata(package).map(drop).with_context(|| format!("{}", package.display()))
}

impl New {
    fn run(self) -> anyhow::Result<End> {
        let folder = self.folder.unwrap_or_else(|| PathBuf::from(&self.name));
        let lang = kerros_build::Lang::from_name(&self.lang).context("an unknown language")?;
        let files = kerros_build::scaffold(&self.kind, &self.name, lang, &folder)?;
        if self.json {
            said::json(&serde_json::json!({ "folder": folder, "files": files }));
            return Ok(End::Fine);
        }
        said::line(&format!("wrote {} files into {}", files.len(), folder.display()));
        said::line(&format!(
            "next: cd {} && kerros plugin build && kerros plugin test",
            folder.display()
        ));
        Ok(End::Fine)
    }
}

impl Build {
    fn run(self) -> anyhow::Result<End> {
        let target =
            self.target_dir.unwrap_or_else(|| kerros_build::default_target_dir(&self.folder));
        let built = kerros_build::build_dir(&self.folder, &target)?;
        let path = match self.out {
            Some(out) => {
                std::fs::write(&out, &built.wasm).with_context(|| format!("{}", out.display()))?;
                out
            }
            None => built.path,
        };
        if self.json {
            said::json(&serde_json::json!({
                "id": built.manifest.id, "version": built.manifest.version, "path": path,
                "bytes": built.wasm.len(), "changed": built.changed
            }));
        } else {
            let manifest = &built.manifest;
            said::line(&format!(
                "{} {}: {} ({} bytes)",
                manifest.id,
                manifest.version,
                path.display(),
                built.wasm.len()
            ));
        }
        Ok(End::Fine)
    }
}

impl Inspect {
    fn run(self) -> anyhow::Result<End> {
        let bytes =
            std::fs::read(&self.file).with_context(|| format!("{}", self.file.display()))?;
        let seen = match kerros_testkit::inspect(&bytes) {
            Ok(seen) => seen,
            Err(error) => {
                said::error(&format!("{}: {error}", self.file.display()));
                return Ok(End::Wrong);
            }
        };
        if self.json {
            said::json(&seen);
            return Ok(End::Fine);
        }
        let manifest = &seen.manifest;
        let or_none =
            |list: &[String]| if list.is_empty() { "none".to_owned() } else { list.join(", ") };
        let lines = [
            ("id", manifest.id.to_string()),
            ("title", manifest.title.clone()),
            ("version", manifest.version.clone()),
            ("kind", manifest.kind.to_string()),
            ("api", manifest.api.clone()),
            ("wants", or_none(&manifest.wants)),
            ("imports", or_none(&seen.imports)),
            ("live", if manifest.live { "yes" } else { "no" }.to_owned()),
            ("role", manifest.role.clone().unwrap_or_else(|| "-".to_owned())),
            ("size", format!("{} bytes", seen.size)),
            ("digest", seen.digest.clone()),
        ];
        for (name, value) in lines {
            said::line(&format!("{name:<8} {value}"));
        }
        Ok(End::Fine)
    }
}

impl Test {
    fn run(self) -> anyhow::Result<End> {
        let (bytes, folder) = if self.what.is_dir() {
            let built =
                kerros_build::build_dir(&self.what, &kerros_build::default_target_dir(&self.what))?;
            (built.wasm, self.what.clone())
        } else {
            let bytes =
                std::fs::read(&self.what).with_context(|| format!("{}", self.what.display()))?;
            (bytes, self.what.parent().unwrap_or(Path::new(".")).to_owned())
        };
        if !folder.join("vectors").is_dir() {
            said::note(&format!(
                "no folder {}: conformance only",
                folder.join("vectors").display()
            ));
        }
        // A short one: it is to be copied by hand.
        let seed = self.seed.unwrap_or_else(|| u64::from(rand::random::<u32>()));
        let budget = Budget { seed, random: self.random, ..Budget::default() };
        let report = kerros_testkit::test_plugin_within(&bytes, &folder, &budget);
        if self.json {
            said::json(&report);
        } else {
            tell(&report)?;
        }
        Ok(if report.is_ok() { End::Fine } else { End::Wrong })
    }
}

fn tell(report: &Report) -> anyhow::Result<()> {
    if report.cases.is_empty() {
        bail!("nothing was tested");
    }
    for case in &report.cases {
        let figures = case.figures.as_ref().map_or_else(String::new, |figures| {
            let fuel =
                figures.fuel.map_or_else(String::new, |fuel| format!(", {fuel} instructions"));
            format!(
                "  {} calls, {} us each ({} at most){fuel}, {} KiB",
                figures.calls,
                figures.p50_us,
                figures.max_us,
                figures.memory_bytes / 1024
            )
        });
        let verdict = if case.fault.is_none() { "ok  " } else { "FAIL" };
        said::line(&format!("{verdict} {} / {}{figures}", case.suite, case.name));
        if let Some(fault) = &case.fault {
            fault.lines().for_each(|line| said::line(&format!("       {line}")));
        }
    }
    for spent in &report.spent {
        said::line(&format!("budget {spent}"));
    }
    said::line(&format!("{} cases, {} failed", report.cases.len(), report.failed()));
    Ok(())
}
