//! The samples: two tenants, their conversations, and every page over them.

use std::collections::BTreeMap;
use std::sync::Arc;

use kerros_app::board::{Board, LayerBoard};
use kerros_app::error::Error;
use kerros_app::ports::costs::Cost;
use kerros_app::ports::report::{Block, Document, Figure, Series};
use kerros_app::ports::store::{Listed, Role};
use kerros_app::tenant::{ChannelRole, Grants, PluginUse, Sending, Tenant, WidgetLook};
use kerros_domain::command::Refusal;
use kerros_domain::conversation::{
    Briefing, CloseReason, Conversation, Origin, Priority, Resolution, Solved, State,
};
use kerros_domain::event::{Entry, Event};
use kerros_domain::id::{ConversationId, Language, MessageId};
use kerros_domain::ledger::{GoalCheck, Ratio};
use kerros_domain::message::{Author, DeliveryState, Message, Part, Visibility};
use kerros_domain::policy::{
    Assignment, BriefingField, Goal, Layer, LayerKind, OutOfHours, Segment, Share, TenantPolicy,
};
use kerros_domain::sla::{Metric, Owner, PauseOn, Target, TargetSpec, TargetState};
use kerros_domain::time::Timestamp;
use serde_json::{Value, json};

use super::letters;
use super::people::{self, AINO, ATTACK, KALLE, id, user};
use crate::i18n::Lang;
use crate::pages::board::Page as BoardPage;
use crate::pages::console::inbox::Inbox;
use crate::pages::fault::Fault;
use crate::pages::help::{Site, list::Card};
use crate::pages::letters::{Jobs, Letter, Trouble, Unset};
use crate::pages::plugins::{Bill, Use};
use crate::pages::reports::Page as ReportPage;
use crate::pages::view::Look;
use crate::pages::view::board::BoardView;
use crate::pages::view::conversation::{Facts, Pane};
use crate::pages::view::look::{Badge, ChannelMark};
use crate::pages::view::queue::{Queue, Row, Tab};
use crate::pages::view::report::ReportView;
use crate::pages::view::shell::Choice;
use crate::pages::view::timeline::{self, Cast};
use crate::state::{NewVersion, PluginFault, SecretPlace, UnsetSecret, UseVersion};

const MINUTE: i64 = 60_000;
const NOW: Timestamp = Timestamp(1_795_341_600_000);

fn texts(fi: &str, sv: &str, en: &str) -> BTreeMap<Language, String> {
    [("fi", fi), ("sv", sv), ("en", en)]
        .into_iter()
        .map(|(l, t)| (Language::from(l), t.to_owned()))
        .collect()
}

fn layer(name: &str, title: BTreeMap<Language, String>, kind: LayerKind) -> Layer {
    let fields = ["who", "what", "tried", "asked"];
    let titles = [
        texts("Kuka asioi (yritys, rooli)", "Vem det gäller", "Who it is (company, role)"),
        texts("Mistä on kyse", "Vad det gäller", "What it is about"),
        texts("Mitä on jo tehty", "Vad som redan gjorts", "What was tried"),
        texts("Mitä asiantuntijalta pyydetään", "Vad som begärs", "What is asked of the expert"),
    ];
    Layer {
        id: name.into(),
        title,
        kind,
        owner: if kind == LayerKind::Expert { Owner::Client } else { Owner::Vendor },
        calendar: None,
        out_of_hours: OutOfHours::Capture,
        assignment: Assignment::Auto,
        capacity: 6,
        skills: Vec::new(),
        briefing: if kind == LayerKind::SelfService {
            Vec::new()
        } else {
            fields
                .into_iter()
                .zip(titles)
                .map(|(key, title)| BriefingField {
                    key: key.to_owned(),
                    title,
                    required: key != "tried",
                })
                .collect()
        },
    }
}

fn tenant(name: &str, title: &str, accent: &str, with_super_users: bool) -> Arc<Tenant> {
    let mut layers = vec![
        layer(
            "self-service",
            texts("Itsepalvelu", "Självbetjäning", "Self-service"),
            LayerKind::SelfService,
        ),
        layer(
            "first-line",
            texts("Asiakaspalvelu", "Kundtjänst", "First line"),
            LayerKind::Personal,
        ),
        layer("experts", texts("Asiantuntijat", "Experter", "Experts"), LayerKind::Expert),
    ];
    if with_super_users {
        let extra = texts("Pääkäyttäjät", "Superanvändare", "Super users");
        layers.insert(2, layer("super-users", extra, LayerKind::Personal));
    }
    let channel = |name: &str, plugin: &str, role| {
        let templates = if name == "whatsapp" { letters::templates() } else { Vec::new() };
        let uses = PluginUse {
            name: name.to_owned(),
            plugin: plugin.into(),
            version: None,
            config: "{}".into(),
            live: name == "chat",
            role,
            grants: Grants::default(),
            sending: Sending { templates, ..Sending::default() },
        };
        (name.into(), uses)
    };
    Arc::new(Tenant {
        policy: TenantPolicy {
            id: name.into(),
            title: title.to_owned(),
            languages: ["fi", "sv", "en"].map(Language::from).into(),
            segments: vec![
                Segment {
                    id: "employees".into(),
                    title: texts("Työntekijät", "Anställda", "Employees"),
                },
                Segment {
                    id: "employers".into(),
                    title: texts("Työnantajat", "Arbetsgivare", "Employers"),
                },
            ],
            layers,
            goals: Vec::new(),
            calendars: BTreeMap::new(),
            time_zone: "Europe/Helsinki".to_owned(),
            reopen_window_s: 259_200,
            tags: ["lunch", "card", "balance", "login", "commuting"].map(Into::into).into(),
            tag_required: true,
            bot_silence_s: 86_400,
        },
        channels: [
            channel("chat", "channel/web-chat", ChannelRole::Customers),
            channel("telegram", "channel/telegram", ChannelRole::Customers),
            channel("orders", "channel/webhook", ChannelRole::Customers),
            channel("mail", "channel/email", ChannelRole::Customers),
            channel("whatsapp", "channel/whatsapp", ChannelRole::Customers),
            channel("slack", "channel/slack", ChannelRole::Cases),
            channel("crm", "channel/leads", ChannelRole::Leads),
            channel("callback", "channel/callback", ChannelRole::Calls),
        ]
        .into(),
        bots: BTreeMap::new(),
        taggers: Vec::new(),
        sla: None,
        reports: BTreeMap::new(),
        widget: WidgetLook {
            channel: Some("chat".into()),
            accent: accent.to_owned(),
            ..WidgetLook::default()
        },
        articles: Vec::new(),
        closed_notice: BTreeMap::new(),
        manners: Default::default(),
        addresses: Default::default(),
        digest: String::new(),
    })
}

