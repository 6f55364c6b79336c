//! What the use cases tell the metrics. One value per thing worth counting; `server` maps them to Prometheus.

use kerros_domain::conversation::Solved;
use kerros_domain::id::{ChannelId, LayerId, TenantId};
use kerros_domain::sla::{Metric, Owner};

/// Something to count or time.
#[derive(Debug, Clone, PartialEq)]
pub enum Measure<'a> {
    /// A conversation was opened.
    Opened { tenant: &'a TenantId, layer: &'a LayerId, channel: &'a ChannelId },
    /// The customer wrote for the first time in a conversation: one unit of demand.
    Demand { tenant: &'a TenantId, channel: &'a ChannelId },
    /// A conversation was resolved.
    Resolved { tenant: &'a TenantId, layer: &'a LayerId, channel: &'a ChannelId, solved: Solved },
    /// A conversation was reopened.
    Reopened { tenant: &'a TenantId, layer: &'a LayerId },
    /// A conversation entered a layer.
    Entered { tenant: &'a TenantId, layer: &'a LayerId },
    /// A conversation was escalated with a briefing.
    Escalated { tenant: &'a TenantId, from: &'a LayerId, to: &'a LayerId },
    /// An expert gave it back.
    HandedBack { tenant: &'a TenantId, from: &'a LayerId, missing_facts: bool },
    /// An answer or a solution, promised or not: open seconds it took.
    Response {
        tenant: &'a TenantId,
        layer: &'a LayerId,
        channel: &'a ChannelId,
        metric: Metric,
        seconds: f64,
    },
    /// A target was met, warned or breached (`outcome`).
    Target { tenant: &'a TenantId, owner: Owner, metric: Metric, outcome: &'static str },
    /// A hook or frame came in: `accepted`, `duplicate`, `dropped` (taken in, and then known already), `unauthorized`,
    /// `malformed`, `oversized`,
    /// `limited`, `unavailable`.
    Inbound { tenant: &'a TenantId, channel: &'a ChannelId, outcome: &'static str },
    /// A plugin call ended: `ok`, `invalid`, `temporary`, `permanent`, `fault`, `timeout`, `unavailable`.
    PluginCall {
        tenant: &'a TenantId,
        plugin: &'a str,
        kind: &'static str,
        call: &'static str,
        outcome: &'static str,
        seconds: f64,
        /// Processor seconds of the guest.
        cpu: f64,
    },
    /// What a plugin was given in a call, and what it answered, bytes of the values as JSON.
    PluginBytes { tenant: &'a TenantId, plugin: &'a str, taken_in: u64, given_out: u64 },
    /// A plugin's breaker changed: 0 closed, 1 half open, 2 open.
    Breaker { tenant: &'a TenantId, plugin: &'a str, kind: &'static str, state: u8 },
    /// An attempt of a job ended: `done`, `retry`, `dead`, `conflict`.
    Job { kind: &'static str, outcome: &'static str, seconds: f64 },
    /// A delivery attempt ended: `sent`, `retry`, `rejected`, `dead`.
    Delivery { tenant: &'a TenantId, channel: &'a ChannelId, outcome: &'static str },
    /// Mails of a mailbox: `taken`, `known`, `refused`, `unreadable`; or one fault: `login`, `config`, `network`,
    /// `keep`.
    MailFetched { tenant: &'a TenantId, mailbox: &'a str, outcome: &'static str, mails: u64 },
    /// A mail was submitted: `sent`, `partly`, `deferred`, `rejected`, `broken`, `refused`.
    MailSubmitted {
        tenant: &'a TenantId,
        channel: &'a ChannelId,
        outcome: &'static str,
        seconds: f64,
    },
    /// From a timer's due moment to its record.
    SchedulerLag { seconds: f64 },
    /// From a hook's or frame's arrival to the end of its intake.
    IntakeLag { tenant: &'a TenantId, seconds: f64 },
}

/// Takes measures. Never waits.
pub trait Meter: Send + Sync {
    /// Takes one.
    fn record(&self, measure: Measure<'_>);
}

/// Takes measures and forgets them: for tests and tools.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoMeter;

impl Meter for NoMeter {
    fn record(&self, _measure: Measure<'_>) {}
}
