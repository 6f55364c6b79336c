//! `kerros plugin rollback`: one step back.

use clap::Args;
use kerros_publish::lock::{Back, Step, Use};

use super::change::change;
use super::uses::Named;
use crate::command::End;
use crate::said;

/// Go one step back: end the version that runs beside the live one, else let the version before serve again
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  kerros plugin rollback --tenant aurinko --use keywords

Refuses (1) what no server would take: a version that is not installed or not trusted any more, one that the
tenant's config does not fit, and any where the tenant's file pins a digest.")]
pub struct Rollback {
    #[command(flatten)]
    named: Named,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

impl Rollback {
    pub fn run(self) -> anyhow::Result<End> {
        let Some(found) = self.named.find()? else { return Ok(End::BadCall) };
        let done = change(&self.named, &found, Step::NoBefore, Use::roll_back)?;
        let Some(done) = done else { return Ok(End::Wrong) };
        let (serves, text) = match &done.step {
            Back::ShadowEnded => (
                None,
                "the new version does not run any more; what serves did not change".to_owned(),
            ),
            Back::Serves(None) => {
                (None, format!("the version inside Kerros serves {} again", found.key))
            }
            Back::Serves(Some(version)) => {
                let text = format!(
                    "{} ({}) serves {} again",
                    version.version,
                    version.digest.short(),
                    found.key
                );
                (Some(version.clone()), text)
            }
        };
        if self.json {
            said::json(&serde_json::json!({ "use": found.key, "serves": serves, "message": text }));
        } else {
            said::line(&text);
        }
        Ok(if done.serves() { End::Fine } else { End::Wrong })
    }
}