fn target(
    number: u32,
    metric: Metric,
    owner: Owner,
    state: TargetState,
    due_in_min: i64,
) -> Target {
    Target {
        number,
        spec: TargetSpec {
            metric,
            owner,
            within_s: 1800,
            calendar: None,
            pause_on: vec![PauseOn::Pending],
            warn_at: Some(80),
            layer: None,
        },
        state,
        started_at: NOW.plus_millis(-24 * MINUTE),
        used_ms: 700_000,
        resumed_at: NOW.plus_millis(-24 * MINUTE),
        due_at: (state != TargetState::Paused).then(|| NOW.plus_millis(due_in_min * MINUTE)),
        warn_at: (state == TargetState::Running)
            .then(|| NOW.plus_millis((due_in_min - 6) * MINUTE)),
        warned_at: None,
        settled_at: None,
    }
}

fn conversation(n: u128, state: State, layer: &str) -> Conversation {
    let assignee = matches!(state, State::Assigned | State::Pending).then(|| user(AINO));
    Conversation {
        id: ConversationId(id(500 + n)),
        tenant: if n % 3 == 2 { "vuori".into() } else { "aurinko".into() },
        contact: people::contact(n, None, NOW).id,
        channel: ["chat", "telegram", "orders"][usize::try_from(n % 3).unwrap()].into(),
        thread: format!("w-{n}"),
        segment: Some("employees".into()),
        language: "fi".into(),
        priority: Priority::Normal,
        seq: 40,
        state,
        layer: layer.into(),
        assignee,
        previous_assignee: None,
        origins: Vec::new(),
        entered: vec!["self-service".into(), layer.into()],
        tags: ["balance".into(), "card".into()].into(),
        briefing: None,
        bot_state: None,
        opened_at: NOW.plus_millis(-55 * MINUTE),
        held_since: NOW.plus_millis(-(12 + i64::try_from(n).unwrap() * 7) * MINUTE),
        waits_until: (state == State::OutOfHours).then(|| NOW.plus_millis(20 * 60 * MINUTE)),
        reached_person_at: None,
        first_response_at: None,
        answered: Vec::new(),
        unanswered_since: matches!(state, State::Queued | State::Assigned).then(|| NOW.plus_millis(-9 * MINUTE)),
        last_customer_at: None,
        last_message_at: None,
        customer_messages: 2,
        preview: "Hei, lounasedun saldo näyttää sovelluksessa nollaa, vaikka työnantaja latasi edut eilen".to_owned(),
        targets: Vec::new(),
        resolution: None,
        first_resolved_at: None,
        reopened: 0,
        escalations: 0,
        bounced: 0,
        closed: None,
        number: 4000 + u64::try_from(n).unwrap(),
        attention: None,
        call: None,
        told_closed: false,
    }
}

/// The samples in one language.
pub struct World {
    lang: Lang,
    look: Look,
    aurinko: Arc<Tenant>,
    vuori: Arc<Tenant>,
}

impl World {
    pub fn new(lang: Lang) -> Self {
        Self {
            lang,
            look: Look::new(lang, NOW),
            aurinko: tenant("aurinko", "Aurinko Edut", "#e8a317", false),
            vuori: tenant("vuori", "Vuori Retkeily", "#1f6f5c", true),
        }
    }

    fn of(&self, c: &Conversation) -> &Tenant {
        if c.tenant.as_str() == "vuori" { &self.vuori } else { &self.aurinko }
    }

