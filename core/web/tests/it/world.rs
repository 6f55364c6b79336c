//! Two tenants with their people over the in-memory store, and the real workers behind them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use kerros_app::caller::Caller;
use kerros_app::create_token::{CreateToken, create_token};
use kerros_app::local_bus::LocalBus;
use kerros_app::memory::{FixedTenants, Memory, TestClock, TestIds};
use kerros_app::ports::bus::{Bus, News};
use kerros_app::ports::costs::{Cost, DAY_MS};
use kerros_app::ports::meter::NoMeter;
use kerros_app::ports::store::{
    Changes, End, Job, JobEnd, JobKind, Lease, Membership, Role, Scope, Store, StoreError, User,
};
use kerros_app::tenant::{Approved, Article, ChannelRole, Grants, PluginUse, Tenant, WidgetLook};
use kerros_app::work;
use kerros_app::{Ctx, Ports};
use kerros_domain::calendar::{Calendar, parse_week};
use kerros_domain::id::{ChannelId, ConversationId, JobId, UserId};
use kerros_domain::policy::{
    Assignment, BriefingField, Layer, LayerKind, OutOfHours, Segment, TenantPolicy,
};
use kerros_domain::sla::Owner;
use kerros_domain::time::Timestamp;
use kerros_observe::metrics::Metrics;
use kerros_observe::name::Name;
use kerros_web::health::Readiness;
use kerros_web::state::{
    MailboxState, Parts, PluginFault, PluginFaults, Scrape, SecretPlace, UnsetSecret,
};
use kerros_web::{Limits, WebState};
use tokio::sync::{broadcast, watch};

use crate::client::{Client, Who};
use crate::plugins::{GENUINE, Plugins};

/// A Sunday in November 2026, in the afternoon.
const NOW: i64 = 1_795_356_000_000;
/// Everything that is waited for comes within this, or the test fails.
pub const PATIENCE: Duration = Duration::from_secs(10);

struct Rendered(Arc<Metrics>);

#[async_trait]
impl Scrape for Rendered {
    async fn render(&self, writable: bool) -> String {
        self.0.set(Name::DatabaseUp, &[], f64::from(u8::from(writable)));
        self.0.render()
    }
}

struct OneFault;

#[async_trait]
impl PluginFaults for OneFault {
    async fn costs(&self, scope: &Scope, from: i64, to: i64) -> Result<Vec<Cost>, StoreError> {
        let today = NOW.div_euclid(DAY_MS);
        let cost = |tenant: &str, day| Cost {
            tenant: tenant.into(),
            day,
            plugin: "tagger/keywords".into(),
            kind: "tagger".into(),
            calls: 1200,
            errors: 3,
            cpu_us: 43_500,
            bytes_in: 600_000,
            bytes_out: 48_000,
        };
        Ok([today - 40, today - 29, today]
            .into_iter()
            .filter(|day| (from..=to).contains(day))
            .flat_map(|day| ["aurinko", "vuori"].map(|tenant| cost(tenant, day)))
            .filter(|cost| scope.holds(&cost.tenant))
            .collect())
    }

    fn all(&self) -> Vec<PluginFault> {
        ["aurinko", "vuori"]
            .map(|tenant| PluginFault {
                tenant: tenant.into(),
                plugin: "tagger/keywords".into(),
                name: "keywords".into(),
                fault: "timeout",
                message: "plugin stopped after its time budget".into(),
                at: Timestamp(NOW),
                count: 3,
            })
            .into()
    }

    fn mailboxes(&self) -> Vec<MailboxState> {
        ["aurinko", "vuori"]
            .map(|tenant| MailboxState {
                tenant: tenant.into(),
                mailbox: "support".into(),
                channel: "mail".into(),
                address: format!("support@{tenant}.example"),
                state: "idle",
                since: Timestamp(NOW),
                fault: None,
                waiting: 0,
                caught_up: Some(Timestamp(NOW)),
            })
            .into()
    }

