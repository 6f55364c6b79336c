//! What the service says, against what was sent.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use crate::client::metrics::Reading;
use crate::replay::dialogue::Speaker;
use crate::replay::play::{Played, Stage};

/// Something that is not as it was sent.
#[derive(Debug)]
pub struct Difference {
    place: String,
    what: String,
}

impl Difference {
    pub fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Who spoke and what was said, by customer and agent only: bots may have said things between.
type Said = Vec<(String, String)>;

/// Compares one conversation: the API's messages, the customer's screen, the journal. Gives the layer that solved it
/// too, by the journal.
pub async fn conversation(
    stage: &Stage,
    played: &Played,
) -> anyhow::Result<(Vec<Difference>, Option<String>)> {
    let id = &played.conversation;
    let place = format!("dialogue {} ({id})", played.dialogue.id);
    let sent: Said = played
        .dialogue
        .turns
        .iter()
        .map(|turn| {
            let author = if turn.speaker == Speaker::User { "contact" } else { "person" };
            (author.to_owned(), turn.utterance.trim().to_owned())
        })
        .collect();
    let mut differences = Vec::new();

    let kept: Said = stage
        .agent
        .all(&format!("conversations/{id}/messages"))
        .await?
        .iter()
        .filter(|message| message["visibility"] == "public")
        .filter_map(|message| {
            Some((message["author"].as_str()?.to_owned(), message["text"].as_str()?.to_owned()))
        })
        .filter(|(author, _)| author == "contact" || author == "person")
        .collect();
    differences.extend(said(&format!("{place}, messages"), &sent, &kept));

    let shown: Said = played
        .seen
        .values()
        .map(|seen| (seen.author.clone(), seen.text.clone()))
        .filter(|(author, _)| author == "contact" || author == "person")
        .collect();
    differences.extend(said(&format!("{place}, the customer's screen"), &sent, &shown));

    let timeline = stage.agent.all(&format!("conversations/{id}/timeline")).await?;
    differences.extend(journal(&place, &sent, &timeline));
    let now = stage.agent.get(&format!("conversations/{id}")).await?;
    let customer = sent.iter().filter(|(author, _)| author == "contact").count() as u64;
    for (what, expected, found) in [
        ("state", Value::from("resolved"), &now["state"]),
        ("customer_messages", Value::from(customer), &now["customer_messages"]),
        ("resolution.solved", Value::from("by_person"), &now["resolution"]["solved"]),
        ("seq", Value::from(timeline.len() as u64), &now["seq"]),
    ] {
        if *found != expected {
            differences
                .push(Difference::new(&place, format!("{what} is {found}, expected {expected}")));
        }
    }
    let solved = timeline.iter().rfind(|entry| entry["event"]["type"] == "resolved");
    let layer = solved.and_then(|entry| entry["event"]["layer"].as_str()).map(ToOwned::to_owned);
    Ok((differences, layer))
}

fn said(place: &str, sent: &Said, got: &Said) -> Vec<Difference> {
    let mut differences = Vec::new();
    for at in 0..sent.len().max(got.len()) {
        match (sent.get(at), got.get(at)) {
            (Some(a), Some(b)) if a == b => {}
            (a, b) => {
                differences.push(Difference::new(
                    place,
                    format!("message {}: sent {a:?}, found {b:?}", at + 1),
                ));
                // What follows is shifted: one difference says enough.
                break;
            }
        }
    }
    differences
}

fn journal(place: &str, sent: &Said, timeline: &[Value]) -> Vec<Difference> {
    let mut differences = Vec::new();
    for (at, entry) in timeline.iter().enumerate() {
        if entry["seq"].as_u64() != Some(at as u64 + 1) {
            differences.push(Difference::new(
                place,
                format!("journal entry {} has sequence {}", at + 1, entry["seq"]),
            ));
            break;
        }
    }
    let added = timeline
        .iter()
        .filter(|entry| entry["event"]["type"] == "message_added")
        .filter(|entry| {
            let by = &entry["event"]["author"]["by"];
            by == "contact" || by == "person"
        })
        .count();
    if added != sent.len() {
        differences.push(Difference::new(
            place,
            format!("{added} messages in the journal, {} sent", sent.len()),
        ));
    }
    let resolves = timeline.iter().filter(|entry| entry["event"]["type"] == "resolved").count();
    if resolves != 1 {
        differences.push(Difference::new(
            place,
            format!("resolved {resolves} times in the journal, expected once"),
        ));
    }
    differences
}

/// The ledger as the layer board tells it: demand by outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// The day it was asked for, as the tenant's time zone has it.
    pub day: String,
    demand: i64,
    unresolved: i64,
    abandoned: i64,
    solved: BTreeMap<String, i64>,
}

impl Ledger {
    /// Reads the board of a day; today's without one.
    pub async fn read(stage: &Stage, tenant: &str, day: Option<&str>) -> anyhow::Result<Self> {
        let day = day.map_or_else(String::new, |day| format!("?day={day}"));
        let board = stage.agent.get(&format!("tenants/{tenant}/board{day}")).await?;
        let number = |value: &Value| value.as_i64().unwrap_or(0);
        let layers = board["layers"].as_array().map(Vec::as_slice).unwrap_or_default();
        let solved = layers.iter().filter_map(|layer| {
            Some((layer["layer"].as_str()?.to_owned(), number(&layer["solved"])))
        });
        Ok(Self {
            day: board["day"].as_str().unwrap_or_default().to_owned(),
            demand: number(&board["demand"]),
            unresolved: number(&board["unresolved"]),
            abandoned: number(&board["abandoned"]),
            solved: solved.collect(),
        })
    }