    fn conversations() -> Vec<(Conversation, Option<&'static str>)> {
        let mut late = conversation(0, State::Queued, "first-line");
        late.priority = Priority::Urgent;
        late.targets =
            vec![target(1, Metric::FirstResponse, Owner::Vendor, TargetState::Running, -5)];
        let mut warned = conversation(1, State::Assigned, "first-line");
        warned.targets = vec![
            target(1, Metric::FirstResponse, Owner::Vendor, TargetState::Running, 4),
            target(2, Metric::Resolution, Owner::Vendor, TargetState::Running, 190),
        ];
        warned.preview = format!("{ATTACK} <b>bold</b>");
        let mut calm = conversation(2, State::Queued, "super-users");
        calm.tags = ["returns", "tent-poles", "delivery", "sizes"].map(Into::into).into();
        calm.targets =
            vec![target(1, Metric::NextResponse, Owner::Vendor, TargetState::Running, 95)];
        calm.language = "sv".into();
        calm.preview =
            "Hej! Tältet jag beställde förra veckan saknar två tältpinnar, kan ni skicka nya?"
                .to_owned();
        let mut waits = conversation(3, State::OutOfHours, "first-line");
        waits.preview = "Onko teillä auki viikonloppuna?".to_owned();
        waits.tags.clear();
        let mut pending = conversation(4, State::Pending, "first-line");
        pending.assignee = Some(user(KALLE));
        pending.targets =
            vec![target(1, Metric::Resolution, Owner::Vendor, TargetState::Paused, 0)];
        pending.priority = Priority::High;
        let mut bot = conversation(5, State::Bot, "self-service");
        bot.preview = String::new();
        bot.language = "en".into();
        let mut expert = conversation(6, State::Assigned, "experts");
        expert.briefing = Some(briefing());
        expert.origins = vec![Origin {
            layer: "first-line".into(),
            to: "experts".into(),
            assignee: Some(user(KALLE)),
        }];
        expert.entered = ["self-service", "first-line", "experts"].map(Into::into).into();
        expert.targets = vec![
            target(1, Metric::FirstResponse, Owner::Vendor, TargetState::Met, 0),
            target(2, Metric::Resolution, Owner::Vendor, TargetState::Paused, 0),
            target(3, Metric::Resolution, Owner::Client, TargetState::Running, 26 * 60),
        ];
        expert.escalations = 1;
        expert.reopened = 1;
        vec![
            (late, Some("Johanna Mäkelä-Korhonen")),
            (warned, Some("Pekka Pouta")),
            (calm, Some("Sven Åkerström")),
            (waits, None),
            (pending, Some("Liisa Lehtinen")),
            (bot, Some("Tom")),
            (expert, Some("Henrik Hyvinpitkäsukunimi-Lappalainen")),
        ]
    }

    fn queue(&self, view: &'static str, rows: usize, filtered: bool) -> Queue {
        let names = people::names();
        let keys: &[&'static str] = if view == "escalated" {
            &["escalated", "mine", "attention", "resolved"]
        } else {
            &["mine", "queue", "attention", "waiting", "open", "resolved"]
        };
        Queue {
            view,
            tabs: keys
                .iter()
                .map(|key| Tab {
                    key,
                    count: (*key != "resolved").then(|| "12".to_owned()),
                    current: *key == view,
                    href: format!("/console?view={key}"),
                })
                .collect(),
            tenants: vec![
                Choice::new("aurinko", "Aurinko Edut", filtered),
                Choice::new("vuori", "Vuori Retkeily", false),
            ],
            layers: vec![Choice::new("first-line", "First line", false)],
            tags: vec![Choice::new("balance", "balance", false)],
            tenant_chosen: filtered,
            layer_chosen: false,
            tag_chosen: false,
            q: if filtered { "saldo \"x\"".to_owned() } else { String::new() },
            filtered,
            rows: Self::conversations()
                .iter()
                .take(rows)
                .map(|(c, name)| {
                    let listed = Listed {
                        conversation: c.clone(),
                        contact_name: name.map(str::to_owned),
                        cursor: String::new(),
                    };
                    Row::of(&self.look, self.of(c), &listed, &names, user(AINO), "view=mine")
                })
                .collect(),
            more: (rows > 5).then(|| "/console?view=mine&after=x".to_owned()),
            refresh: "/console?view=mine".to_owned(),
        }
    }

    fn pane(&self, n: usize, role: Role) -> Pane {
        let (c, name) = &Self::conversations()[n];
        self.pane_of(c, *name, role)
    }

    fn pane_of(&self, c: &Conversation, name: Option<&str>, role: Role) -> Pane {
        let (messages, entries) = talk(c);
        let contact = people::contact(9, name, NOW);
        let mut other = conversation(11, State::Resolved, "first-line");
        other.opened_at = NOW.plus_millis(-30 * 24 * 60 * MINUTE);
        other.resolution = Some(Resolution {
            at: other.opened_at,
            layer: "first-line".into(),
            solved: Solved::ByPerson,
            by: Some(user(AINO)),
        });
        let facts = Facts {
            tenant: self.of(c),
            conversation: c,
            contact: &contact,
            messages: &messages,
            entries: &entries,
            others: &[other],
            names: &people::names(),
            faults: &[fault()],
            details: &BTreeMap::new(),
            copies: &[],
        };
        Pane::of(&self.look, &people::caller(role), &facts)
    }

    pub fn inboxes(&self) -> Vec<(String, Inbox)> {
        let inbox = |queue, pane| Inbox { queue, pane, composer_key: "key-1".to_owned() };
        let mut all = vec![
            ("inbox".to_owned(), inbox(self.queue("mine", 7, false), None)),
            (
                "inbox-open".to_owned(),
                inbox(self.queue("mine", 7, false), Some(self.pane(1, Role::Agent))),
            ),
            (
                "inbox-late".to_owned(),
                inbox(self.queue("queue", 3, false), Some(self.pane(0, Role::Supervisor))),
            ),
            (
                "inbox-expert".to_owned(),
                inbox(self.queue("escalated", 7, false), Some(self.pane(6, Role::Expert))),
            ),
            (
                "inbox-four-layers".to_owned(),
                inbox(self.queue("open", 7, false), Some(self.pane(2, Role::Supervisor))),
            ),
            (
                "inbox-bot".to_owned(),
                inbox(self.queue("open", 7, false), Some(self.pane(5, Role::Supervisor))),
            ),
            (
                "inbox-read-only".to_owned(),
                inbox(self.queue("open", 7, false), Some(self.pane(6, Role::Agent))),
            ),
            ("inbox-letters".to_owned(), inbox(self.queue("mine", 7, false), Some(self.letters()))),
            ("inbox-nothing-found".to_owned(), inbox(self.queue("mine", 0, true), None)),
        ];
        for (name, c) in super::cases::conversations(&conversation(21, State::Queued, "first-line"))
        {
            let pane = self.pane_of(&c, Some("Johanna Mäkelä"), Role::Agent);
            let mut queue = self.queue("mine", 4, false);
            let listed = Listed {
                contact_name: Some("Johanna Mäkelä".to_owned()),
                cursor: String::new(),
                conversation: c,
            };
            let (tenant, names) = (self.of(&listed.conversation), people::names());
            queue.rows.insert(0, Row::of(&self.look, tenant, &listed, &names, user(AINO), ""));
            all.push((name.to_owned(), inbox(queue, Some(pane))));
        }
        for view in ["mine", "queue", "attention", "waiting", "open", "resolved", "escalated"] {
            all.push((format!("inbox-empty-{view}"), inbox(self.queue(view, 0, false), None)));
        }
        for (name, state) in [
            ("waits", State::OutOfHours),
            ("pending", State::Pending),
            ("resolved", State::Resolved),
            ("closed", State::Closed),
        ] {
            let mut c = conversation(0, state, "first-line");
            c.tags.clear();
            let pane = self.pane_of(&c, Some("Johanna Mäkelä"), Role::Supervisor);
            all.push((format!("inbox-{name}"), inbox(self.queue("open", 4, false), Some(pane))));
        }
        all
    }