    fn unset(&self) -> Vec<UnsetSecret> {
        ["aurinko", "vuori"]
            .map(|tenant| UnsetSecret {
                tenant: tenant.into(),
                name: "telegram".into(),
                secret: "token".into(),
                source: SecretPlace::Variable(format!("{}_TELEGRAM_TOKEN", tenant.to_uppercase())),
            })
            .into()
    }
}

fn layer(id: &str, kind: LayerKind) -> Layer {
    let expert = kind == LayerKind::Expert;
    let tried = BriefingField { key: "tried".into(), title: BTreeMap::new(), required: true };
    Layer {
        id: id.into(),
        title: BTreeMap::from([("en".into(), id.to_owned())]),
        kind,
        owner: if expert { Owner::Client } else { Owner::Vendor },
        calendar: None,
        out_of_hours: OutOfHours::Queue,
        assignment: Assignment::Manual,
        capacity: 3,
        skills: Vec::new(),
        briefing: if expert { vec![tried] } else { Vec::new() },
    }
}

fn plugin(name: &str, plugin: &str, live: bool) -> PluginUse {
    PluginUse {
        name: name.into(),
        plugin: plugin.into(),
        version: None,
        config: "{}".into(),
        live,
        role: Default::default(),
        grants: Grants::default(),
        sending: Default::default(),
    }
}

/// Aurinko has a shared channel, a system for leads and a channel for calls beside the usual.
fn channels(tenant: &str, hook: PluginUse) -> BTreeMap<ChannelId, PluginUse> {
    let with = |name: &str, kind: &str, role| {
        let uses = PluginUse { role, ..plugin(name, kind, false) };
        (ChannelId::from(name), uses)
    };
    let mut all = BTreeMap::from([
        ("chat".into(), plugin("chat", "channel/web-chat", true)),
        ("hook".into(), hook),
        ("mail".into(), plugin("mail", "channel/email", false)),
    ]);
    if tenant == "aurinko" {
        all.extend([
            with("slack", "channel/slack", ChannelRole::Cases),
            with("crm", "channel/leads", ChannelRole::Leads),
            with("calls", "channel/callback", ChannelRole::Calls),
        ]);
    }
    all
}

fn tenant(id: &str, origins: &[&str]) -> Tenant {
    let mut hook = plugin("hook", "channel/webhook", false);
    hook.sending.templates = vec![Approved {
        name: "on_its_way".into(),
        language: "en".into(),
        text: "Hello {1}, your card is on its way.".into(),
        parameters: vec!["First name".into()],
    }];
    let mut experts = layer("experts", LayerKind::Expert);
    if id == "vuori" {
        // It is Sunday: nobody is there.
        experts.calendar = Some("office".into());
        experts.out_of_hours = OutOfHours::Capture;
    }
    let hours = parse_week("mon-fri 08:00-16:00").unwrap();
    let office = Calendar::new("Europe/Helsinki", &hours, &[], &[]).unwrap();
    Tenant {
        policy: TenantPolicy {
            id: id.into(),
            title: format!("{id} oy"),
            languages: vec!["fi".into(), "en".into()],
            segments: vec![Segment { id: "employees".into(), title: BTreeMap::new() }],
            layers: vec![layer("first-line", LayerKind::Personal), experts],
            goals: Vec::new(),
            calendars: BTreeMap::from([("office".into(), Arc::new(office))]),
            time_zone: "Europe/Helsinki".into(),
            reopen_window_s: 3600,
            tags: vec!["card".into(), "invoice".into()],
            tag_required: false,
            bot_silence_s: 3600,
        },
        channels: channels(id, hook),
        bots: BTreeMap::new(),
        taggers: Vec::new(),
        sla: None,
        reports: BTreeMap::from([("monthly".into(), plugin("monthly", "report/x", false))]),
        widget: WidgetLook {
            channel: Some("chat".into()),
            accent: "#005577".into(),
            title: BTreeMap::from([("en".into(), "Ask us".into())]),
            greeting: BTreeMap::from([("fi".into(), "Hei!".into())]),
            origins: origins.iter().map(ToString::to_string).collect(),
        },
        articles: vec![Article {
            slug: "card".into(),
            language: "fi".into(),
            title: "Kortin tilaaminen".into(),
            body: "Tilaa kortti **sovelluksesta**.<script>alert(1)</script>".into(),
            segments: Vec::new(),
        }],
        closed_notice: BTreeMap::new(),
        manners: Default::default(),
        addresses: Default::default(),
        digest: String::new(),
    }
}

