//! `[work]`: background work.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Faults;
use crate::quantity::Span;

/// Background work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Work {
    /// Conversations worked on at once in this process.
    #[schemars(range(min = 1, max = 1024))]
    pub shards: usize,
    /// Deliveries at once in this process; one tenant has at most a quarter of them.
    #[schemars(range(min = 1, max = 1024))]
    pub deliveries: usize,
    /// How long a node holds a job without a sign of life.
    pub lease: Span,
    /// How often due SLA targets and other timers are looked for.
    pub tick: Span,
    /// How often work that was left behind, and work whose retry is due, is looked for.
    pub claim: Span,
    /// How often the router looks at every queue.
    pub route: Span,
}

impl Default for Work {
    fn default() -> Self {
        Self {
            shards: 64,
            deliveries: 256,
            lease: Span::seconds(15),
            tick: Span::millis(250),
            claim: Span::seconds(1),
            route: Span::seconds(1),
        }
    }
}

impl Work {
    pub(super) fn validate(&self, faults: &mut Faults<'_>) {
        let spans = [
            ("lease", self.lease, Span::seconds(5), Span::seconds(600)),
            ("tick", self.tick, Span::millis(20), Span::seconds(5)),
            ("claim", self.claim, Span::millis(50), Span::seconds(60)),
            ("route", self.route, Span::millis(50), Span::seconds(60)),
        ];
        for (name, span, least, most) in spans {
            if span < least || span > most {
                let allowed = format!("allowed is {least} to {most}");
                faults.wrong(&format!("work.{name}"), &format!("\"{span}\""), allowed);
            }
        }
    }
}
