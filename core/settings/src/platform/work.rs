//! `[work]`: background work.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Faults;
use crate::quantity::Span;

/// Background work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Work {
    /// Lanes of work in this process; 0 takes two per processor.
    #[schemars(range(max = 256))]
    pub shards: usize,
    /// How long a node holds a job before another may take it.
    pub lease: Span,
    /// How often due SLA targets, other timers and the queues are looked at.
    pub tick: Span,
    /// How often work that another node left behind is looked for.
    pub claim: Span,
}

impl Default for Work {
    fn default() -> Self {
        Self {
            shards: 0,
            lease: Span::seconds(30),
            tick: Span::millis(250),
            claim: Span::seconds(1),
        }
    }
}

impl Work {
    pub(super) fn validate(&self, faults: &mut Faults<'_>) {
        let spans = [
            ("lease", self.lease, Span::seconds(5), Span::seconds(600)),
            ("tick", self.tick, Span::millis(20), Span::seconds(5)),
            ("claim", self.claim, Span::millis(50), Span::seconds(60)),
        ];
        for (name, span, least, most) in spans {
            if span < least || span > most {
                let allowed = format!("allowed is {least} to {most}");
                faults.wrong(&format!("work.{name}"), &format!("\"{span}\""), allowed);
            }
        }
    }
}
