//! Promises a first response, quicker for urgent conversations. Replace it with what yours does.
//!
//! The plugin is asked again whenever a fact changes and always answers with the whole set: what is left out is no
//! longer promised.

use kerros_plugin::Error;
use kerros_plugin::sla::{Facts, Metric, Owner, PauseOn, Sla, Target};
use serde::Deserialize;

kerros_plugin::sla!({{Type}});

struct {{Type}};

#[derive(Deserialize)]
struct Config {
    minutes: u64,
    urgent_minutes: u64,
}

impl Sla for {{Type}} {
    type Config = Config;

    fn targets(config: &Config, facts: &Facts) -> Result<Vec<Target>, Error> {
        let urgent = matches!(facts.priority.as_str(), "high" | "urgent");
        let minutes = if urgent { config.urgent_minutes } else { config.minutes };
        // The hours of the vendor's first layer with people; none counts all time.
        let first = facts.layers.iter().find(|l| l.kind == "personal" && l.owner == "vendor");
        Ok(vec![Target {
            metric: Metric::FirstResponse,
            owner: Owner::Vendor,
            within_s: minutes * 60,
            calendar: first.and_then(|layer| layer.calendar.clone()),
            pause_on: vec![PauseOn::OtherOwner],
            warn_at: Some(80),
            layer: None,
        }])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urgent_ones_are_answered_sooner() {
        let config = Config { minutes: 60, urgent_minutes: 15 };
        for (priority, seconds) in [("low", 3600), ("normal", 3600), ("urgent", 900)] {
            let facts = Facts { priority: priority.into(), ..Facts::default() };
            let targets = {{Type}}::targets(&config, &facts).unwrap();
            assert_eq!(targets[0].within_s, seconds, "{priority}");
        }
    }
}
