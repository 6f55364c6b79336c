//! What was said and what happened, in order: messages as bubbles, events folded between them.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use kerros_app::tenant::Tenant;
use kerros_domain::about::Details;
use kerros_domain::call::CallOutcome;
use kerros_domain::conversation::CloseReason;
use kerros_domain::event::{Entry, Event};
use kerros_domain::id::{MessageId, UserId};
use kerros_domain::message::{Author, DeliveryState, Message, Part, Visibility};
use kerros_domain::sla::Target;
use kerros_domain::time::Timestamp;
use serde::Serialize;

use super::attached::{self, File};
use super::cases::{self, Via};
use super::composer::Composer;
use super::delivery::Delivery;
use super::letter::Letter;
use super::look::{Look, Person, priority_key};
use super::sla::metric_key;
use crate::i18n::time::{self, When};

/// One thing in the timeline.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "item", rename_all = "snake_case")]
pub enum Item {
    /// A new day begins.
    Day {
        /// Its name.
        text: String,
    },
    /// Something was said.
    Message(Box<Bubble>),
    /// Things happened between two messages.
    Events {
        /// The sequence of the first.
        first: u64,
        /// The sequence of the last.
        seq: u64,
        /// Those that matter at a glance.
        shown: Vec<Line>,
        /// The rest.
        folded: Vec<Line>,
    },
}

/// A message.
#[derive(Debug, Clone, Serialize)]
pub struct Bubble {
    /// Its id.
    pub id: String,
    /// Its place.
    pub seq: u64,
    /// `contact`, `bot`, `person`, `system` or `note`.
    pub kind: &'static str,
    /// Who.
    pub author: Person,
    /// An icon in place of initials, for what no person wrote.
    pub mark: Option<&'static str>,
    /// Its text, with addresses set apart.
    pub pieces: Vec<Piece>,
    /// Buttons, articles, links.
    pub parts: Vec<Part>,
    /// When.
    pub at: When,
    /// How far it has come.
    pub delivery: Option<Delivery>,
    /// What it carries beside its text.
    pub letter: Option<Letter>,
    /// Its files.
    pub files: Vec<File>,
    /// Which way it went or came, for what colleagues and systems beside the conversation write and get.
    pub via: Option<Via>,
}

/// A stretch of text, or an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// Where it leads, for an address.
    pub href: Option<String>,
}

/// An event.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// An icon of the sprite.
    pub icon: &'static str,
    /// What happened.
    pub text: String,
    /// `plain`, `good`, `warn`, `bad`.
    pub tone: &'static str,
    /// When.
    pub at: When,
}

/// Who is who in a timeline.
pub struct Cast<'a> {
    /// Names of the people who serve.
    pub names: &'a BTreeMap<UserId, String>,
    /// The customer.
    pub contact: &'a Person,
    /// The reader.
    pub me: UserId,
    /// The conversation's promises, which events name by number.
    pub targets: &'a [Target],
    /// Whose customer.
    pub tenant: &'a Tenant,
    /// The big things of messages, as far as they were read.
    pub details: &'a BTreeMap<MessageId, Details>,
    /// What the reader may send, if they may.
    pub composer: Option<&'a Composer>,
}

/// Messages and events in order of their sequence.
#[must_use]
pub fn timeline(
    look: &Look,
    cast: &Cast<'_>,
    messages: &[Message],
    entries: &[Entry],
    after_day: Option<Timestamp>,
) -> Vec<Item> {
    let by_id: BTreeMap<_, _> = messages.iter().map(|m| (m.id, m)).collect();
    let mut items = Vec::new();
    let mut day = after_day.map(|at| day_of(at, &look.zone));
    let mut group = Group::default();
    for (place, entry) in entries.iter().enumerate() {
        if let Event::MessageAdded { message, .. } = &entry.event {
            let Some(message) = by_id.get(message) else { continue };
            group.flush(&mut items);
            let today = day_of(message.at, &look.zone);
            if day.as_ref() != Some(&today) {
                items.push(Item::Day { text: time::day(look.say, &look.zone, message.at) });
                day = Some(today);
            }
            items.push(Item::Message(Box::new(bubble(look, cast, message))));
        } else if let Some((line, matters)) = line(look, cast, entry, &entries[..place]) {
            if group.is_empty() {
                group.first = entry.seq;
            }
            group.seq = entry.seq;
            if matters { group.shown.push(line) } else { group.folded.push(line) }
        }
    }
    group.flush(&mut items);
    items
}

