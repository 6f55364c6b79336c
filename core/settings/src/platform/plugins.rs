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
    /// Which plugins load at all.
    pub trust: Trust,
    /// Whose signatures count.
    pub publishers: Vec<Publisher>,
    /// Failed calls of each tenant kept for a replay; the oldest goes when there are more. 0 keeps none.
    #[schemars(range(max = 10_000))]
    pub keep_failed_calls: u32,
    /// New versions that run beside the live one.
    pub shadow: Shadow,
    /// What policy lets plugins ask for.
    pub policy: Policy,
    /// How much one call may use.
    pub limits: Limits,
    /// When a failing plugin is left alone for a while.
    pub breaker: Breaker,
}

/// Which plugins load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// Those inside the binary, and packages signed by one of the publishers.
    Signed,
    /// Unsigned ones and loose files too.
    Any,
}

/// Somebody whose plugins may run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Publisher {
    /// For people.
    #[schemars(length(min = 1))]
    pub name: String,
    /// The public key, as `kerros plugin keygen` prints it.
    #[schemars(regex(pattern = KEY), extend("x-allowed" = KEY_WORDS))]
    pub key: String,
}

const KEY: &str = "^ed25519:[A-Za-z0-9+/]{43}=$";
const KEY_WORDS: &str =
    "a public key, ed25519: and 44 characters, as `kerros plugin keygen` prints it";

/// New versions that run beside the live one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Shadow {
    /// Calls that may wait for their turn; what comes on top is left out and counted, so that live calls never wait.
    #[schemars(range(min = 1, max = 10_000))]
    pub queue: u32,
    /// Differences kept of each, masked.
    #[schemars(range(max = 1000))]
    pub differences: u32,
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
    Kv,
}

impl Capability {
    /// Every one.
    pub const ALL: [Self; 5] = [Self::Http, Self::Secret, Self::Search, Self::Facts, Self::Kv];

    /// The name in manifests and files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Secret => "secret",
            Self::Search => "search",
            Self::Facts => "facts",
            Self::Kv => "kv",
        }
    }
}

/// How much one call may use, by lane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Channels, taggers, SLA: they compute only.
    pub pure: Lane,
    /// Bots: they may wait for the network.
    pub bot: Lane,
    /// Reports: they may compute for seconds.
    pub report: Lane,
    /// Plugins of any kind whose instances are kept.
    pub warm: Warm,
}

/// Kept instances: of plugins that bring a language's runtime along, or ask for it with `lane = "warm"`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Warm {
    /// Memory of one instance.
    pub memory: Bytes,
    /// Instances of one use, and so its calls at once.
    #[schemars(range(min = 1, max = 1000))]
    pub per_use: usize,
    /// Instances of all uses that wait for their next call.
    #[schemars(range(max = 10_000))]
    pub kept: usize,
    /// Longest wait for the next call.
    pub idle: Span,
}

/// How much one call of a lane may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lane {
    /// Processor time of a call.
    pub time: Span,
    /// Time in all, waiting included: for the network, or for a turn on a busy machine.
    pub wall_time: Span,
    /// Memory of one instance.
    pub memory: Bytes,
    /// Largest result.
    pub output: Bytes,
    /// Calls at once in this process.
    #[schemars(range(min = 1, max = 1000))]
    pub parallel: usize,
    /// Calls at once per tenant.
    #[schemars(range(min = 1, max = 1000))]
    pub parallel_per_tenant: usize,
    /// Longest wait for a free place.
    pub wait: Span,
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
            trust: Trust::Signed,
            publishers: Vec::new(),
            keep_failed_calls: 0,
            shadow: Shadow::default(),
            policy: Policy::default(),
            limits: Limits::default(),
            breaker: Breaker::default(),
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            capabilities: Capability::ALL.to_vec(),
            hosts: vec!["*".to_owned()],
            private_hosts: false,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: u64 = 1 << 20;
        Self {
            pure: Lane {
                time: Span::millis(100),
                wall_time: Span::seconds(2),
                memory: Bytes(16 * MIB),
                output: Bytes(2 * MIB),
                parallel: 64,
                parallel_per_tenant: 16,
                wait: Span::seconds(5),
            },
            bot: Lane {
                time: Span::millis(250),
                wall_time: Span::seconds(10),
                memory: Bytes(32 * MIB),
                output: Bytes(2 * MIB),
                parallel: 256,
                parallel_per_tenant: 32,
                wait: Span::seconds(5),
            },
            report: Lane {
                time: Span::seconds(5),
                wall_time: Span::seconds(30),
                memory: Bytes(64 * MIB),
                output: Bytes(8 * MIB),
                parallel: 4,
                parallel_per_tenant: 1,
                wait: Span::seconds(30),
            },
            warm: Warm::default(),
        }
    }
}

impl Default for Warm {
    fn default() -> Self {
        Self { memory: Bytes(128 << 20), per_use: 4, kept: 64, idle: Span::seconds(300) }
    }
}

impl Default for Shadow {
    fn default() -> Self {
        Self { queue: 256, differences: 20 }
    }
}

impl Default for Breaker {
    fn default() -> Self {
        Self { failures: 5, open_for: Span::seconds(30) }
    }
}

impl Plugins {
    pub(super) fn validate(&self, faults: &mut Faults<'_>) {
        self.limits.pure.validate("pure", faults);
        self.limits.bot.validate("bot", faults);
        self.limits.report.validate("report", faults);
        self.limits.warm.validate(faults);
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

impl Warm {
    fn validate(&self, faults: &mut Faults<'_>) {
        let (least, most) = (8 << 20, 1 << 30);
        if self.memory.0 < least || self.memory.0 > most {
            let allowed = format!("allowed is {} to {}", Bytes(least), Bytes(most));
            faults.wrong("plugins.limits.warm.memory", &format!("\"{}\"", self.memory), allowed);
        }
        if self.idle.as_millis() == 0 || self.idle > Span::seconds(86_400) {
            let allowed = "allowed is 1ms to 1d";
            faults.wrong("plugins.limits.warm.idle", &format!("\"{}\"", self.idle), allowed);
        }
    }
}

impl Lane {
    fn validate(&self, name: &str, faults: &mut Faults<'_>) {
        let at = |key: &str| format!("plugins.limits.{name}.{key}");
        for (key, time) in [("time", self.time), ("wall_time", self.wall_time)] {
            if time.as_millis() == 0 || time > Span::seconds(600) {
                faults.wrong(&at(key), &format!("\"{time}\""), "allowed is 1ms to 10m");
            }
        }
        let sizes =
            [("memory", self.memory, 1 << 20, 1 << 30), ("output", self.output, 1 << 10, 64 << 20)];
        for (key, size, least, most) in sizes {
            if size.0 < least || size.0 > most {
                let allowed = format!("allowed is {} to {}", Bytes(least), Bytes(most));
                faults.wrong(&at(key), &format!("\"{size}\""), allowed);
            }
        }
    }
}
