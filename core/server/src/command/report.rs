//! `kerros report`: builds a month's report of a tenant into a file.

mod csv;
mod html;

use std::path::PathBuf;

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use kerros_app::report::{self, Report as Wanted};
use kerros_domain::id::{Language, TenantId};

use super::{End, Places};
use crate::compose::{NotBuilt, compose};
use crate::said;

/// Build a month's report of a tenant
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kerros report service-layers --tenant aurinko --month 2026-11 --out november.html
  kerros report service-layers --tenant aurinko --month 2026-11 --language sv --out november.csv

The ending of the file decides the form: .html, .csv (tables and figures), .json.")]
pub struct Report {
    #[command(flatten)]
    places: Places,
    /// The report's name in the tenant's file
    name: String,
    /// The tenant
    #[arg(long)]
    tenant: String,
    /// The month, YYYY-MM
    #[arg(long)]
    month: String,
    /// The file to write
    #[arg(long)]
    out: PathBuf,
    /// The language; by default the tenant's first
    #[arg(long)]
    language: Option<String>,
    /// Print what was written as JSON
    #[arg(long)]
    json: bool,
}

impl Report {
    /// Builds.
    pub fn run(self) -> anyhow::Result<End> {
        let form = self
            .out
            .extension()
            .map(|end| end.to_string_lossy().to_lowercase())
            .unwrap_or_default();
        if !["html", "csv", "json"].contains(&form.as_str()) {
            bail!(
                "--out: found {:?}; allowed is a file that ends with .html, .csv or .json",
                self.out
            );
        }
        let Some(settings) = self.places.settings(None) else { return Ok(End::BadCall) };
        let base_url = settings.base_url();
        let language = self.language.clone();
        let document = super::runtime()?.block_on(async {
            let (house, seen) = match compose(&self.places.config, settings, &base_url).await {
                Ok(built) => built,
                Err(NotBuilt::Tenants(faults)) => {
                    faults.iter().for_each(|fault| said::note(&fault.to_string()));
                    return Ok(None);
                }
                Err(NotBuilt::Other(why)) => bail!(why),
            };
            let wanted = Wanted {
                tenant: TenantId::from(self.tenant.as_str()),
                name: self.name.clone(),
                month: self.month.clone(),
                language: language.as_deref().map(Language::from),
            };
            if let Some(faults) = seen.left_out(&wanted.tenant) {
                faults.iter().for_each(|fault| said::note(&fault.to_string()));
                return Ok(None);
            }
            let built = report::build(&house.ctx, &wanted).await;
            let names: Vec<String> = house
                .ctx
                .tenants
                .get(&wanted.tenant)
                .map(|tenant| tenant.reports.keys().cloned().collect())
                .unwrap_or_default();
            house.store.close().await;
            built.map(Some).map_err(|error| match error {
                kerros_app::Error::NotFound if names.is_empty() => {
                    anyhow!("no tenant {:?} with reports", self.tenant)
                }
                kerros_app::Error::NotFound => {
                    anyhow!("no report {:?}; there are {}", self.name, names.join(", "))
                }
                other => anyhow!("{other}"),
            })
        })?;
        let Some(document) = document else { return Ok(End::BadCall) };
        let language = self.language.as_deref().unwrap_or("en");
        let text = match form.as_str() {
            "json" => format!("{}\n", serde_json::to_string_pretty(&document)?),
            "csv" => csv::of(&document),
            _ => html::of(&document, language),
        };
        std::fs::write(&self.out, text).with_context(|| format!("{}", self.out.display()))?;
        if self.json {
            said::json(&serde_json::json!({ "written": self.out }));
        } else {
            said::line(&format!("wrote {}", self.out.display()));
        }
        Ok(End::Fine)
    }
}