#[derive(Default)]
struct Group {
    first: u64,
    seq: u64,
    shown: Vec<Line>,
    folded: Vec<Line>,
}

impl Group {
    fn is_empty(&self) -> bool {
        self.shown.is_empty() && self.folded.is_empty()
    }

    fn flush(&mut self, items: &mut Vec<Item>) {
        if !self.is_empty() {
            let Self { first, seq, shown, folded } = std::mem::take(self);
            items.push(Item::Events { first, seq, shown, folded });
        }
    }
}

fn day_of(at: Timestamp, zone: &TimeZone) -> String {
    time::iso_date(zone, at)
}

/// A message as a bubble.
#[must_use]
pub fn bubble(look: &Look, cast: &Cast<'_>, message: &Message) -> Bubble {
    let nobody =
        |id: &str| Person { name: look.say.t(id), initials: String::new(), tint: 0, me: false };
    let (kind, author, mark) = match &message.author {
        Author::Contact => ("contact", cast.contact.clone(), None),
        Author::Bot => ("bot", nobody("author-bot"), Some("bot")),
        Author::System => ("system", nobody("author-system"), Some("system")),
        Author::Person { user } => ("person", Person::user(cast.names, *user, cast.me), None),
    };
    let kind = if message.visibility == Visibility::Internal { "note" } else { kind };
    // A colleague of the customer's, a machine: whoever really wrote it.
    let (author, mark) = match &message.about.sender {
        Some(sender) if !matches!(message.author, Author::Person { .. }) => {
            let name = sender.name.as_deref().filter(|name| !name.trim().is_empty());
            let tint = uuid::Uuid::from_u128(sender.address.bytes().map(u128::from).sum());
            (Person::new(name.unwrap_or(&sender.address), tint, false), None)
        }
        _ => (author, mark),
    };
    let details = cast.details.get(&message.id);
    let letter = Letter::of(cast.tenant, message, details);
    // HTML that says no more than the text is not shown beside it, so its pictures are.
    let rich = letter.as_ref().and_then(|letter| letter.frame.as_ref()).is_some_and(|f| f.rich);
    let html = details.and_then(|details| details.html.as_deref()).filter(|_| rich);
    Bubble {
        id: message.id.to_string(),
        seq: message.seq,
        kind,
        author,
        mark,
        pieces: pieces(&message.text),
        parts: message.parts.clone(),
        at: look.when(message.at),
        delivery: Delivery::of(look, message, cast.composer),
        files: attached::files(look, message, html),
        letter,
        via: Via::of(cast.tenant, message),
    }
}

/// Text with its `http(s)` addresses set apart.
#[must_use]
pub fn pieces(text: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = next_address(rest) {
        let (before, from) = rest.split_at(at);
        let end =
            from.find(|c: char| c.is_whitespace() || "<>\"'".contains(c)).unwrap_or(from.len());
        let address = from[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']']);
        if !before.is_empty() {
            out.push(Piece { text: before.to_owned(), href: None });
        }
        out.push(Piece { text: address.to_owned(), href: Some(address.to_owned()) });
        rest = &from[address.len()..];
    }
    if !rest.is_empty() {
        out.push(Piece { text: rest.to_owned(), href: None });
    }
    out
}

fn next_address(text: &str) -> Option<usize> {
    let begins = |scheme: &str| {
        text.match_indices(scheme)
            .map(|(at, _)| at)
            .find(|at| text[at + scheme.len()..].starts_with(|c: char| c.is_alphanumeric()))
    };
    [begins("https://"), begins("http://")].into_iter().flatten().min()
}