    /// A conversation with everything that a message can carry.
    fn letters(&self) -> Pane {
        let (c, name) = &Self::conversations()[0];
        let (messages, entries, details) = letters::talk(c, NOW);
        let facts = Facts {
            tenant: self.of(c),
            conversation: c,
            contact: &letters::contact(*name, NOW),
            messages: &messages,
            entries: &entries,
            others: &[],
            names: &people::names(),
            faults: &[],
            details: &details,
            copies: &letters::copies(),
        };
        Pane::of(&self.look, &people::caller(Role::Agent), &facts)
    }

    pub fn fragments(&self) -> Vec<(String, &'static str, Value)> {
        let pane = self.pane(1, Role::Agent);
        let mut fresh = pane.clone();
        fresh.timeline.truncate(3);
        fresh.earlier = Some(400);
        let (c, _) = &Self::conversations()[1];
        let (messages, _) = talk(c);
        let names = people::names();
        let cast = Cast {
            names: &names,
            contact: &pane.contact,
            me: user(AINO),
            targets: &c.targets,
            tenant: self.of(c),
            details: &BTreeMap::new(),
            composer: Some(&pane.composer),
        };
        let changed: Vec<_> =
            messages[..1].iter().map(|m| timeline::bubble(&self.look, &cast, m)).collect();
        vec![
            (
                "pane".to_owned(),
                "console/pane_alone.html",
                json!({ "pane": pane, "composer_key": "k" }),
            ),
            (
                "since".to_owned(),
                "console/since.html",
                json!({ "pane": fresh, "changed": [], "attention_changed": true, "composer_changed": true, "composer_key": "k" }),
            ),
            (
                "changed".to_owned(),
                "console/since.html",
                json!({ "pane": without_timeline(&fresh), "changed": changed, "attention_changed": false, "composer_changed": false,
                        "composer_key": "k" }),
            ),
            ("earlier".to_owned(), "console/earlier.html", json!({ "pane": fresh })),
            letters::whole(&self.look, self.of(c), c),
            letters::frame(),
            (
                "queue".to_owned(),
                "console/queue.html",
                json!({ "queue": self.queue("mine", 7, false) }),
            ),
            (
                "rows".to_owned(),
                "console/rows.html",
                json!({ "queue": self.queue("mine", 7, false) }),
            ),
            (
                "boards".to_owned(),
                "console/boards.html",
                serde_json::to_value(self.board(true)).unwrap(),
            ),
            (
                "notice".to_owned(),
                "console/fault.html",
                json!({ "fault": Fault::of(self.look.say, &Error::Conflict) }),
            ),
        ]
    }

    pub fn board(&self, any: bool) -> BoardPage {
        let boards = [(&self.aurinko, 1204u64), (&self.vuori, 88)]
            .map(|(tenant, demand)| self.tenant_board(tenant, if any { demand } else { 0 }));
        BoardPage {
            boards: if any { boards.into() } else { boards.into_iter().take(1).collect() },
            tenants: vec![
                Choice::new("aurinko", "Aurinko Edut", false),
                Choice::new("vuori", "Vuori", false),
            ],
            day: "2026-11-22".to_owned(),
            today: "2026-11-22".to_owned(),
            redraw: "/console/board?".to_owned(),
        }
    }

