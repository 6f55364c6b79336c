//! A tenant to try the rules on: three layers like the demo's benefits company. For the tests and
//! benches of every crate; nothing in production reads it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::calendar::{Calendar, parse_week};
use crate::decide::Opening;
use crate::id::{
    CalendarId, ChannelId, ContactId, ConversationId, Language, LayerId, SegmentId, Tag, TenantId,
    UserId,
};
use crate::policy::{
    Assignment, BriefingField, Goal, Layer, LayerKind, OutOfHours, Segment, Share, TenantPolicy,
};
use crate::sla::{Metric, Owner, PauseOn, TargetSpec};
use crate::time::Timestamp;

/// 2026-02-10T10:00:00+02:00, a Tuesday: every layer of [`policy`] is open.
pub const TUESDAY_10: Timestamp = Timestamp::from_seconds(1_770_710_400);

/// Three layers: `self-service` (24/7), `first-line` (weekdays 8-22, weekends 10-18) and `experts`
/// (weekdays 8-16, client's own, briefing `problem`, `tried` and `question` required), in Helsinki.
/// Languages fi, sv, en; segments `employers`, `employees`, `partners`; any tag; reopen window 72 h;
/// bot silence 24 h.
#[must_use]
pub fn policy() -> TenantPolicy {
    TenantPolicy {
        id: TenantId::from("aurinko"),
        title: "Aurinko Edut".into(),
        languages: ["fi", "sv", "en"].map(Language::from).into(),
        segments: ["employers", "employees", "partners"]
            .map(|id| Segment { id: SegmentId::from(id), title: title(id) })
            .into(),
        layers: vec![
            Layer {
                kind: LayerKind::SelfService,
                calendar: None,
                ..layer("self-service", "self-service")
            },
            layer("first-line", "service"),
            Layer {
                kind: LayerKind::Expert,
                owner: Owner::Client,
                assignment: Assignment::Manual,
                briefing: briefing(),
                ..layer("experts", "office")
            },
        ],
        goals: vec![
            goal("self-service", Share::OfDemand, Some(0.25), None),
            goal("first-line", Share::Cumulative, Some(0.9), None),
            goal("experts", Share::Entered, None, Some(0.1)),
        ],
        calendars: BTreeMap::from([
            calendar("service", "mon-fri 08:00-22:00; sat,sun 10:00-18:00"),
            calendar("office", "mon-fri 08:00-16:00"),
        ]),
        time_zone: "Europe/Helsinki".into(),
        reopen_window_s: 72 * 3600,
        tags: Vec::<Tag>::new(),
        tag_required: false,
        bot_silence_s: 24 * 3600,
    }
}

/// A conversation that came in over chat into the first layer of [`policy`]; `n` makes its ids.
#[must_use]
pub fn opening(n: u128) -> Opening {
    Opening {
        id: ConversationId(uuid::Uuid::from_u128(n)),
        tenant: TenantId::from("aurinko"),
        contact: ContactId(uuid::Uuid::from_u128(n)),
        channel: ChannelId::from("chat"),
        thread: format!("visitor-{n}"),
        segment: None,
        language: Language::from("fi"),
        priority: crate::conversation::Priority::Normal,
        layer: LayerId::from("self-service"),
        number: 0,
    }
}

/// A person; `n` makes the id.
#[must_use]
pub const fn user(n: u128) -> UserId {
    UserId(uuid::Uuid::from_u128(n))
}

/// The vendor's promise of a first answer within 15 service minutes, warned at 80 %.
#[must_use]
pub fn first_response() -> TargetSpec {
    TargetSpec {
        metric: Metric::FirstResponse,
        owner: Owner::Vendor,
        within_s: 15 * 60,
        calendar: Some(CalendarId::from("service")),
        pause_on: vec![PauseOn::Pending, PauseOn::OtherOwner],
        warn_at: Some(80),
        layer: None,
    }
}

/// The vendor's promise of each next answer within an hour.
#[must_use]
pub fn next_response() -> TargetSpec {
    TargetSpec { metric: Metric::NextResponse, within_s: 3600, ..first_response() }
}

/// The vendor's promise to solve within 8 service hours.
#[must_use]
pub fn resolution() -> TargetSpec {
    TargetSpec { metric: Metric::Resolution, within_s: 8 * 3600, ..first_response() }
}

/// The client's promise that its experts solve what reaches them within 4 office hours.
#[must_use]
pub fn expert_resolution() -> TargetSpec {
    TargetSpec {
        owner: Owner::Client,
        within_s: 4 * 3600,
        calendar: Some(CalendarId::from("office")),
        layer: Some(LayerId::from("experts")),
        ..resolution()
    }
}

/// A briefing that [`policy`]'s experts accept.
#[must_use]
pub fn briefing_fields() -> BTreeMap<String, String> {
    ["problem", "tried", "question"].map(|key| (key.to_owned(), format!("{key} text"))).into()
}

fn title(id: &str) -> BTreeMap<Language, String> {
    ["fi", "sv", "en"].map(|language| (Language::from(language), id.to_owned())).into()
}

fn layer(id: &str, hours: &str) -> Layer {
    Layer {
        id: LayerId::from(id),
        title: title(id),
        kind: LayerKind::Personal,
        owner: Owner::Vendor,
        calendar: Some(CalendarId::from(hours)),
        out_of_hours: OutOfHours::Capture,
        assignment: Assignment::Auto,
        capacity: 4,
        skills: Vec::new(),
        briefing: Vec::new(),
    }
}

fn briefing() -> Vec<BriefingField> {
    [("problem", true), ("tried", true), ("question", true), ("links", false)]
        .map(|(key, required)| BriefingField { key: key.into(), title: title(key), required })
        .into()
}

fn goal(layer: &str, share: Share, at_least: Option<f64>, under: Option<f64>) -> Goal {
    Goal { layer: LayerId::from(layer), share, at_least, under }
}

fn calendar(id: &str, week: &str) -> (CalendarId, Arc<Calendar>) {
    let hours = parse_week(week).unwrap_or_default();
    let calendar = Calendar::new("Europe/Helsinki", &hours, &[], &[]);
    (CalendarId::from(id), Arc::new(calendar.unwrap_or_else(|_| Calendar::always())))
}