pub struct World {
    pub ctx: Ctx,
    pub store: Arc<Memory>,
    pub clock: TestClock,
    pub state: WebState,
    pub readiness: Arc<Readiness>,
    pub app: Router,
    news: tokio::sync::Mutex<broadcast::Receiver<Arc<News>>>,
    stop: watch::Sender<bool>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

/// A world with the usual limits.
pub async fn world() -> World {
    world_with(Limits::default()).await
}

/// A world with other limits.
pub async fn world_with(limits: Limits) -> World {
    let clock = TestClock::at(Timestamp(NOW));
    let store = Arc::new(Memory::default());
    let plugins = Arc::new(Plugins);
    let bus = LocalBus::default();
    let news = bus.subscribe();
    let tenants = [tenant("aurinko", &["https://aurinko.example"]), tenant("vuori", &[])];
    let as_store: Arc<dyn Store> = Arc::<Memory>::clone(&store);
    let ctx = Ctx::new(Ports {
        store: as_store,
        tenants: Arc::new(FixedTenants::new(tenants)),
        channels: Arc::<Plugins>::clone(&plugins),
        bots: Arc::<Plugins>::clone(&plugins),
        taggers: Arc::<Plugins>::clone(&plugins),
        slas: Arc::<Plugins>::clone(&plugins),
        reports: Arc::<Plugins>::clone(&plugins),
        outbound: Arc::<Plugins>::clone(&plugins),
        search: plugins,
        files: Arc::new(kerros_app::memory::MemoryFiles::default()),
        bus: Arc::new(bus),
        clock: Arc::new(clock.clone()),
        ids: Arc::new(TestIds::default()),
        meter: Arc::new(NoMeter),
        node: "test".into(),
        base_url: "https://kerros.example".into(),
    });
    let (stop, stopping) = watch::channel(false);
    work::start(ctx.clone(), work::Config::default(), stopping);
    let metrics = Arc::new(Metrics::new(&[], 8).unwrap());
    let readiness = Arc::new(Readiness::default());
    readiness.started();
    let state = WebState::new(Parts {
        ctx: ctx.clone(),
        scrape: Arc::new(Rendered(Arc::clone(&metrics))),
        metrics,
        faults: Arc::new(OneFault),
        readiness: Arc::clone(&readiness),
        limits,
        sessions: kerros_web::state::Sessions::default(),
        lifting: Arc::new(crate::plugins::Lifter),
    });
    let app = kerros_web::router(state.clone());
    World { ctx, store, clock, state, readiness, app, news: news.into(), stop }
}

impl World {
    /// Takes the database away, or gives it back.
    pub fn database_gone(&self, gone: bool) {
        self.store.fail(gone.then(|| StoreError::Unavailable("pulled out".into())));
    }

    /// Adds a person; their email is `name@tenant.example`, their password `name's password`.
    pub async fn person(&self, name: &str, role: Role, tenant: &str, layer: &str) -> Caller {
        let user = User {
            id: UserId(uuid(&self.ctx)),
            email: format!("{name}@{tenant}.example"),
            name: name.to_owned(),
            role,
            language: "en".into(),
            memberships: vec![Membership {
                tenant: tenant.into(),
                layers: vec![layer.into()],
                skills: Vec::new(),
                languages: Vec::new(),
                segments: Vec::new(),
            }],
            available: true,
            seen_at: None,
            active: true,
            created_at: Timestamp(NOW),
        };
        let hash = kerros_web::auth::password::hash(&format!("{name}'s password")).unwrap();
        self.ctx.store.save_user(&user, Some(&hash)).await.unwrap();
        Caller { user }
    }