    fn tenant_board(&self, tenant: &Arc<Tenant>, demand: u64) -> BoardView {
        let part = |share: f64| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "samples"
            )]
            let n = (demand as f64 * share) as u64;
            n
        };
        let solved = [part(0.29), part(0.48), part(0.06), part(0.02)];
        let layers: Vec<LayerBoard> = tenant
            .policy
            .layers
            .iter()
            .enumerate()
            .map(|(n, l)| {
                let ratio = |part, whole| Ratio { part, whole };
                let goal =
                    |share, least: Option<f64>, under: Option<f64>, actual: Ratio, met| GoalCheck {
                        goal: Goal { layer: l.id.clone(), share, at_least: least, under },
                        actual,
                        met: if demand == 0 { None } else { Some(met) },
                    };
                let reached: u64 = solved[..=n].iter().sum();
                LayerBoard {
                    layer: l.id.clone(),
                    title: l.title.clone(),
                    kind: l.kind,
                    owner: l.owner,
                    entered: demand.saturating_sub(reached.saturating_sub(solved[n])),
                    solved: solved[n],
                    confirmed: if n == 0 { solved[n].div_ceil(3) } else { 0 },
                    assumed: if n == 0 { solved[n] - solved[n].div_ceil(3) } else { 0 },
                    provisional: if n == 1 { part(0.1) } else { 0 },
                    of_demand: ratio(solved[n], demand),
                    of_entered: ratio(solved[n], demand.saturating_sub(reached - solved[n])),
                    cumulative: ratio(reached, demand),
                    entered_share: ratio(demand.saturating_sub(reached - solved[n]), demand),
                    goals: match n {
                        0 => vec![goal(
                            Share::OfDemand,
                            Some(0.25),
                            None,
                            ratio(solved[0], demand),
                            true,
                        )],
                        1 => vec![goal(
                            Share::Cumulative,
                            Some(0.9),
                            None,
                            ratio(reached, demand),
                            false,
                        )],
                        _ => vec![goal(
                            Share::Entered,
                            None,
                            Some(0.1),
                            ratio(part(0.08), demand),
                            true,
                        )],
                    },
                    with_bot: 6,
                    queued: 14,
                    out_of_hours: if n == 1 { 3 } else { 0 },
                    assigned: 22,
                    oldest: (n > 0).then(|| NOW.plus_millis(-23 * MINUTE)),
                    open: n < 2,
                    opens_at: (n == 2).then(|| NOW.plus_millis(21 * 60 * MINUTE)),
                }
            })
            .collect();
        let all: u64 = solved[..layers.len()].iter().sum();
        let board = Board {
            tenant: tenant.policy.id.clone(),
            title: tenant.policy.title.clone(),
            day: "2026-11-22".to_owned(),
            demand,
            unresolved: (demand - all)
                .saturating_sub(part(0.03))
                .saturating_sub(u64::from(demand > 100)),
            abandoned: part(0.03),
            self_service: Ratio { part: solved[0], whole: demand },
            layers,
            counted_at: NOW,
        };
        BoardView::of(&self.look, tenant, &board)
    }

    pub fn reports(&self) -> Vec<(String, ReportPage)> {
        let page = |report: Option<ReportView>, fault: Option<Fault>| ReportPage {
            tenants: vec![
                Choice::new("aurinko", "Aurinko Edut", true),
                Choice::new("vuori", "Vuori", false),
            ],
            reports: vec![
                Choice::new("service-layers", "service-layers", true),
                Choice::new("x", "x", false),
            ],
            months: vec![Choice::new("2026-11", "November 2026", true)],
            tenant: Some(Badge::of(&self.aurinko)),
            month: "2026-11".to_owned(),
            report,
            fault,
            download: "/console/reports/download?tenant=aurinko".to_owned(),
        };
        let fault = Fault::new(
            self.look.say,
            axum::http::StatusCode::SERVICE_UNAVAILABLE,
            "report-unavailable",
        );
        vec![
            ("report".to_owned(), page(Some(ReportView::of(&self.look, &document())), None)),
            ("report-fault".to_owned(), page(None, Some(fault))),
            ("report-none".to_owned(), page(None, None)),
        ]
    }

    pub fn health(&self, any: bool) -> Value {
        let jobs: Vec<Jobs> = ["intake", "bot_turn", "deliver"]
            .map(|kind| Jobs {
                kind,
                waiting: "3".to_owned(),
                dead: if any { "1" } else { "0" }.to_owned(),
                any_dead: any && kind == "deliver",
                oldest: any.then(|| "5 min".to_owned()),
            })
            .into();
        let letter = |kind| Letter {
            job: "job_1".to_owned(),
            tenant: Badge::of(&self.vuori),
            kind,
            attempts: 12,
            error: "403 Forbidden: bot was blocked by the user".to_owned(),
            at: self.look.when(NOW.plus_millis(-3 * 60 * MINUTE)),
            href: (kind == "deliver").then(|| "/console/c/cnv_1".to_owned()),
            contact: (kind == "deliver").then(|| "Johanna Mäkelä-Korhonen".to_owned()),
            channel: (kind != "bot_turn").then(|| ChannelMark::of(&self.vuori, &"telegram".into())),
            maybe_sent: kind == "deliver",
        };
        let letters = if any {
            vec![letter("deliver"), letter("intake"), letter("bot_turn")]
        } else {
            Vec::new()
        };
        let faults: Vec<Trouble> =
            if any { vec![Trouble::of(&self.look, &self.aurinko, &fault())] } else { Vec::new() };
        let lacks = |source| UnsetSecret {
            tenant: "vuori".into(),
            name: "telegram".to_owned(),
            secret: "hook-token".to_owned(),
            source,
        };
        let unset = [
            SecretPlace::Variable("VUORI_TELEGRAM_HOOK_TOKEN".to_owned()),
            SecretPlace::File("secrets/vuori/hook".to_owned()),
        ];
        let unset: Vec<Unset> = unset
            .map(|place| Unset::of(&self.vuori, &lacks(place)))
            .into_iter()
            .filter(|_| any)
            .collect();
        let (channels, mailboxes) = super::channels::of(&self.look, &self.vuori, any);
        json!({
            "jobs": jobs, "letters": letters, "faults": faults, "unset": unset,
            "channels": channels, "mailboxes": mailboxes,
        })
    }

    pub fn plugins(&self, any: bool) -> Value {
        let cost = |plugin: &str, day, calls| Cost {
            tenant: "aurinko".into(),
            day,
            plugin: plugin.into(),
            kind: "tagger".to_owned(),
            calls,
            errors: calls / 1000,
            cpu_us: calls * 36,
            bytes_in: calls * 500,
            bytes_out: calls * 40,
        };
        let days = [cost("tagger/keywords", 1, 41_200), cost("tagger/keywords", 2, 38_000)];
        let few = [cost("bot/faq", 2, 12)];
        let lang = self.look.say.lang;
        let one = |fault: Option<&str>, shadow: bool| UseVersion {
            tenant: "vuori".into(),
            used_as: "tagger/keywords".to_owned(),
            plugin: "tagger/keywords".into(),
            version: "0.1.0".to_owned(),
            digest: format!("sha256:{}", "0a1b2c3d".repeat(8)),
            shadow: shadow.then(|| NewVersion {
                version: "0.2.0".to_owned(),
                digest: format!("sha256:{}", "d4e5f607".repeat(8)),
                since: NOW,
                fault: fault.map(str::to_owned),
                same: 1204,
                different: 3,
                failed: 1,
                skipped: 12,
                differences: vec![
                    ["tag", "/0/tag", "\"xxxxxxx\"", "\"xxxxx\""].map(str::to_owned),
                    ["tag", "/1", "–", "{\"confidence\":70,\"tag\":\"xxxx\"}"].map(str::to_owned),
                ],
                failures: vec![
                    "plugin fault: wasm trap: wasm `unreachable` instruction executed".to_owned(),
                ],
            }),
        };
        let uses =
            [one(None, false), one(None, true), one(Some("the config does not fit it"), true)];
        let uses: Vec<Use> =
            uses.iter().filter(|_| any).map(|one| Use::of(lang, &self.vuori, one)).collect();
        let bills = [days.iter().collect::<Vec<_>>(), few.iter().collect()];
        let costs: Vec<Bill> =
            bills.iter().filter(|_| any).map(|days| Bill::of(lang, &self.aurinko, days)).collect();
        json!({ "days": 30, "costs": costs, "uses": uses })
    }

    pub fn login(&self, fault: Option<&str>) -> Value {
        let email = if fault.is_some() { "aino@vendor.example" } else { "" };
        json!({ "fault": fault.map(|key| self.look.say.t(key)), "email": email, "next": "/console" })
    }

    pub fn faults(&self) -> Vec<(String, Value)> {
        let state = State::ALL.map(|state| Error::Refused(Refusal::WrongState { state }));
        let refusals = [
            Refusal::NoSuchLayer { wanted: "x".to_owned() },
            Refusal::NotLater { from: "a".into(), to: "b".into() },
            Refusal::BriefingIncomplete { missing: vec!["who".to_owned(), "asked".to_owned()] },
            Refusal::NotEscalated,
            Refusal::ReasonNeeded,
            Refusal::UnknownTag { tag: ATTACK.into() },
            Refusal::TagNeeded,
            Refusal::TextSize { bytes: 0 },
            Refusal::Unknown { what: "segment x".to_owned() },
        ];
        let others = [
            Error::NotFound,
            Error::Forbidden,
            Error::Unauthorized,
            Error::Conflict,
            Error::Invalid(ATTACK.to_owned()),
            Error::Unavailable,
            Error::Internal,
        ];
        let all = state.into_iter().chain(refusals.map(Error::Refused)).chain(others);
        all.enumerate()
            .map(|(n, error)| (format!("fault-{n}"), json!({ "fault": Fault::of(self.look.say, &error) })))
            .chain([(
                "fault-page".to_owned(),
                json!({ "fault": Fault::new(self.look.say, axum::http::StatusCode::NOT_FOUND, "page-not-found") }),
            )])
            .collect()
    }

    fn cards() -> Vec<Card> {
        [
            (
                "Lounasedun saldo näkyy väärin",
                "Saldo päivittyy yleensä muutamassa minuutissa. Jos se ei päivity, tarkista ensin…",
            ),
            (
                "Kortin tilaaminen ja aktivointi",
                "Kortti tulee postissa noin viikossa. Ota se käyttöön sovelluksessa.",
            ),
            (
                "Työmatkaedun verovapaus ja ylärajat",
                "Työmatkaetu on verovapaa 3 400 euroon asti vuodessa.",
            ),
            (
                "Kirjautuminen pankkitunnuksilla",
                "Kirjaudu sovellukseen pankkitunnuksilla tai mobiilivarmenteella.",
            ),
            (
                "Maksu ei mene läpi ravintolassa",
                "Kokeile lähimaksun sijaan PIN-koodia. Tarkista, että saldoa on jäljellä.",
            ),
        ]
        .map(|(title, excerpt)| Card {
            href: "/help/aurinko/fi/saldo".to_owned(),
            title: title.to_owned(),
            excerpt: excerpt.to_owned(),
        })
        .into()
    }

    fn site(&self) -> Site {
        Site::of(&self.aurinko, &self.lang.language(), "")
    }

    pub fn help(&self, q: &str, any: bool) -> Value {
        let cards = if any { Self::cards() } else { Vec::new() };
        json!({ "site": self.site(), "q": q, "searched": !q.is_empty(), "cards": cards })
    }

    pub fn article(&self) -> Value {
        let body = "Saldo päivittyy yleensä **muutamassa minuutissa**.\n\n## Tarkista ensin\n\n1. Avaa sovellus\n2. Vedä \
                    näkymää alas\n\n> Edut ladataan kuukauden ensimmäisenä pankkipäivänä.\n\n| Etu | Raja |\n|---|---|\n| \
                    Lounas | 14,00 € |\n| Liikunta | 400 € |\n";
        let html = crate::pages::help::markdown::safe_html(body);
        let heading = "Lounasedun saldo näkyy väärin";
        json!({ "site": self.site(), "heading": heading, "html": html, "others": &Self::cards()[1..] })
    }

    pub fn demo(&self, kind: &str) -> Value {
        let tenant = if kind == "shop" { &self.vuori } else { &self.aurinko };
        json!({ "site": Site::of(tenant, &self.lang.language(), ""), "kind": kind })
    }
}

