//! `[plugins]`: where plugins come from, what policy allows them, and how much they may use.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Faults;
use crate::quantity::{Bytes, Span};

/// Plugins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Plugins {
    /// Folder of `.wasm` files beside the bundled ones; a relative one starts in the data folder.
    #[schemars(extend("minLength" = 1))]
    pub dir: PathBuf,
    /// What policy lets plugins ask for.
    pub policy: Policy,
    /// How much one call may use.
    pub limits: Limits,
    /// When a failing plugin is left alone for a while.
    pub breaker: Breaker,
}

/// What the platform lets plugins ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Capabilities that may be granted.
    #[schemars(extend("uniqueItems" = true))]
    pub capabilities: Vec<Capability>,
    /// Hosts that may be reached; `*` is any that a tenant's config names.
    pub hosts: Vec<String>,
    /// Whether requests may go to private and loopback addresses, and over plain http.
    pub private_hosts: bool,
}

/// What a plugin may be granted, as manifests name it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    Http,
    Secret,
    Search,
    Facts,
}

impl Capability {
    /// The name in manifests and files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Secret => "secret",
            Self::Search => "search",
            Self::Facts => "facts",
        }
    }
}

/// How much one call may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Time for a pure call: channel, tagger, SLA.
    pub pure_time: Span,
    /// Time for a bot's turn.
    pub bot_time: Span,
    /// Time for a report.
    pub report_time: Span,
    /// Memory of one instance.
    pub memory: Bytes,
    /// Largest result of a call.
    pub output: Bytes,
    /// Calls at once in this process.
    #[schemars(range(min = 1, max = 1000))]
    pub parallel: u32,
    /// Calls at once per tenant.
    #[schemars(range(min = 1, max = 1000))]
    pub parallel_per_tenant: u32,
}

/// When a failing plugin is left alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Breaker {
    /// Failures in a row that open it.
    #[schemars(range(min = 1, max = 1000))]
    pub failures: u32,
    /// How long it stays open before one call is tried.
    pub open_for: Span,
}

impl Default for Plugins {
    fn default() -> Self {
        Self {
            dir: "plugins".into(),
            policy: Policy::default(),
            limits: Limits::default(),
            breaker: Breaker::default(),
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        use Capability::{Facts, Http, Search, Secret};
        Self {
            capabilities: vec![Http, Secret, Search, Facts],
            hosts: vec!["*".to_owned()],
            private_hosts: false,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            pure_time: Span::millis(50),
            bot_time: Span::millis(500),
            report_time: Span::seconds(10),
            memory: Bytes(32 << 20),
            output: Bytes(1 << 20),
            parallel: 64,
            parallel_per_tenant: 16,
        }
    }
}

impl Default for Breaker {
    fn default() -> Self {
        Self { failures: 5, open_for: Span::seconds(30) }
    }
}

impl Plugins {
    pub(super) fn validate(&self, faults: &mut Faults<'_>) {
        let times = [
            ("pure_time", self.limits.pure_time, 5),
            ("bot_time", self.limits.bot_time, 60),
            ("report_time", self.limits.report_time, 600),
        ];
        for (name, time, most) in times {
            if time.as_millis() == 0 || time > Span::seconds(most) {
                let allowed = format!("allowed is 1ms to {}", Span::seconds(most));
                faults.wrong(&format!("plugins.limits.{name}"), &format!("\"{time}\""), allowed);
            }
        }
        let sizes = [
            ("memory", self.limits.memory, 1 << 20, 1 << 30),
            ("output", self.limits.output, 1 << 10, 16 << 20),
        ];
        for (name, size, least, most) in sizes {
            if size.0 < least || size.0 > most {
                let allowed = format!("allowed is {} to {}", Bytes(least), Bytes(most));
                faults.wrong(&format!("plugins.limits.{name}"), &format!("\"{size}\""), allowed);
            }
        }
        for (n, host) in self.policy.hosts.iter().enumerate() {
            if host != "*" && !super::outbound::is_host_pattern(host) {
                faults.wrong(
                    &format!("plugins.policy.hosts[{n}]"),
                    &format!("{host:?}"),
                    format!("allowed is \"*\" or {}", super::outbound::HOST_PATTERN),
                );
            }
        }
    }
}