    /// A client that carries this person's bearer token.
    pub async fn client(&self, name: &str, role: Role, tenant: &str, layer: &str) -> Client {
        let caller = self.person(name, role, tenant, layer).await;
        let token = CreateToken { name: "test".into(), days: 1 };
        let (_, secret) = create_token(&self.ctx, &caller, token).await.unwrap();
        Client::new(self.app.clone(), Who::Token(secret))
    }

    /// An agent of the first line of a tenant.
    pub async fn agent(&self, tenant: &str) -> Client {
        self.client("anna", Role::Agent, tenant, "first-line").await
    }

    /// Nobody.
    pub fn anonymous(&self) -> Client {
        Client::new(self.app.clone(), Who::Nobody)
    }

    /// A job of a tenant that was given up.
    pub async fn dead_letter(&self, tenant: &str) -> JobId {
        let id = JobId(uuid(&self.ctx));
        let owner: Arc<str> = "somebody".into();
        let lease = Lease { owner: Arc::clone(&owner), until: Timestamp(i64::MAX) };
        let job = Job {
            id,
            tenant: tenant.into(),
            kind: JobKind::Deliver,
            order_key: "x".into(),
            payload: "{}".into(),
            run_at: Timestamp(NOW),
            attempt: 1,
            trace: "x".into(),
            lease: Some(lease),
            last_error: None,
        };
        let end = End::Dead { error: "the provider said no".into() };
        let ends = JobEnd { id, owner, end };
        for changes in [
            Changes { jobs: vec![job], ..Changes::default() },
            Changes { job_ends: vec![ends], ..Changes::default() },
        ] {
            self.ctx.store.commit(&Scope::Platform, changes).await.unwrap();
        }
        id
    }

    /// Brings a customer's message by hook and waits until it is a conversation.
    pub async fn asks(&self, tenant: &str, thread: &str, text: &str) -> ConversationId {
        self.asks_with(tenant, thread, text, serde_json::json!({})).await
    }

    /// The same with further fields of the message.
    pub async fn asks_with(
        &self,
        tenant: &str,
        thread: &str,
        text: &str,
        more: serde_json::Value,
    ) -> ConversationId {
        self.comes(tenant, "hook", thread, text, &more).await;
        self.heard(tenant, thread).await
    }

    /// Brings a mail, whose conversation nobody can name before.
    pub async fn mails(&self, tenant: &str, text: &str, more: serde_json::Value) -> ConversationId {
        self.comes(tenant, "mail", "", text, &more).await;
        self.heard_where(|of, _| of == tenant).await
    }

    async fn comes(
        &self,
        tenant: &str,
        channel: &str,
        thread: &str,
        text: &str,
        more: &serde_json::Value,
    ) {
        let id = kerros_web::access::fresh();
        let body = serde_json::json!({ "id": &*id, "thread": thread, "text": text, "more": more });
        let answer = self
            .anonymous()
            .send(
                axum::http::Request::post(format!("/hooks/{tenant}/{channel}"))
                    .header("x-secret", GENUINE)
                    .body(body.to_string().into())
                    .unwrap(),
            )
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// Waits for the next news of a thread that nobody has waited for yet.
    pub async fn heard(&self, wanted_tenant: &str, wanted_thread: &str) -> ConversationId {
        self.heard_where(|tenant, thread| tenant == wanted_tenant && thread == wanted_thread).await
    }

    async fn heard_where(&self, wanted: impl Fn(&str, &str) -> bool) -> ConversationId {
        let mut news = self.news.lock().await;
        let wait = async {
            loop {
                if let News::Conversation { tenant, thread, conversation, .. } =
                    &*news.recv().await.unwrap()
                    && wanted(tenant.as_str(), thread)
                {
                    return *conversation;
                }
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.expect("no news came")
    }
}

fn uuid(ctx: &Ctx) -> uuid::Uuid {
    uuid::Uuid::from_bytes(ctx.ids.next(ctx.now()))
}
