//! One tenant's file: a client of the vendor, as it wants to be served.

pub mod calendars;
pub mod goals;
pub mod layers;
mod load;
pub mod mail;
pub mod plugins;
pub mod widget;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use load::{TenantFile, load, names};

use crate::fault::Faults;
use crate::near::nearest;
use crate::quantity::Span;
use crate::text::Texts;

/// A tenant's file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tenant {
    /// The name people read.
    #[schemars(length(min = 1))]
    pub title: String,
    /// Languages served; the first is the default.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    pub languages: Vec<Language>,
    /// IANA time zone of days, months and calendars.
    pub time_zone: String,
    /// A customer's message within this time after resolve reopens; later it opens a new conversation.
    #[serde(default = "three_days")]
    pub reopen_window: Span,
    /// A bot's answer followed by this silence counts as assumed solved.
    #[serde(default = "one_day")]
    pub bot_silence: Span,
    /// Without a new contact on the topic within this time a resolution was the first contact's (FCR); whole days.
    #[serde(default = "one_week")]
    pub fcr_window: Span,
    /// How long what came in from outside is kept as it came; `0s` keeps it for good. It must be longer than any
    /// provider repeats a hook: what is gone cannot be known again. Mails stay for good: they are their originals.
    #[serde(default = "ninety_days")]
    pub inbound_kept: Span,
    /// In how many of a customer's conversations of one day they are told that nobody is there; not in chat.
    #[serde(default = "three")]
    pub closed_answers_a_day: u32,
    /// How many automatic mails a customer gets in 24 hours, bots' answers and notices together; then people have it.
    #[serde(default = "twenty")]
    pub automatic_mails_a_day: u32,
    /// When a call that nobody answered is made again: after the first try, the second, and so on. It is given up
    /// after the last.
    #[serde(default = "call_waits")]
    #[schemars(length(max = 10))]
    pub call_waits: Vec<Span>,
    /// Folder of help-center articles beside the tenants' folder; by default `articles/<tenant>`.
    #[serde(default)]
    pub articles: Option<std::path::PathBuf>,
    /// Customer groups.
    #[serde(default)]
    pub segments: Vec<Segment>,
    /// Lists of holidays by name, for calendars to name.
    #[serde(default)]
    pub holidays: BTreeMap<String, Vec<String>>,
    /// Opening hours by name, for layers and promises to name.
    #[serde(default)]
    pub calendars: BTreeMap<String, calendars::Calendar>,
    /// The layers, first to last.
    #[schemars(length(min = 1))]
    pub layers: Vec<layers::Layer>,
    /// The goals of layers.
    #[serde(default)]
    pub goals: Vec<goals::Goal>,
    /// Tags.
    #[serde(default)]
    pub tags: Tags,
    /// Channels by name.
    #[serde(default)]
    pub channels: BTreeMap<String, plugins::PluginUse>,
    /// Mailboxes that are fetched, by name.
    #[serde(default)]
    pub mailboxes: BTreeMap<String, mail::Mailbox>,
    /// Accounts that mails are sent over, by channel.
    #[serde(default)]
    pub outboxes: BTreeMap<String, mail::Outbox>,
    /// The bot of each self-service layer.
    #[serde(default)]
    pub bots: BTreeMap<String, plugins::PluginUse>,
    /// Taggers, in order.
    #[serde(default)]
    pub taggers: Vec<plugins::Tagger>,
    /// The promises.
    #[serde(default)]
    pub sla: Option<plugins::PluginUse>,
    /// Reports by name.
    #[serde(default)]
    pub reports: BTreeMap<String, plugins::PluginUse>,
    /// The widget on web pages.
    #[serde(default)]
    pub widget: Option<widget::Widget>,
    /// Texts that Kerros says itself.
    #[serde(default)]
    pub texts: TextsOfKerros,
    /// Whether texts stay readable in failed calls that are kept; names, addresses and numbers never do.
    #[serde(default)]
    pub failed_call_texts: bool,
}

/// A language that Kerros speaks.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Fi,
    Sv,
    En,
}

impl Language {
    /// `fi`, `sv`, `en`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fi => "fi",
            Self::Sv => "sv",
            Self::En => "en",
        }
    }
}

/// A customer group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// Its name in files.
    #[schemars(regex(pattern = NAME), extend("x-allowed" = NAME_WORDS))]
    pub id: String,
    /// The name people read.
    pub title: Texts,
}

/// Tags.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tags {
    /// The tags people may use; empty allows any.
    #[schemars(extend("uniqueItems" = true))]
    pub allowed: Vec<String>,
    /// Whether a person may resolve only with a tag on.
    pub required: bool,
}

/// Texts that Kerros says itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TextsOfKerros {
    /// What a customer reads when a layer is closed; `{opens}` is filled in.
    pub closed: Texts,
}