/// An event as a line, and whether it matters at a glance; `None` is not for people.
fn line(look: &Look, cast: &Cast<'_>, entry: &Entry, earlier: &[Entry]) -> Option<(Line, bool)> {
    let (say, tenant) = (look.say, cast.tenant);
    let name = |user: &UserId| Person::user(cast.names, *user, cast.me).name;
    let by = entry.by.as_ref().map_or_else(|| say.t("author-system"), name);
    let layer = |id| look.layer(tenant, id);
    let metric = |number: &u32| match cast.targets.iter().find(|t| t.number == *number) {
        Some(target) => say.t(metric_key(target.spec.metric)),
        None => format!("#{number}"),
    };
    let (icon, tone, matters, text) = match &entry.event {
        Event::MessageAdded { .. } | Event::BotRemembered { .. } | Event::TargetAsked { .. } => {
            return None;
        }
        Event::Opened { channel, .. } => (
            "chat",
            "plain",
            true,
            say.with("event-opened", &[("channel", channel.as_str().into())]),
        ),
        Event::DeliveryChanged { state: DeliveryState::Failed, reason, .. } => {
            let why = reason.clone().unwrap_or_else(|| say.t("event-no-reason"));
            // The message says it itself, and what can be done about it.
            ("late", "bad", false, say.with("event-undelivered", &[("why", why.into())]))
        }
        Event::DeliveryChanged { .. }
        | Event::Attended
        | Event::ToldClosed
        | Event::FileChanged { reason: None, .. } => return None,
        Event::FileChanged { reason: Some(why), .. } => {
            ("late", "warn", true, say.with("event-file-gone", &[("why", why.as_str().into())]))
        }
        Event::AgentCalled { by } => (
            "mention",
            "warn",
            true,
            say.with("event-agent-called", &[("name", by.as_str().into())]),
        ),
        Event::CallRequested { number, .. } => {
            let number = number.as_str().into();
            ("phone", "plain", true, say.with("event-call-requested", &[("number", number)]))
        }
        Event::CallEnded { outcome } => {
            let id = match outcome {
                CallOutcome::Reached => "event-call-reached",
                CallOutcome::NoAnswer => "event-call-no-answer",
                CallOutcome::WrongNumber => "event-call-wrong-number",
            };
            let tone = if *outcome == CallOutcome::Reached { "good" } else { "plain" };
            ("phone", tone, true, say.with(id, &[("name", by.into())]))
        }
        Event::Entered { layer: id, .. } => (
            "arrow-right",
            "plain",
            true,
            say.with("event-entered", &[("layer", layer(id).into())]),
        ),
        Event::BotTook => ("bot", "plain", false, say.t("event-bot-took")),
        Event::Waits { until } => match until {
            Some(at) => {
                let opens = time::opens(say, &look.zone, look.now, *at);
                let id = cases::wait_id(entry, earlier);
                let icon = if id == "event-waits" { "moon" } else { "phone" };
                (icon, "plain", true, say.with(id, &[("when", opens.into())]))
            }
            None => ("moon", "warn", true, say.t("event-waits-never")),
        },
        Event::Queued => ("queue", "plain", false, say.t("event-queued")),
        Event::Assigned { user } if entry.by == Some(*user) => {
            ("take", "plain", true, say.with("event-taken", &[("name", name(user).into())]))
        }
        Event::Assigned { user } => {
            ("person", "plain", true, say.with("event-assigned", &[("name", name(user).into())]))
        }
        Event::Pended => ("pause", "plain", true, say.with("event-pended", &[("name", by.into())])),
        Event::Released => {
            ("release", "plain", true, say.with("event-released", &[("name", by.into())]))
        }
        Event::Escalated { briefing } => {
            let to = layer(&briefing.to);
            (
                "escalate",
                "plain",
                true,
                say.with("event-escalated", &[("name", by.into()), ("layer", to.into())]),
            )
        }
        Event::HandedBack { to, reason, missing_facts, .. } => {
            let id = if *missing_facts { "event-bounced" } else { "event-handed-back" };
            let values = [
                ("name", by.into()),
                ("layer", layer(to).into()),
                ("reason", reason.as_str().into()),
            ];
            ("back", if *missing_facts { "warn" } else { "plain" }, true, say.with(id, &values))
        }
        Event::Tagged { tag, confidence } => match confidence {
            Some(n) => {
                let values = [("tag", tag.as_str().into()), ("n", i64::from(*n).into())];
                ("tag", "plain", false, say.with("event-tag-suggested", &values))
            }
            None => {
                let values = [("name", by.into()), ("tag", tag.as_str().into())];
                ("tag", "plain", false, say.with("event-tagged", &values))
            }
        },
        Event::Untagged { tag } => {
            let values = [("name", by.into()), ("tag", tag.as_str().into())];
            ("tag", "plain", false, say.with("event-untagged", &values))
        }
        Event::PriorityChanged { priority } => {
            let to = say.t(&format!("priority-{}", priority_key(*priority)));
            ("flag", "plain", true, say.with("event-priority", &[("priority", to.into())]))
        }
        Event::SegmentChanged { segment } => {
            let to =
                segment.as_ref().map_or_else(|| say.t("none"), |s| segment_title(look, tenant, s));
            ("people", "plain", false, say.with("event-segment", &[("segment", to.into())]))
        }
        Event::LanguageChanged { language } => (
            "globe",
            "plain",
            false,
            say.with("event-language", &[("language", language.as_str().into())]),
        ),
        Event::TargetSet { spec, due_at, .. } => {
            let values = [
                ("what", say.t(metric_key(spec.metric)).into()),
                ("when", look.when(*due_at).text.into()),
            ];
            ("clock", "plain", false, say.with("event-target-set", &values))
        }
        Event::TargetPaused { number, .. } => (
            "pause",
            "plain",
            false,
            say.with("event-target-paused", &[("what", metric(number).into())]),
        ),
        Event::TargetResumed { number, .. } => (
            "clock",
            "plain",
            false,
            say.with("event-target-resumed", &[("what", metric(number).into())]),
        ),
        Event::TargetWarned { number } => (
            "warn",
            "warn",
            true,
            say.with("event-target-warned", &[("what", metric(number).into())]),
        ),
        Event::TargetMet { number, .. } => (
            "check-circle",
            "good",
            false,
            say.with("event-target-met", &[("what", metric(number).into())]),
        ),
        Event::TargetBreached { number, due_at } => {
            let values =
                [("what", metric(number).into()), ("when", look.when(*due_at).text.into())];
            ("late", "bad", true, say.with("event-target-breached", &values))
        }
        Event::TargetDropped { number } => (
            "x",
            "plain",
            false,
            say.with("event-target-dropped", &[("what", metric(number).into())]),
        ),
        Event::Resolved { layer: id, .. } => {
            let values = [("name", by.into()), ("layer", layer(id).into())];
            ("check-circle", "good", true, say.with("event-resolved", &values))
        }
        Event::Reopened => ("refresh", "plain", true, say.t("event-reopened")),
        Event::Closed { reason } => {
            ("archive", "plain", true, say.t(&format!("event-closed-{}", close_key(*reason))))
        }
    };
    Some((Line { icon, text, tone, at: look.when(entry.at) }, matters))
}

