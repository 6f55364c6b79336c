//! `kerros db`: the database's upkeep.

use anyhow::anyhow;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use kerros_app::ports::store::Upkeep as _;
use kerros_store::SqlStore;

use super::{End, Places};
use crate::{compose, said};

/// Look after the database
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Example:
  kerros db verify --data data")]
pub enum Db {
    Verify(Verify),
    Migrate(Migrate),
}

/// Fold every conversation's journal again and compare it with its row
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  kerros db verify --data data

Ends with 1 if anything differs, with 2 where there is no database in this version's schema: it makes and changes
nothing. A server may run meanwhile.")]
pub struct Verify {
    #[command(flatten)]
    places: Places,
    /// Print differences as JSON
    #[arg(long)]
    json: bool,
}

/// Bring the schema to this version
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  kerros db migrate --data data

`kerros serve` does it at start too. Safe while an older version still serves.")]
pub struct Migrate {
    #[command(flatten)]
    places: Places,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

impl Db {
    /// Does it.
    pub fn run(self) -> anyhow::Result<End> {
        match self {
            Self::Verify(verify) => verify.run(),
            Self::Migrate(migrate) => with_store(&migrate.places, async |_| {
                if migrate.json {
                    said::json(&serde_json::json!({ "current": true }));
                } else {
                    said::line("the schema is this version's");
                }
                Ok(End::Fine)
            }),
        }
    }
}

impl Verify {
    fn run(self) -> anyhow::Result<End> {
        with_existing_store(&self.places, async |store| {
            // Hidden where nobody watches: the bar draws on a terminal only.
            let bar = ProgressBar::new(0);
            if let Ok(style) =
                ProgressStyle::with_template("{bar:40} {pos}/{len} conversations, {eta} left")
            {
                bar.set_style(style);
            }
            let differences = store
                .verify(&|done, total| {
                    bar.set_length(total);
                    bar.set_position(done);
                })
                .await?;
            let checked = bar.position();
            bar.finish_and_clear();
            if self.json {
                said::json(
                    &serde_json::json!({ "conversations": checked, "differences": differences }),
                );
            } else {
                for difference in &differences {
                    said::line(&format!("{}: {}", difference.conversation, difference.what));
                }
                said::line(&format!("{checked} conversations, {} differences", differences.len()));
            }
            Ok(if differences.is_empty() { End::Fine } else { End::Wrong })
        })
    }
}

/// Opens the database of these places, for one thing to do; makes it and brings its schema to this version first.
pub fn with_store(
    places: &Places,
    work: impl AsyncFnOnce(&SqlStore) -> anyhow::Result<End>,
) -> anyhow::Result<End> {
    opened(places, false, work)
}

/// As [`with_store`], only if the database is there in this version's schema; changes nothing about it.
fn with_existing_store(
    places: &Places,
    work: impl AsyncFnOnce(&SqlStore) -> anyhow::Result<End>,
) -> anyhow::Result<End> {
    opened(places, true, work)
}

fn opened(
    places: &Places,
    existing: bool,
    work: impl AsyncFnOnce(&SqlStore) -> anyhow::Result<End>,
) -> anyhow::Result<End> {
    let Some(settings) = places.settings(None) else { return Ok(End::BadCall) };
    if !existing {
        compose::make_data_dir(&settings).map_err(|why| anyhow!(why))?;
    }
    let url = compose::database_url(&places.config, &settings).map_err(|why| anyhow!(why))?;
    super::runtime()?.block_on(async {
        let store = compose::open_store(&url, &settings, "command".into(), existing)
            .await
            .map_err(|why| anyhow!(why))?;
        let end = work(&store).await;
        store.close().await;
        end
    })
}