fn without_timeline(pane: &Pane) -> Pane {
    Pane { timeline: Vec::new(), ..pane.clone() }
}

fn fault() -> PluginFault {
    PluginFault {
        tenant: "aurinko".into(),
        plugin: "tagger/keywords".into(),
        name: "keywords".to_owned(),
        fault: "timeout",
        message: "plugin stopped after its time budget".to_owned(),
        at: NOW.plus_millis(-3 * MINUTE),
        count: 4,
    }
}

fn briefing() -> Briefing {
    Briefing {
        fields: [
            ("who", "Henrik, palkanlaskija, Pohjolan Puutavara Oy (142 työntekijää)"),
            ("what", "Marraskuun lounasedut latautuivat kahdesti kaikille työntekijöille."),
            ("tried", "Tarkistin lataustiedoston: yksi tiedosto, yksi eräajo. Ohjeen mukainen peruutus antaa virheen E-4102."),
            ("asked", "Peruuttakaa toinen lataus ja vahvistakaa, ettei se näy palkanlaskennassa."),
            ("former-field", "Vanha kenttä"),
        ]
        .into_iter()
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .collect(),
        by: Some(user(KALLE)),
        at: NOW.plus_millis(-26 * MINUTE),
        from: "first-line".into(),
        to: "experts".into(),
    }
}