/// What names in files look like.
pub(crate) const NAME: &str = "^[a-z][a-z0-9_-]{0,39}$";
/// The same in words.
pub(crate) const NAME_WORDS: &str =
    "a short name of small letters, digits, - and _, beginning with a letter";

const fn three_days() -> Span {
    Span::seconds(72 * 3600)
}

const fn one_day() -> Span {
    Span::seconds(DAY)
}

const DAY: u64 = 24 * 3600;

const fn one_week() -> Span {
    Span::seconds(7 * DAY)
}

const fn ninety_days() -> Span {
    Span::seconds(90 * DAY)
}

const fn three() -> u32 {
    3
}

const fn twenty() -> u32 {
    20
}

fn call_waits() -> Vec<Span> {
    vec![Span::seconds(1800), Span::seconds(3 * 3600), Span::seconds(DAY)]
}

/// Whether text can be a name in files.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let first = text.chars().next().is_some_and(|c| c.is_ascii_lowercase());
    let rest =
        text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b));
    first && rest && text.len() <= 40
}

/// Tells a name that is not there, with what there is.
pub(crate) fn unknown(faults: &mut Faults<'_>, at: &str, found: &str, what: &str, known: &[&str]) {
    let allowed = match nearest(found, known.iter().copied()) {
        Some(near) => format!("no such {what}; did you mean {near:?}?"),
        None if known.is_empty() => format!("no such {what}: none is defined"),
        None => format!("no such {what}; there are {}", known.join(", ")),
    };
    faults.wrong(at, &format!("{found:?}"), allowed);
}

/// Tells names that stand twice in a list.
pub(crate) fn twice<'a>(
    faults: &mut Faults<'_>,
    list: &str,
    field: &str,
    names: impl Iterator<Item = &'a str>,
) {
    let mut seen = std::collections::BTreeSet::new();
    for (n, name) in names.enumerate() {
        if !seen.insert(name) {
            let allowed = "each name may stand once";
            faults.wrong(&format!("{list}[{n}].{field}"), &format!("{name:?}"), allowed);
        }
    }
}

impl Tenant {
    /// The languages as text.
    #[must_use]
    pub fn language_names(&self) -> Vec<String> {
        self.languages.iter().map(|language| language.as_str().to_owned()).collect()
    }

    fn manners(&self, faults: &mut Faults<'_>) {
        let whole_days = |span: Span| span.as_millis() == span.as_secs() / DAY * DAY * 1000;
        let days = |n: u64| Span::seconds(n * DAY);
        let mut check = |key: &str, span: Span, right: bool, allowed: &str| {
            if !right {
                faults.wrong(key, &format!("\"{span}\""), allowed);
            }
        };
        let span = self.fcr_window;
        let right = whole_days(span) && (days(1)..=days(90)).contains(&span);
        check("fcr_window", span, right, "allowed is 1d to 90d, in whole days");
        let span = self.inbound_kept;
        let right = whole_days(span) && (span.as_secs() == 0 || span >= days(7));
        check("inbound_kept", span, right, "allowed is 7d or more in whole days, or 0s for good");
        for (n, wait) in self.call_waits.iter().enumerate() {
            let right = (Span::seconds(60)..=days(30)).contains(wait);
            check(&format!("call_waits[{n}]"), *wait, right, "allowed is 1m to 30d");
        }
    }

    /// What the schema cannot say: names that must be there, and what belongs together.
    pub fn validate(&self, faults: &mut Faults<'_>) {
        let languages = self.language_names();
        if jiff::tz::TimeZone::get(&self.time_zone).is_err() {
            let allowed = "allowed is an IANA time zone like Europe/Helsinki";
            faults.wrong("time_zone", &format!("{:?}", self.time_zone), allowed);
        }
        twice(faults, "segments", "id", self.segments.iter().map(|segment| segment.id.as_str()));
        for (n, segment) in self.segments.iter().enumerate() {
            segment.title.validate(&format!("segments[{n}].title"), &languages, faults);
        }
        for (n, tag) in self.tags.allowed.iter().enumerate() {
            if tag.trim().is_empty() || tag.len() > 60 || tag.contains(char::is_control) {
                let allowed = "allowed is a text of 1 to 60 bytes";
                faults.wrong(&format!("tags.allowed[{n}]"), &format!("{tag:?}"), allowed);
            }
        }
        self.manners(faults);
        self.texts.closed.validate("texts.closed", &languages, faults);
        calendars::validate(self, faults);
        layers::validate(self, &languages, faults);
        goals::validate(self, faults);
        plugins::validate(self, faults);
        mail::validate(self, faults);
        widget::validate(self, &languages, faults);
    }
}
