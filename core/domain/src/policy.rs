//! What a tenant decides in its config, as plain data. `server` builds it from settings.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::id::{CalendarId, Language, LayerId, SegmentId, Tag, TenantId};
use crate::sla::Owner;
use crate::time::Timestamp;

/// Who works in a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LayerKind {
    /// Bots and the help center.
    SelfService,
    /// People who serve at first hand: first line, super users.
    Personal,
    /// The client's own specialists, reached by escalation with a briefing.
    Expert,
}

/// What happens to a conversation that reaches a layer outside its hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutOfHours {
    /// It waits and enters the queue when the layer opens (the shift-start queue).
    Capture,
    /// It enters the queue at once; nobody need be there.
    Queue,
}

/// How a queue gives out work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assignment {
    /// The router picks an agent.
    Auto,
    /// People pick from the queue.
    Manual,
}

/// One layer. Layers are an ordered list of any length.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// Its name.
    pub id: LayerId,
    /// What people read.
    pub title: BTreeMap<Language, String>,
    /// Who works in it.
    pub kind: LayerKind,
    /// Whose people work in it.
    pub owner: Owner,
    /// Its opening hours; `None` is always open.
    pub calendar: Option<CalendarId>,
    /// What happens outside them.
    pub out_of_hours: OutOfHours,
    /// How its queue gives out work.
    pub assignment: Assignment,
    /// How many conversations one person may hold at once here.
    pub capacity: u32,
    /// Skills a person needs to be picked here.
    pub skills: Vec<String>,
    /// Fields a briefing must carry to escalate into this layer, in order.
    pub briefing: Vec<BriefingField>,
}

/// A field of a briefing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BriefingField {
    /// Its key (`tried`).
    pub key: String,
    /// What people read.
    pub title: BTreeMap<Language, String>,
    /// Whether escalation is refused without it.
    pub required: bool,
}

/// What a goal binds, see METRICS: every share names its denominator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    /// Solved by the layer / demand.
    OfDemand,
    /// Solved by the layer / entered it.
    OfEntered,
    /// Solved by it or an earlier layer / demand.
    Cumulative,
    /// Entered the layer / demand.
    Entered,
}

/// A goal of one layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Goal {
    /// The layer.
    pub layer: LayerId,
    /// Which share it binds.
    pub share: Share,
    /// At least this share (0 to 1), if given.
    pub at_least: Option<f64>,
    /// Under this share (0 to 1), if given.
    pub under: Option<f64>,
}

/// A customer group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Its name.
    pub id: SegmentId,
    /// What people read.
    pub title: BTreeMap<Language, String>,
}

/// Everything the engine needs to know of a tenant.
#[derive(Debug, Clone)]
pub struct TenantPolicy {
    /// The tenant.
    pub id: TenantId,
    /// What people read.
    pub title: String,
    /// Languages served; the first is the default.
    pub languages: Vec<Language>,
    /// Customer groups; may be empty.
    pub segments: Vec<Segment>,
    /// The layers, first to last.
    pub layers: Vec<Layer>,
    /// The goals.
    pub goals: Vec<Goal>,
    /// Calendars by name.
    pub calendars: BTreeMap<CalendarId, Arc<Calendar>>,
    /// IANA time zone for days and months of reports.
    pub time_zone: String,
    /// A customer's message within this time after resolve reopens; later it opens a new one. Seconds.
    pub reopen_window_s: u64,
    /// The tags people may use; empty allows any.
    pub tags: Vec<Tag>,
    /// Whether a conversation may only be resolved by a person with a tag on it.
    pub tag_required: bool,
    /// A bot's answer followed by this silence counts as assumed solved. Seconds.
    pub bot_silence_s: u64,
}

impl TenantPolicy {
    /// The layer of that name.
    #[must_use]
    pub fn layer(&self, id: &LayerId) -> Option<&Layer> {
        self.layers.iter().find(|layer| layer.id == *id)
    }

    /// Where the layer stands in the order, 0 for the first.
    #[must_use]
    pub fn layer_index(&self, id: &LayerId) -> Option<usize> {
        self.layers.iter().position(|layer| layer.id == *id)
    }

    /// The layers after this one, in order; none after an unknown one.
    pub fn layers_after(&self, id: &LayerId) -> impl Iterator<Item = &Layer> {
        let skip = self.layer_index(id).map_or(self.layers.len(), |index| index + 1);
        self.layers.iter().skip(skip)
    }

    /// The layer's opening hours; `None` is always open.
    #[must_use]
    pub fn hours(&self, layer: &Layer) -> Option<&Calendar> {
        layer.calendar.as_ref().and_then(|name| self.calendars.get(name)).map(|hours| &**hours)
    }

    /// Whether the layer is open at `now`.
    #[must_use]
    pub fn is_open(&self, layer: &Layer, now: Timestamp) -> bool {
        self.hours(layer).is_none_or(|hours| hours.is_open(now))
    }
}

impl LayerKind {
    /// Whether people work in it.
    #[must_use]
    pub const fn has_people(self) -> bool {
        !matches!(self, Self::SelfService)
    }
}

impl Layer {
    /// Keys of required briefing fields that `fields` lacks or leaves blank, in the policy's order.
    #[must_use]
    pub fn missing_fields(&self, fields: &BTreeMap<String, String>) -> Vec<String> {
        let blank = |key: &str| fields.get(key).is_none_or(|text| text.trim().is_empty());
        self.briefing
            .iter()
            .filter(|field| field.required && blank(&field.key))
            .map(|field| field.key.clone())
            .collect()
    }
}