    /// What has come since `before`, on that day and, if it is past midnight, on this one.
    pub async fn since(stage: &Stage, tenant: &str, before: &Self) -> anyhow::Result<Self> {
        let mut grown = Self::read(stage, tenant, Some(&before.day)).await?;
        let today = Self::read(stage, tenant, None).await?;
        if today.day != before.day {
            grown.add(&today, 1);
        }
        grown.add(before, -1);
        Ok(grown)
    }

    fn add(&mut self, other: &Self, times: i64) {
        self.demand += other.demand * times;
        self.unresolved += other.unresolved * times;
        self.abandoned += other.abandoned * times;
        for (layer, solved) in &other.solved {
            *self.solved.entry(layer.clone()).or_default() += solved * times;
        }
    }

    /// Compares what has come with what was played: one unit of demand per dialogue, solved by the layer that its
    /// journal names, and nothing else.
    pub fn compare(&self, dialogues: usize, layers: &[String]) -> Vec<Difference> {
        let mut expected: BTreeMap<&str, i64> =
            self.solved.keys().map(|layer| (layer.as_str(), 0)).collect();
        for layer in layers {
            *expected.entry(layer).or_default() += 1;
        }
        let found = |layer: &str| self.solved.get(layer).copied().unwrap_or(0);
        let solved = expected
            .iter()
            .map(|(layer, expected)| (format!("solved by {layer}"), *expected, found(layer)));
        let demand = i64::try_from(dialogues).unwrap_or(i64::MAX);
        [
            ("demand".to_owned(), demand, self.demand),
            ("unresolved".to_owned(), 0, self.unresolved),
            ("abandoned".to_owned(), 0, self.abandoned),
        ]
        .into_iter()
        .chain(solved)
        .filter(|(_, expected, found)| expected != found)
        .map(|(what, expected, found)| {
            Difference::new("ledger", format!("{what} grew by {found}, expected {expected}"))
        })
        .collect()
    }
}

/// Compares the counters: one unit of demand, one opening and one resolve per dialogue, one
/// accepted frame per customer message.
pub fn metrics(
    before: &Reading,
    after: &Reading,
    tenant: &str,
    played: &[Played],
) -> Vec<Difference> {
    let tenant = format!("tenant=\"{tenant}\"");
    let dialogues = played.len() as u32;
    let messages: usize = played
        .iter()
        .map(|one| one.dialogue.turns.iter().filter(|turn| turn.speaker == Speaker::User).count())
        .sum();
    let reconnects: u32 = played.iter().map(|one| one.reconnects).sum();
    let mut wanted = vec![
        ("kerros_demand_total", vec![tenant.as_str()], dialogues),
        ("kerros_conversations_opened_total", vec![tenant.as_str()], dialogues),
        (
            "kerros_conversations_resolved_total",
            vec![tenant.as_str(), "solved=\"by_person\""],
            dialogues,
        ),
        ("kerros_first_response_seconds_count", vec![tenant.as_str()], dialogues),
    ];
    // A frame sent again after a lost connection counts as a duplicate, not as accepted.
    if reconnects == 0 {
        wanted.push((
            "kerros_inbound_total",
            vec![tenant.as_str(), "outcome=\"accepted\""],
            messages as u32,
        ));
    }
    wanted
        .into_iter()
        .filter_map(|(name, labels, expected)| {
            let found = after.growth(before, name, &labels);
            let text = format!("{name} grew by {found}, expected {expected}");
            ((found - f64::from(expected)).abs() > 0.5).then(|| Difference::new("metrics", text))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(demand: i64, unresolved: i64, solved: &[(&str, i64)]) -> Ledger {
        let solved = solved.iter().map(|(layer, count)| ((*layer).to_owned(), *count)).collect();
        Ledger { day: "2026-11-28".into(), demand, unresolved, abandoned: 0, solved }
    }

    #[test]
    fn a_ledger_that_lost_or_misplaced_something_is_told() {
        let layers = ["first-line".to_owned(), "first-line".to_owned(), "experts".to_owned()];
        let mut grown = ledger(13, 1, &[("self-service", 4), ("first-line", 7), ("experts", 2)]);
        grown.add(&ledger(10, 1, &[("self-service", 4), ("first-line", 5), ("experts", 1)]), -1);
        assert!(grown.compare(3, &layers).is_empty(), "{:?}", grown.compare(3, &layers));
        for (wrong, told) in [
            (ledger(2, 0, &[("first-line", 2), ("experts", 1)]), "demand grew by 2, expected 3"),
            (
                ledger(3, 1, &[("first-line", 2), ("experts", 1)]),
                "unresolved grew by 1, expected 0",
            ),
            (ledger(3, 0, &[("first-line", 2)]), "solved by experts grew by 0, expected 1"),
            (
                ledger(3, 0, &[("first-line", 2), ("experts", 1), ("self-service", 1)]),
                "solved by self-service grew by 1, expected 0",
            ),
        ] {
            let found: Vec<String> =
                wrong.compare(3, &layers).iter().map(ToString::to_string).collect();
            assert_eq!(found, [format!("ledger: {told}")]);
        }
    }
}
