//! A house with two tenants: `aurinko` as in `kerros_domain::sample`, and a neighbour.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kerros_app::accept::{AcceptError, Accepted, accept};
use kerros_app::local_bus::LocalBus;
use kerros_app::memory::{FixedTenants, Memory, MemoryFiles, TestClock, TestIds};
use kerros_app::ports::channel::{InboundEvent, InboundMessage, Raw, Threading};
use kerros_app::ports::store::{Contact, Membership, Role, Store, User};
use kerros_app::tenant::{Grants, PluginUse, Tenant, WidgetLook};
use kerros_app::work::{self, Config, Running};
use kerros_app::{Caller, Ctx, Ports};
use kerros_domain::conversation::Conversation;
use kerros_domain::id::{ConversationId, TenantId, UserId};
use kerros_domain::sample;
use kerros_domain::time::Timestamp;
use tokio::sync::watch;

use crate::plugins::{GENUINE, Hook, Plugins};

pub struct House {
    pub ctx: Ctx,
    pub store: Arc<Memory>,
    pub clock: TestClock,
    pub tenants: Arc<FixedTenants>,
    pub plugins: Arc<Plugins>,
    pub files: Arc<MemoryFiles>,
    stop: watch::Sender<bool>,
    running: Option<Running>,
}

fn plugin(name: &str, live: bool) -> PluginUse {
    PluginUse {
        name: name.into(),
        plugin: format!("kind/{name}").into(),
        version: None,
        config: "{}".into(),
        live,
        role: Default::default(),
        grants: Grants::default(),
        sending: Default::default(),
    }
}

/// A tenant with a live channel `chat`, a provider's channel `tele`, a bot, a tagger and promises.
pub fn tenant(id: &str) -> Tenant {
    let mut policy = sample::policy();
    policy.id = id.into();
    Tenant {
        policy,
        channels: BTreeMap::from([
            ("chat".into(), plugin("chat", true)),
            ("tele".into(), plugin("tele", false)),
        ]),
        bots: BTreeMap::from([("self-service".into(), plugin("bot", false))]),
        taggers: vec![plugin("tagger", false)],
        sla: Some(plugin("sla", false)),
        reports: BTreeMap::from([("layers".into(), plugin("layers", false))]),
        widget: WidgetLook::default(),
        articles: Vec::new(),
        closed_notice: BTreeMap::from([
            ("en".into(), "We are closed. We open {opens}.".into()),
            ("fi".into(), "Olemme kiinni. Avaamme {opens}.".into()),
        ]),
        manners: Default::default(),
        addresses: Default::default(),
        digest: "1".into(),
    }
}

/// A tenant without bots: its first layer is `first-line`.
pub fn people_only(id: &str) -> Tenant {
    let mut tenant = tenant(id);
    tenant.policy.layers.remove(0);
    tenant.bots.clear();
    tenant
}

impl House {
    /// On a Tuesday at ten, everything open, nobody logged in, workers at work.
    pub fn new() -> Self {
        Self::with([tenant("aurinko"), people_only("vuori")])
    }

    pub fn with(tenants: impl IntoIterator<Item = Tenant>) -> Self {
        let mut house = Self::idle(tenants);
        house.start(Config::default());
        house
    }

    /// With workers that stand still.
    pub fn idle(tenants: impl IntoIterator<Item = Tenant>) -> Self {
        let clock = TestClock::at(sample::TUESDAY_10);
        Self::node(1, Arc::new(Memory::default()), clock, tenants)
    }

    /// Another node on the same store.
    pub fn node(
        n: u32,
        store: Arc<Memory>,
        clock: TestClock,
        tenants: impl IntoIterator<Item = Tenant>,
    ) -> Self {
        let tenants = Arc::new(FixedTenants::new(tenants));
        let plugins = Arc::new(Plugins::default());
        let files = Arc::new(MemoryFiles::default());
        let as_store: Arc<dyn Store> = Arc::<Memory>::clone(&store);
        let ctx = Ctx::new(Ports {
            store: as_store,
            tenants: Arc::<FixedTenants>::clone(&tenants),
            channels: Arc::<Plugins>::clone(&plugins),
            bots: Arc::<Plugins>::clone(&plugins),
            taggers: Arc::<Plugins>::clone(&plugins),
            slas: Arc::<Plugins>::clone(&plugins),
            reports: Arc::<Plugins>::clone(&plugins),
            outbound: Arc::<Plugins>::clone(&plugins),
            search: Arc::<Plugins>::clone(&plugins),
            files: Arc::<MemoryFiles>::clone(&files),
            bus: Arc::new(LocalBus::default()),
            clock: Arc::new(clock.clone()),
            ids: Arc::new(TestIds::of_node(n)),
            meter: Arc::<Plugins>::clone(&plugins),
            node: format!("node-{n}").into(),
            base_url: "https://kerros.example".into(),
        });
        let (stop, _) = watch::channel(false);
        Self { ctx, store, clock, tenants, plugins, files, stop, running: None }
    }

