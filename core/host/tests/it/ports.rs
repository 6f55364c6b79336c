//! The host's ports, kept in memory, and a host that stands on them.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use kerros_app::ports::clock::Clock;
use kerros_app::ports::meter::{Measure, Meter};
use kerros_app::ports::outbound::{Outbound, Request, Response};
use kerros_app::ports::plugin::{Call, ContactView, ConversationView, MessageView, PluginError};
use kerros_app::ports::search::{Hit, Search};
use kerros_app::ports::secrets::Secrets;
use kerros_app::ports::tagger::{Suggestion, TaggerPlugins};
use kerros_app::tenant::{Grants, PluginUse};
use kerros_domain::id::{Language, PluginId, TenantId};
use kerros_domain::time::Timestamp;
use kerros_host::{Host, HostOptions, HostPorts, Kind, Limits};
use std::sync::Mutex;
use tokio::sync::Semaphore;

use crate::guests::{component, manifest};

/// A clock that a test moves.
#[derive(Default)]
pub struct MockClock(AtomicI64);

impl MockClock {
    pub fn pass(&self, time: Duration) {
        self.0.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

impl Clock for MockClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed))
    }
}

/// Keeps what was told, as short lines.
#[derive(Default)]
pub struct Told {
    lines: Mutex<Vec<String>>,
    used: Mutex<Duration>,
}

impl Told {
    /// Processor time of all calls so far.
    pub fn used(&self) -> Duration {
        *self.used.lock().unwrap()
    }

    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.lines.lock().unwrap())
    }
}

impl Meter for Told {
    fn record(&self, measure: Measure<'_>) {
        let line = match measure {
            Measure::PluginCall { tenant, plugin, call, outcome, cpu, .. } => {
                *self.used.lock().unwrap() += Duration::from_secs_f64(cpu);
                format!("{tenant} {plugin} {call} {outcome}")
            }
            Measure::Breaker { tenant, plugin, state, .. } => {
                format!("{tenant} {plugin} breaker {state}")
            }
            other => format!("{other:?}"),
        };
        self.lines.lock().unwrap().push(line);
    }
}

/// Secrets of tenants.
#[derive(Default)]
pub struct Known(pub HashMap<(TenantId, String), Vec<u8>>);

impl Secrets for Known {
    fn get(&self, tenant: &TenantId, name: &str) -> Option<Vec<u8>> {
        self.0.get(&(tenant.clone(), name.to_owned())).cloned()
    }
}

/// An outside that answers one way, or never.
pub enum Outside {
    Answers(u16),
    /// With 200, once `go` has a permit; each request gives `asked` one.
    Held {
        asked: Arc<Semaphore>,
        go: Arc<Semaphore>,
    },
    Refuses,
    Silent,
}

#[async_trait]
impl Outbound for Outside {
    async fn perform(&self, _: &TenantId, _: &Grants, _: &Request) -> Response {
        match self {
            Self::Answers(status) => {
                Response::Http { status: *status, headers: Vec::new(), body: "fine".to_owned() }
            }
            Self::Held { asked, go } => {
                asked.add_permits(1);
                go.acquire().await.expect("open").forget();
                Response::Http { status: 200, headers: Vec::new(), body: "fine".to_owned() }
            }
            Self::Refuses => Response::refused("not granted"),
            Self::Silent => std::future::pending().await,
        }
    }
}

struct Nothing;

#[async_trait]
impl Search for Nothing {
    async fn search(
        &self,
        _: &TenantId,
        _: &Language,
        _: Option<&str>,
        _: &str,
        _: usize,
    ) -> Vec<Hit> {
        Vec::new()
    }
}

/// A host, and the ports a test looks at.
pub struct Stand {
    pub host: Host,
    pub clock: Arc<MockClock>,
    pub told: Arc<Told>,
}

/// Limits small enough for many hosts in one test process.
pub fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.pure.parallel = 8;
    limits.io.parallel = 8;
    limits.batch.parallel = 2;
    limits
}

pub fn stand(options: HostOptions, secrets: Known, outside: Outside) -> Stand {
    let (clock, told) = (Arc::new(MockClock::default()), Arc::new(Told::default()));
    let ports = HostPorts {
        outbound: Arc::new(outside),
        search: Arc::new(Nothing),
        secrets: Arc::new(secrets),
        clock: clock.clone(),
        meter: told.clone(),
    };
    Stand { host: Host::new(options, ports).expect("the host starts"), clock, told }
}

pub fn plain() -> Stand {
    stand(
        HostOptions { limits: limits(), ..HostOptions::default() },
        Known::default(),
        Outside::Refuses,
    )
}

/// A use of a plugin, without grants.
pub fn usage(kind: Kind, name: &str) -> PluginUse {
    PluginUse {
        name: name.to_owned(),
        plugin: PluginId::from(format!("{kind}/{name}")),
        version: None,
        config: "{}".into(),
        live: false,
        role: Default::default(),
        grants: Grants::default(),
        sending: Default::default(),
    }
}

/// A conversation with one message.
pub fn conversation(text: &str) -> ConversationView {
    ConversationView {
        id: "cnv_1".to_owned(),
        channel: "chat".to_owned(),
        language: "en".to_owned(),
        segment: None,
        layer: "first-line".to_owned(),
        tags: Vec::new(),
        contact: ContactView::default(),
        messages: vec![MessageView {
            id: "msg_1".to_owned(),
            author: "contact".to_owned(),
            text: text.to_owned(),
            at_ms: 0,
        }],
    }
}

impl Stand {
    /// Loads a tagger whose body is given.
    pub fn tagger(&self, name: &str, body: &str) {
        let module = crate::guests::tagger(body);
        self.host
            .load(&component(Kind::Tagger, &module, &manifest(Kind::Tagger, name)))
            .expect("the guest loads");
    }

    /// Calls it for a tenant.
    pub async fn tag(&self, tenant: &str, name: &str) -> Result<Vec<Suggestion>, PluginError> {
        let (tenant, plugin) = (TenantId::from(tenant), usage(Kind::Tagger, name));
        let call = Call { tenant: &tenant, plugin: &plugin, trace: "t" };
        self.host.tag(call, &conversation("where is my refund")).await
    }
}