fn document() -> Document {
    let series =
        |label: &str, values: &[f64]| Series { label: label.to_owned(), values: values.to_vec() };
    let days: Vec<String> = (1..=30).map(|d| format!("{d}.")).collect();
    let daily = |base: f64| (0..30).map(|d| base + f64::from(d * 7 % 11)).collect::<Vec<_>>();
    Document {
        title: "Palvelukerrokset, marraskuu 2026".to_owned(),
        blocks: vec![
            Block::Text {
                text:
                    "Marraskuussa asiointitarpeita oli 1 204. Itsepalvelu ratkaisi 29,4 % niistä."
                        .to_owned(),
            },
            Block::Figures {
                figures: vec![
                    Figure {
                        label: "Itsepalvelu".into(),
                        value: "29,4 %".into(),
                        of: Some("354 / 1 204".into()),
                        goal: Some("vähintään 25 %".into()),
                        met: Some(true),
                    },
                    Figure {
                        label: "Asiakaspalvelu mennessä".into(),
                        value: "77,1 %".into(),
                        of: Some("928 / 1 204".into()),
                        goal: Some("vähintään 90 %".into()),
                        met: Some(false),
                    },
                    Figure {
                        label: "Asiantuntijat".into(),
                        value: "8,0 %".into(),
                        of: None,
                        goal: None,
                        met: None,
                    },
                ],
            },
            Block::Heading { text: "Päivittäin".to_owned() },
            Block::Chart {
                caption: "Ratkaistut kerroksittain".to_owned(),
                shape: "stacked".to_owned(),
                categories: days.clone(),
                series: vec![
                    series("Itsepalvelu", &daily(9.0)),
                    series("Asiakaspalvelu", &daily(14.0)),
                    series("Asiantuntijat", &daily(1.0)),
                ],
                goal: None,
            },
            Block::Chart {
                caption: "Itsepalvelun osuus".to_owned(),
                shape: "line".to_owned(),
                categories: days,
                series: vec![series(
                    "Osuus",
                    &daily(0.2).iter().map(|v| 20.0 + v).collect::<Vec<_>>(),
                )],
                goal: Some(("Tavoite 25 %".to_owned(), 25.0)),
            },
            Block::Chart {
                caption: "Kanavat".to_owned(),
                shape: "bar".to_owned(),
                categories: vec!["chat".into(), "telegram".into(), "orders".into()],
                series: vec![
                    series("marras", &[640.0, 210.0, 80.0]),
                    series("loka", &[590.0, 180.0, 95.0]),
                ],
                goal: None,
            },
            Block::Table {
                caption: "Aiheet".to_owned(),
                columns: vec!["Tunniste".into(), "Keskusteluja".into(), "Osuus".into()],
                rows: vec![
                    vec!["balance".into(), "212".into(), "17,6 %".into()],
                    vec!["card".into(), "180".into(), "15,0 %".into()],
                ],
            },
        ],
    }
}

