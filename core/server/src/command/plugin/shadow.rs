//! `kerros plugin shadow`: how a new version does beside the live one.

use clap::Args;

use super::uses::Named;
use crate::command::End;
use crate::lifecycle::report::Report;
use crate::said;

/// Show how the version that runs beside the live one does
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  kerros plugin shadow --tenant aurinko --use keywords

Ends with 1 if a call of the new version failed. Differences are masked: letters are x, digits are 0.")]
pub struct Shadow {
    #[command(flatten)]
    named: Named,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

impl Shadow {
    pub fn run(self) -> anyhow::Result<End> {
        let Some(found) = self.named.find()? else { return Ok(End::BadCall) };
        let locked = found.locked(&self.named.tenant)?;
        if locked.shadow.is_none() {
            said::error(&format!("no new version runs beside {}", found.key));
            return Ok(End::Wrong);
        }
        let Some(seen) = found.compared(&self.named.tenant, &locked) else {
            said::error("nothing was compared yet; does a server run on this data folder?");
            return Ok(End::Wrong);
        };
        if self.json {
            said::json(&seen);
        } else {
            tell(&seen);
        }
        Ok(if seen.failed > 0 || seen.fault.is_some() { End::Wrong } else { End::Fine })
    }
}

fn tell(seen: &Report) {
    let live = seen.from.as_ref().map_or("the version inside Kerros", |from| &from.version);
    said::line(&format!("{} of {}: {} beside {live}", seen.used_as, seen.tenant, seen.to.version));
    if let Some(fault) = &seen.fault {
        said::line(&format!("it does not run: {fault}"));
    }
    said::line(&format!(
        "compared {}: same {}, different {}, failed {}; left out under load {}",
        seen.compared(),
        seen.same,
        seen.different,
        seen.failed,
        seen.skipped
    ));
    if let (Some(live), Some(new)) = (seen.live_us_mean(), seen.new_us_mean()) {
        said::line(&format!("time per call: live {live} us, new {new} us"));
    }
    for one in &seen.differences {
        said::line(&format!("  {} {}", one.call, one.at));
        said::line(&format!("    live {}", one.live));
        said::line(&format!("    new  {}", one.new));
    }
    for failure in &seen.failures {
        said::line(&format!("  failed: {failure}"));
    }
}