    pub fn start(&mut self, config: Config) {
        let running = work::start(self.ctx.clone(), config, self.stop.subscribe());
        self.running = Some(running);
    }

    pub async fn stop(&mut self) {
        self.stop.send_replace(true);
        if let Some(running) = self.running.take() {
            running.ended().await;
        }
    }

    /// Lets the workers do everything they can do now. Tokio's clock is paused in these tests: it
    /// jumps when nobody has anything left to do.
    pub async fn settle(&self) {
        tokio::time::sleep(Duration::from_secs(3)).await;
    }

    /// Moves time, and lets the workers see it.
    pub async fn forward(&self, seconds: i64) {
        self.clock.forward(seconds * 1000);
        self.settle().await;
    }

    pub async fn at(&self, moment: Timestamp) {
        self.clock.set(moment);
        self.settle().await;
    }

    pub async fn hook(
        &self,
        tenant: &str,
        channel: &str,
        hook: &Hook,
    ) -> Result<Accepted, AcceptError> {
        self.raw(tenant, channel, &[GENUINE], serde_json::to_vec(hook).unwrap()).await
    }

    pub async fn raw(
        &self,
        tenant: &str,
        channel: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Accepted, AcceptError> {
        let header = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let raw = Raw {
            kind: "hook".into(),
            method: "POST".into(),
            path: String::new(),
            query: String::new(),
            headers: headers.iter().map(header).collect(),
            body,
            files: Vec::new(),
            at_ms: self.ctx.now().0,
        };
        accept(&self.ctx, &tenant.into(), &channel.into(), raw).await
    }

    /// A customer writes over a provider's channel; the workers take it in.
    pub async fn writes(&self, tenant: &str, thread: &str, id: &str, text: &str) {
        self.writes_on(tenant, "tele", thread, id, text).await;
    }

    pub async fn writes_on(&self, tenant: &str, channel: &str, thread: &str, id: &str, text: &str) {
        let hook = Hook { key: None, events: vec![message(thread, id, text)] };
        let taken = self.hook(tenant, channel, &hook).await.unwrap();
        assert!(!taken.duplicate);
        self.settle().await;
    }

    /// The newest conversation of a thread.
    pub fn thread(&self, tenant: &str, thread: &str) -> Conversation {
        let all = self.store.conversations().into_iter().map(|(conversation, _)| conversation);
        all.filter(|c| c.tenant.as_str() == tenant && c.thread == thread)
            .max_by_key(|c| c.id)
            .expect("no conversation of this thread")
    }

    pub fn get(&self, id: ConversationId) -> Conversation {
        let mut all = self.store.conversations().into_iter().map(|(conversation, _)| conversation);
        all.find(|c| c.id == id).expect("no such conversation")
    }

    pub fn contact(&self, conversation: &Conversation) -> Contact {
        self.store.contacts().into_iter().find(|c| c.id == conversation.contact).unwrap()
    }

    /// Adds a person; `n` makes the id.
    pub async fn person(
        &self,
        n: u128,
        role: Role,
        places: &[(&str, &[&str])],
        seen: bool,
    ) -> Caller {
        let user = User {
            id: UserId(uuid::Uuid::from_u128(n)),
            email: format!("p{n}@vendor.example"),
            name: format!("Person {n}"),
            role,
            language: "en".into(),
            memberships: places
                .iter()
                .map(|(tenant, layers)| Membership {
                    tenant: TenantId::from(*tenant),
                    layers: layers.iter().map(|layer| (*layer).into()).collect(),
                    skills: Vec::new(),
                    languages: Vec::new(),
                    segments: Vec::new(),
                })
                .collect(),
            available: seen,
            seen_at: seen.then(|| self.ctx.now()),
            active: true,
            created_at: Timestamp(0),
        };
        self.ctx.store.save_user(&user, Some("hash")).await.unwrap();
        Caller { user }
    }

    /// An agent of aurinko's first line, whom the router does not see.
    pub async fn agent(&self, n: u128) -> Caller {
        self.person(n, Role::Agent, &[("aurinko", &["first-line"])], false).await
    }

    /// Every journal folds to its row.
    pub async fn verify(&self) {
        let differences = self.ctx.store.verify(&|_, _| {}).await.unwrap();
        assert!(differences.is_empty(), "{differences:?}");
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

/// A customer's message; the sender is the thread.
pub fn message(thread: &str, id: &str, text: &str) -> InboundEvent {
    InboundEvent::from(InboundMessage {
        external_id: id.into(),
        threading: Threading::Thread(thread.into()),
        sender: thread.into(),
        sender_name: Some("Maija".into()),
        language: Some("en-GB".into()),
        text: text.into(),
        ..InboundMessage::default()
    })
}