/// What was said and what happened, with every kind of event.
fn talk(c: &Conversation) -> (Vec<Message>, Vec<Entry>) {
    let mut messages = Vec::new();
    let mut entries = Vec::new();
    let mut at = NOW.plus_millis(-26 * 60 * MINUTE);
    let mut push = |event: Event, by: Option<u128>, minutes: i64| {
        at = at.plus_millis(minutes * MINUTE);
        let seq = entries.len() as u64 + 1;
        entries.push(Entry { conversation: c.id, seq, at, by: by.map(user), event });
        (seq, at)
    };
    let mut said =
        |author: Author,
         visibility: Visibility,
         text: &str,
         parts: Vec<Part>,
         delivery: Option<DeliveryState>,
         push: &mut dyn FnMut(Event, Option<u128>, i64) -> (u64, Timestamp)| {
            let id = MessageId(id(900 + messages.len() as u128));
            let event = Event::MessageAdded {
                message: id,
                author: author.clone(),
                visibility,
                preview: String::new(),
            };
            let (seq, at) = push(event, None, 2);
            messages.push(Message {
                id,
                conversation: c.id,
                seq,
                author,
                visibility,
                text: text.to_owned(),
                parts,
                at,
                delivery,
                external_id: None,
                about: Default::default(),
                failure: None,
            });
            id
        };
    let spec = |metric| target(1, metric, Owner::Vendor, TargetState::Running, 30).spec;
    let (public, internal) = (Visibility::Public, Visibility::Internal);
    push(
        Event::Opened {
            tenant: c.tenant.clone(),
            contact: c.contact,
            channel: c.channel.clone(),
            thread: "w-1".into(),
            segment: None,
            language: "fi".into(),
            priority: Priority::Normal,
            number: c.number,
        },
        None,
        0,
    );
    push(Event::Entered { layer: "self-service".into(), personal: false }, None, 0);
    push(Event::BotTook, None, 0);
    said(
        Author::Contact,
        public,
        &format!(
            "Hei! Lounasedun saldo näyttää nollaa. {ATTACK}\nMitä teen? https://aurinko.example/saldo."
        ),
        vec![],
        None,
        &mut push,
    );
    push(Event::Tagged { tag: "balance".into(), confidence: Some(92) }, None, 0);
    push(Event::LanguageChanged { language: "fi".into() }, None, 0);
    push(Event::SegmentChanged { segment: Some("employees".into()) }, None, 0);
    push(Event::SegmentChanged { segment: None }, None, 0);
    said(
        Author::Bot,
        public,
        "Löysin tämän ohjeen. Auttoiko se?",
        vec![
            Part::Article {
                slug: "saldo".into(),
                title: "Lounasedun saldo näkyy väärin".into(),
                excerpt: "Saldo päivittyy muutamassa minuutissa.".into(),
                url: "/help/aurinko/fi/saldo".into(),
            },
            Part::Button { label: "Kyllä".into(), value: "yes".into() },
            Part::Button { label: "Ei, haluan jutella ihmisen kanssa".into(), value: "no".into() },
            Part::Link {
                name: "kuvakaappaus.png".into(),
                url: "https://files.example/x.png".into(),
                media_type: Some("image/png".into()),
            },
        ],
        None,
        &mut push,
    );
    said(Author::Contact, public, "Ei, haluan jutella ihmisen kanssa", vec![], None, &mut push);
    push(Event::Entered { layer: "first-line".into(), personal: true }, None, 0);
    push(
        Event::TargetSet {
            number: 1,
            spec: spec(Metric::FirstResponse),
            from: None,
            due_at: NOW.plus_millis(4 * MINUTE),
            warn_at: None,
        },
        None,
        0,
    );
    push(Event::Waits { until: Some(NOW.plus_millis(-120 * MINUTE)) }, None, 0);
    push(Event::Waits { until: None }, None, 0);
    said(
        Author::System,
        public,
        "Palvelemme huomenna klo 8.00. Viestisi on tallessa.",
        vec![],
        None,
        &mut push,
    );
    push(Event::Queued, None, 24 * 60);
    push(Event::TargetWarned { number: 1 }, None, 1);
    push(Event::TargetBreached { number: 9, due_at: NOW.plus_millis(-30 * MINUTE) }, None, 1);
    push(Event::Assigned { user: user(AINO) }, Some(AINO), 1);
    push(Event::Assigned { user: user(KALLE) }, Some(AINO), 1);
    said(
        Author::Person { user: user(KALLE) },
        internal,
        "Sama ongelma kuin aamulla kolmella muulla. Tarkistan erän.",
        vec![],
        None,
        &mut push,
    );
    let reply = said(
        Author::Person { user: user(AINO) },
        public,
        "Hei! Tarkistan asian heti. Edut ladattiin eilen illalla, ja saldon pitäisi päivittyä tunnin sisällä.",
        vec![],
        Some(DeliveryState::Read),
        &mut push,
    );
    for state in [
        DeliveryState::Pending,
        DeliveryState::Sent,
        DeliveryState::Delivered,
        DeliveryState::Failed,
    ] {
        said(
            Author::Person { user: user(AINO) },
            public,
            "Vielä hetki.",
            vec![],
            Some(state),
            &mut push,
        );
    }
    let failed = |reason: Option<&str>| Event::DeliveryChanged {
        message: reply,
        state: DeliveryState::Failed,
        reason: reason.map(str::to_owned),
    };
    push(failed(Some("403 Forbidden: bot was blocked by the user")), None, 1);
    push(failed(None), None, 0);
    push(
        Event::DeliveryChanged { message: reply, state: DeliveryState::Read, reason: None },
        None,
        0,
    );
    push(Event::TargetMet { number: 1, used_ms: 400_000 }, None, 0);
    push(Event::TargetPaused { number: 1, used_ms: 1 }, None, 0);
    push(Event::TargetResumed { number: 1, due_at: NOW, warn_at: None }, None, 0);
    push(Event::TargetDropped { number: 1 }, None, 0);
    push(Event::Pended, Some(AINO), 1);
    push(Event::Released, Some(AINO), 1);
    push(Event::PriorityChanged { priority: Priority::High }, Some(AINO), 1);
    push(Event::Tagged { tag: "card".into(), confidence: None }, Some(AINO), 0);
    push(Event::Untagged { tag: "login".into() }, Some(AINO), 0);
    push(Event::Escalated { briefing: briefing() }, Some(KALLE), 1);
    push(
        Event::HandedBack {
            from: "experts".into(),
            to: "first-line".into(),
            reason: "Tilausnumero puuttuu".into(),
            missing_facts: true,
        },
        Some(3),
        1,
    );
    push(
        Event::HandedBack {
            from: "experts".into(),
            to: "first-line".into(),
            reason: "Valmis".into(),
            missing_facts: false,
        },
        Some(3),
        1,
    );
    push(Event::Resolved { layer: "first-line".into(), solved: Solved::ByPerson }, Some(AINO), 1);
    push(Event::Reopened, None, 1);
    for reason in [
        CloseReason::Settled,
        CloseReason::Spam,
        CloseReason::Merged,
        CloseReason::Abandoned,
        CloseReason::Unsolved,
    ] {
        push(Event::Closed { reason }, Some(AINO), 0);
    }
    for event in super::cases::events() {
        push(event, Some(AINO), 1);
    }
    said(
        Author::System,
        internal,
        "Tagger keywords did not answer in time; no tags were suggested.",
        vec![],
        None,
        &mut push,
    );
    said(
        Author::Contact,
        public,
        "Nyt se näkyy oikein, kiitos paljon! Hyvää päivänjatkoa, epäjärjestelmällistyttämättömyydelläänsäkäänköhän.",
        vec![],
        None,
        &mut push,
    );
    super::cases::notes(c, &mut messages, &mut entries);
    (messages, entries)
}
