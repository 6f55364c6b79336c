//! `[[layers]]`: who serves, first to last.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{NAME, NAME_WORDS, Tenant, twice, unknown};
use crate::fault::Faults;
use crate::text::Texts;

/// A layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// Its name in files.
    #[schemars(regex(pattern = NAME), extend("x-allowed" = NAME_WORDS))]
    pub id: String,
    /// The name people read.
    pub title: Texts,
    /// Who works in it.
    pub kind: Kind,
    /// Whose people work in it; by default the client's in expert layers, else the vendor's.
    #[serde(default)]
    pub owner: Option<Owner>,
    /// Its opening hours; without, it is always open.
    #[serde(default)]
    pub calendar: Option<String>,
    /// What happens to a conversation that comes while it is closed.
    #[serde(default)]
    pub out_of_hours: OutOfHours,
    /// How its queue gives out work; by default people pick in expert layers, else the router.
    #[serde(default)]
    pub assignment: Option<Assignment>,
    /// How many conversations one person may hold at once here.
    #[serde(default = "six")]
    #[schemars(range(min = 1, max = 1000))]
    pub capacity: u32,
    /// Skills a person needs to be picked here.
    #[serde(default)]
    pub skills: Vec<String>,
    /// What a briefing into this layer says, in order.
    #[serde(default)]
    pub briefing: Vec<BriefingField>,
}

/// A field of a briefing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BriefingField {
    /// Its name in files.
    #[schemars(regex(pattern = NAME), extend("x-allowed" = NAME_WORDS))]
    pub key: String,
    /// The name people read.
    pub title: Texts,
    /// Whether escalation is refused without it.
    #[serde(default)]
    pub required: bool,
}

/// Who works in a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    SelfService,
    Personal,
    Expert,
}

/// Whose people work in a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    Vendor,
    Client,
}

/// What happens outside a layer's hours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutOfHours {
    #[default]
    Capture,
    Queue,
}

/// How a queue gives out work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Assignment {
    Auto,
    Manual,
}

const fn six() -> u32 {
    6
}

pub(super) fn validate(tenant: &Tenant, languages: &[String], faults: &mut Faults<'_>) {
    let calendars: Vec<&str> = tenant.calendars.keys().map(String::as_str).collect();
    twice(faults, "layers", "id", tenant.layers.iter().map(|layer| layer.id.as_str()));
    for (n, layer) in tenant.layers.iter().enumerate() {
        let at = format!("layers[{n}]");
        layer.title.validate(&format!("{at}.title"), languages, faults);
        if let Some(calendar) = &layer.calendar
            && !tenant.calendars.contains_key(calendar)
        {
            unknown(faults, &format!("{at}.calendar"), calendar, "calendar", &calendars);
        }
        if layer.kind == Kind::SelfService && layer.calendar.is_some() {
            let allowed = "self-service is always open: leave the calendar out";
            faults.wrong(&format!("{at}.calendar"), "a calendar", allowed);
        }
        twice(
            faults,
            &format!("{at}.briefing"),
            "key",
            layer.briefing.iter().map(|f| f.key.as_str()),
        );
        for (m, field) in layer.briefing.iter().enumerate() {
            field.title.validate(&format!("{at}.briefing[{m}].title"), languages, faults);
        }
        let before = tenant.layers[..n].iter().rfind(|other| order(other.kind) > order(layer.kind));
        if let Some(before) = before {
            let allowed = format!(
                "layers go from self_service over personal to expert; {:?} comes before it",
                before.id
            );
            faults.wrong(&format!("{at}.kind"), &format!("{:?}", word(layer.kind)), allowed);
        }
        if layer.kind == Kind::Expert && !layer.briefing.iter().any(|field| field.required) {
            let what = "no required field: escalations may come without a briefing";
            faults.warn(&format!("{at}.briefing"), what);
        }
    }
    if !tenant.layers.iter().any(|layer| layer.kind != Kind::SelfService) {
        let allowed = "at least one layer must be worked by people (kind personal or expert)";
        faults.wrong("layers", "none", allowed);
    }
}

const fn order(kind: Kind) -> u8 {
    match kind {
        Kind::SelfService => 0,
        Kind::Personal => 1,
        Kind::Expert => 2,
    }
}

const fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::SelfService => "self_service",
        Kind::Personal => "personal",
        Kind::Expert => "expert",
    }
}
