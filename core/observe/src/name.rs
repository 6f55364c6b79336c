//! Every metric Kerros exports, once.

/// How a metric behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts in buckets.
    Histogram(Edges),
}

/// Which bucket edges a histogram has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edges {
    /// SLA times: every configured target lies on an edge.
    Sla,
    /// Work inside the node: 0.1 ms to 10 s.
    Work,
    /// Plugin calls: 10 us to 5 s.
    Call,
}

macro_rules! names {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $kind:expr, [$($label:literal),*], $help:literal;)*) => {
        /// A metric.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Name { $(#[doc = $help] $variant,)* }

        impl Name {
            /// Every metric.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name as scraped.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
            /// How it behaves.
            #[must_use]
            pub const fn kind(self) -> Kind {
                match self { $(Self::$variant => $kind,)* }
            }
            /// Its labels.
            #[must_use]
            pub const fn labels(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($label),*],)* }
            }
            /// What it says.
            #[must_use]
            pub const fn help(self) -> &'static str {
                match self { $(Self::$variant => $help,)* }
            }
        }
    };
}

use Edges::{Call, Sla, Work};
use Kind::{Counter, Gauge, Histogram};

names! {
    ConversationsOpened = "kerros_conversations_opened_total", Counter, ["tenant", "layer", "channel"], "Conversations opened, by first layer and channel.";
    ConversationsResolved = "kerros_conversations_resolved_total", Counter, ["tenant", "layer", "channel", "solved"], "Conversations resolved, by the layer that held them; solved is confirmed, assumed or by_person.";
    ConversationsReopened = "kerros_conversations_reopened_total", Counter, ["tenant", "layer"], "Resolved conversations that the customer opened again.";
    Demand = "kerros_demand_total", Counter, ["tenant", "channel"], "Units of demand: conversations in which the customer wrote at least once.";
    LayerEntered = "kerros_layer_entered_total", Counter, ["tenant", "layer"], "Conversations that entered a layer.";
    Escalations = "kerros_escalations_total", Counter, ["tenant", "from", "to"], "Escalations with a briefing.";
    HandBacks = "kerros_hand_backs_total", Counter, ["tenant", "from", "missing_facts"], "Conversations given back by an expert layer; missing_facts is a bounce-back.";
    QueueDepth = "kerros_queue_depth", Gauge, ["tenant", "layer", "state"], "Open conversations now, by layer and state.";
    OldestWaiting = "kerros_oldest_waiting_seconds", Gauge, ["tenant", "layer"], "How long the oldest queued conversation has waited.";
    FirstResponse = "kerros_first_response_seconds", Histogram(Sla), ["tenant", "layer", "channel"], "Open seconds from the customer's first message that reached people to the first message by a person, late ones included; bots do not count. Counted in the promise's calendar, else in the layer's hours. Every SLA target as configured at start is a bucket edge.";
    NextResponse = "kerros_next_response_seconds", Histogram(Sla), ["tenant", "layer", "channel"], "Open seconds from the oldest unanswered customer message to a person's answer or the resolve, late ones included. Every SLA target as configured at start is a bucket edge.";
    Resolution = "kerros_resolution_seconds", Histogram(Sla), ["tenant", "layer", "channel"], "Open seconds from opening to each resolve, late ones included. Every SLA target as configured at start is a bucket edge.";
    SlaTargets = "kerros_sla_targets_total", Counter, ["tenant", "owner", "metric", "outcome"], "SLA targets that were met, warned or breached; owner is vendor or client.";
    LayerGoal = "kerros_layer_goal_ratio", Gauge, ["tenant", "layer", "share", "bound"], "The goal of a layer as a ratio; bound is at_least or under.";
    LayerActual = "kerros_layer_actual_ratio", Gauge, ["tenant", "layer", "share"], "The layer's share this month in the tenant's time zone, as a ratio.";
    SchedulerLag = "kerros_scheduler_lag_seconds", Histogram(Work), [], "From a timer's due moment to its durable record.";
    IntakeSeconds = "kerros_intake_seconds", Histogram(Work), ["tenant"], "From a message's arrival to the end of its intake.";
    Inbound = "kerros_inbound_total", Counter, ["tenant", "channel", "outcome"], "Hooks and frames by outcome: accepted, duplicate, dropped (a message of it was known already), unauthorized, malformed, oversized, limited, unavailable.";
    PluginCalls = "kerros_plugin_calls_total", Counter, ["tenant", "plugin", "kind", "call", "outcome"], "Plugin calls by outcome: ok, invalid, temporary, permanent, fault, timeout, unavailable.";
    PluginSeconds = "kerros_plugin_call_seconds", Histogram(Call), ["plugin", "kind", "call"], "Wall time of a plugin call, instance creation included.";
    PluginCpu = "kerros_plugin_cpu_seconds_total", Counter, ["tenant", "plugin", "kind"], "Processor time of calls, of their thread; what a guest waits is not counted.";
    PluginBytes = "kerros_plugin_bytes_total", Counter, ["tenant", "plugin", "direction"], "Bytes that plugins were given (in) and answered (out), of the values as JSON.";
    PluginTraps = "kerros_plugin_traps_total", Counter, ["tenant", "plugin", "kind"], "Calls that broke: trap, out of memory, bad output.";
    PluginTimeouts = "kerros_plugin_timeouts_total", Counter, ["tenant", "plugin", "kind"], "Calls stopped at the end of their time budget.";
    BreakerState = "kerros_plugin_breaker_state", Gauge, ["tenant", "plugin", "kind"], "Circuit breaker: 0 closed, 1 half open, 2 open.";
    PluginsRefused = "kerros_plugins_refused_total", Counter, ["reason"], "Plugins that were not loaded: unsigned, stranger, forged, facts, tampered, faulty, missing.";
    ShadowCalls = "kerros_plugin_shadow_calls_total", Counter, ["tenant", "plugin", "kind", "outcome"], "Calls of new versions beside the live ones: same, different, failed, skipped.";
    Jobs = "kerros_jobs_total", Counter, ["kind", "outcome"], "Attempts of background jobs: done, retry, dead, conflict.";
    JobSeconds = "kerros_job_seconds", Histogram(Work), ["kind"], "Time of an attempt.";
    JobsWaiting = "kerros_jobs_waiting", Gauge, ["kind"], "Jobs waiting or held.";
    JobsDead = "kerros_jobs_dead", Gauge, ["tenant", "kind"], "Dead letters.";
    JobsOldest = "kerros_jobs_oldest_seconds", Gauge, ["kind"], "How long the oldest runnable job has waited.";
    Deliveries = "kerros_deliveries_total", Counter, ["tenant", "channel", "outcome"], "Delivery attempts: sent, retry, rejected, dead.";
    DeliveriesWaiting = "kerros_deliveries_waiting", Gauge, ["tenant", "channel"], "Messages that wait to go out, on all nodes.";
    ChannelPaused = "kerros_channel_paused", Gauge, ["tenant", "channel"], "1 while a channel sends nothing on this node because its provider asked everybody to slow down.";
    ChannelErrorRatio = "kerros_channel_error_ratio", Gauge, ["tenant", "channel"], "Failed delivery attempts of the last hour on this node as a share of all; absent where nothing was tried.";
    ChannelLastSent = "kerros_channel_last_sent_timestamp_seconds", Gauge, ["tenant", "channel"], "When the provider of a channel last took a message from this node; absent before the first.";
    MailFetched = "kerros_mail_fetched_total", Counter, ["tenant", "mailbox", "outcome"], "Mails of a mailbox: taken, known, refused, unreadable; or its faults: login, config, network, keep.";
    MailboxUp = "kerros_mailbox_up", Gauge, ["tenant", "mailbox"], "1 while a mailbox is connected here, 0 while it is down or starting; absent where another node fetches it.";
    MailboxWaiting = "kerros_mailbox_waiting", Gauge, ["tenant", "mailbox"], "Mails on the server that are not taken in yet.";
    MailboxLag = "kerros_mailbox_lag_seconds", Gauge, ["tenant", "mailbox"], "How long ago everything in a mailbox was taken in; 0 while it waits for news.";
    MailSubmitted = "kerros_mail_submitted_total", Counter, ["tenant", "channel", "outcome"], "Mails given to a submission server: sent, partly, deferred, rejected, broken, refused.";
    MailSubmitSeconds = "kerros_mail_submit_seconds", Histogram(Work), [], "Time to write, sign and submit a mail.";
    MailConnections = "kerros_mail_connections", Gauge, ["tenant", "channel", "state"], "Connections to submission servers: busy or idle.";
    Sockets = "kerros_sockets", Gauge, ["surface"], "Open live connections: widget or console.";
    HttpRequests = "kerros_http_requests_total", Counter, ["route", "method", "status"], "HTTP requests by route template and status.";
    HttpSeconds = "kerros_http_request_seconds", Histogram(Work), ["route", "method"], "Time to answer an HTTP request.";
    DatabaseCommits = "kerros_database_commits_total", Counter, ["outcome"], "Units of work: ok, conflict, duplicate, refused, unavailable.";
    DatabaseSeconds = "kerros_database_seconds", Histogram(Work), ["operation"], "Time of a database operation: commit or read.";
    DatabaseUp = "kerros_database_up", Gauge, [], "1 if the database took a durable write, tried at this scrape or less than a second before; 0 if not.";
    ConfigReloads = "kerros_config_reloads_total", Counter, ["outcome"], "Tenant files taken in or refused, at start and after a change.";
    ConfigLoaded = "kerros_config_last_load_timestamp_seconds", Gauge, [], "When a tenant file was last taken in.";
    BuildInfo = "kerros_build_info", Gauge, ["version", "rustc", "commit"], "1; the labels say the version, the compiler and the commit it was built from, unknown where it was built without one.";
    StartTime = "kerros_start_timestamp_seconds", Gauge, [], "When this process started.";
}
