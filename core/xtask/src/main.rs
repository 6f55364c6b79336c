//! Repository chores, run as `cargo xtask CHORE`. Each prints every fault it finds and exits 1 on any.

mod dependencies;
mod kinds;
mod licences;
mod metadata;
mod wit;

use std::process::ExitCode;

use clap::Parser;

/// Repository chores.
#[derive(Debug, Parser)]
#[command(after_help = "Example: cargo xtask check")]
enum Chore {
    /// Every chore below that looks and changes nothing.
    Check,
    /// Crates depend only the way the architecture says.
    Dependencies,
    /// Every dependency has a licence that goes with Apache-2.0.
    Licences,
    /// Each plugin kind has the same file stem in every tree.
    Kinds,
    /// Write the reference of the plugin contract from `sdk/wit`; `check` tells if it is stale.
    Wit,
}

fn main() -> ExitCode {
    let chore = Chore::parse();
    match run(&chore) {
        Ok(faults) if faults.is_empty() => ExitCode::SUCCESS,
        Ok(faults) => {
            for fault in faults {
                eprintln!("xtask: {fault}");
            }
            ExitCode::from(1)
        }
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(chore: &Chore) -> anyhow::Result<Vec<String>> {
    let root = metadata::root();
    Ok(match chore {
        Chore::Dependencies => dependencies::faults(&metadata::read(&root, false)?),
        Chore::Licences => licences::faults(&metadata::read(&root, true)?),
        Chore::Kinds => kinds::faults(&root),
        Chore::Wit => {
            wit::write(&root)?;
            Vec::new()
        }
        Chore::Check => {
            let mut faults = dependencies::faults(&metadata::read(&root, false)?);
            faults.extend(licences::faults(&metadata::read(&root, true)?));
            faults.extend(kinds::faults(&root));
            faults.extend(wit::faults(&root)?);
            faults
        }
    })
}