/// A customer group's title.
pub fn segment_title(look: &Look, tenant: &Tenant, id: &kerros_domain::id::SegmentId) -> String {
    let found = tenant.policy.segments.iter().find(|s| s.id == *id);
    found.map_or(id.as_str(), |s| look.pick(&s.title, id.as_str())).to_owned()
}

/// The key of a reason in messages.
#[must_use]
pub const fn close_key(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::Settled => "settled",
        CloseReason::Spam => "spam",
        CloseReason::Merged => "merged",
        CloseReason::Abandoned => "abandoned",
        CloseReason::Unsolved => "unsolved",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_text_are_found_without_the_dot_after_them() {
        let seen: Vec<_> =
            pieces("Katso https://aurinko.example/ohje?a=1. Tai (http://x.fi)! https:// ei")
                .into_iter()
                .map(|p| (p.text, p.href.is_some()))
                .collect();
        let seen: Vec<_> = seen.iter().map(|(t, a)| (t.as_str(), *a)).collect();
        assert_eq!(
            seen,
            [
                ("Katso ", false),
                ("https://aurinko.example/ohje?a=1", true),
                (". Tai (", false),
                ("http://x.fi", true),
                (")! https:// ei", false),
            ]
        );
    }

    #[test]
    fn nothing_but_http_becomes_a_link() {
        assert!(pieces("javascript:alert(1) data:text/html,x").iter().all(|p| p.href.is_none()));
    }
}
