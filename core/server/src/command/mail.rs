//! `kerros mail`: mailboxes by hand.

use std::fs::File;
use std::time::{Duration, Instant};

use anyhow::{anyhow, bail};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use kerros_app::ports::store::JobKind;
use kerros_domain::id::TenantId;
use kerros_settings::Settings;
use tokio::sync::watch;

use super::{End, Places};
use crate::compose::{self, NotBuilt, compose};
use crate::said;

/// Work with mailboxes
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Example:
  kerros mail import --tenant aurinko --mailbox support")]
pub enum Mail {
    Import(Import),
}

/// Take in everything that lies in a mailbox now, and end
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  kerros mail import --tenant aurinko --mailbox support

Goes on where it was stopped, as often as needed; a mail that is known already is passed over. A running server
does the same by itself: this is for a first import that somebody watches. On SQLite the server must not run.")]
pub struct Import {
    #[command(flatten)]
    places: Places,
    /// The tenant
    #[arg(long)]
    tenant: String,
    /// The mailbox, by its name in the tenant's file
    #[arg(long)]
    mailbox: String,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

impl Mail {
    /// Does it.
    pub fn run(self) -> anyhow::Result<End> {
        match self {
            Self::Import(import) => import.run(),
        }
    }
}

impl Import {
    fn run(self) -> anyhow::Result<End> {
        let Some(settings) = self.places.settings(None) else { return Ok(End::BadCall) };
        let _lock: Option<File> = super::serve::lock(&self.places.config, &settings)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(self.import(settings))
    }

    async fn import(&self, settings: Settings) -> anyhow::Result<End> {
        let base_url = settings.base_url();
        let (house, seen) = match compose(&self.places.config, settings, &base_url).await {
            Ok(built) => built,
            Err(NotBuilt::Tenants(faults)) => {
                faults.iter().for_each(|fault| said::note(&fault.to_string()));
                return Ok(End::BadCall);
            }
            Err(NotBuilt::Other(why)) => bail!(why),
        };
        let tenant = TenantId::from(self.tenant.as_str());
        if let Some(faults) = seen.left_out(&tenant) {
            faults.iter().for_each(|fault| said::note(&fault.to_string()));
            return Ok(End::BadCall);
        }
        let Some(mailbox) = house.post.mailbox(&tenant, &self.mailbox) else {
            bail!("tenant {tenant} has no mailbox {:?} in its file", self.mailbox);
        };
        let (stop, stopped) = watch::channel(false);
        let sole = house.store.news().is_none();
        let config = compose::work_config(&house.settings, sole);
        let work = kerros_app::work::start(house.ctx.clone(), config, stopped);
        // Hidden where nobody watches: the bar draws on a terminal only.
        let bar = ProgressBar::new(0);
        let template = "{bar:40} {pos}/{len} mails, {per_sec}, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let began = Instant::now();
        let told = |done: u64, all: u64| {
            bar.set_length(all);
            bar.set_position(done);
        };
        let done =
            kerros_mail::imap::watch::import(house.post.deps(&house.ctx), mailbox, &told).await;
        let looked = bar.position();
        bar.finish_and_clear();
        let seconds = began.elapsed().as_secs_f64();
        // What is stored is read before the end; what is left after a while waits for the next server.
        for _ in 0..300 {
            let counts = house.ctx.store.job_counts().await.map_err(|error| anyhow!(error))?;
            let mut intakes = counts.iter().filter(|count| count.kind == JobKind::Intake);
            if intakes.all(|count| count.waiting == 0) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        stop.send_replace(true);
        work.ended().await;
        house.store.close().await;
        match done {
            Ok(new) if self.json => {
                said::json(
                    &serde_json::json!({ "looked": looked, "new": new, "seconds": seconds }),
                );
                Ok(End::Fine)
            }
            Ok(new) => {
                said::line(&format!(
                    "{looked} mails looked at, {new} of them new, in {seconds:.1} s"
                ));
                Ok(End::Fine)
            }
            Err(fault) => bail!(
                "{looked} mails were taken in, then: {fault}; started again, it goes on there"
            ),
        }
    }
}
