//! What the service says, against what was sent.

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

/// Compares one conversation: the API's messages, the customer's screen, the journal.
pub async fn conversation(stage: &Stage, played: &Played) -> anyhow::Result<Vec<Difference>> {
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
    Ok(differences)
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

/// Compares the ledger and the counters: one unit of demand, one opening and one resolve per dialogue, one
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
