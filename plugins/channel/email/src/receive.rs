//! A mail as events: a message of a customer, or what became of a mail of ours.

use std::borrow::Cow;

use kerros_plugin::Error;
use kerros_plugin::channel::{
    Check, Delivery, DeliveryState, Event, Field, MailThreading, Message, Participant, Raw,
    Receipt, Secrets, Threading,
};
use kerros_plugin::text::cut as cut_text;

use crate::address::{self, Mailbox};
use crate::attachment::Files;
use crate::bounce::{self, Fate};
use crate::config::Config;
use crate::hook::{self, Opened};
use crate::mime::{self, Head};
use crate::{automatic, body, calendar, content, language, subject, thread, verdict, words};

/// The longest shown text and the longest whole text (the contract's), bytes.
const LONGEST_TEXT: usize = 16 * 1024;
const LONGEST_FULL: usize = 256 * 1024;
/// The most people who take part.
const MOST_PARTICIPANTS: usize = 100;
/// The longest id of a mail that is reported about (the contract's).
const LONGEST_ID: usize = 256;
/// A clock may be so far before ours.
const CLOCK_MS: i64 = 5 * 60_000;
/// A sender that nobody can answer, for mails without any.
const NOBODY: &str = "unknown@invalid";

/// Reads a raw thing.
pub fn receive(config: &Config, raw: &Raw, secrets: &impl Secrets) -> Result<Receipt, Error> {
    let opened = match raw.kind.as_str() {
        _ if fetched(raw) => Ok(Opened { raw: Cow::Borrowed(raw), key: None }),
        "mail" | "hook" => hook::open(config, raw, secrets),
        _ => Err(Receipt::Malformed("not a mail".into())),
    };
    let Opened { raw, key } = match opened {
        Ok(opened) => opened,
        Err(receipt) => return Ok(receipt),
    };
    let raw = raw.as_ref();
    let (head, node) = mime::read(&raw.body);
    let any = ["from", "to", "subject", "date", "message-id", "return-path"];
    if raw.body.trim_ascii().is_empty() || !fetched(raw) && !any.iter().any(|field| head.has(field))
    {
        return Ok(Receipt::Malformed("not a mail by RFC 5322".into()));
    }
    let events = events(config, raw, &head, &node);
    Ok(Receipt::Accepted { events, key, reply: None })
}

/// Whether the host fetched it from a mailbox of the tenant's. What came by HTTP has a method, and proves itself
/// whatever it is called.
pub fn fetched(raw: &Raw) -> bool {
    raw.kind == "mail" && raw.method.is_empty()
}

fn events(config: &Config, raw: &Raw, head: &Head<'_>, node: &mime::Node<'_>) -> Vec<Event> {
    // A mailbox that hands on to us what we sent to it: nothing new, and the surest way into a loop.
    if automatic::is_own(head, |address| config.owns(address, Some(raw))) {
        return Vec::new();
    }
    let from = sender(config, head);
    let line = head.text("subject").unwrap_or_default();
    let report = bounce::read(head, node, &from.address, &line);
    let mut bounced = None;
    if let Some(report) = report {
        let (state, reason, gone) = match report.fate {
            Fate::Delayed | Fate::Other => return Vec::new(),
            Fate::Delivered => (DeliveryState::Delivered, None, None),
            Fate::Read => (DeliveryState::Read, None, None),
            Fate::Failed { reason, gone } => (DeliveryState::Failed, Some(reason), gone),
        };
        // An id of ours is short; a longer one is somebody else's.
        match (report.about.filter(|id| id.len() <= LONGEST_ID), &reason) {
            (Some(external_id), _) => {
                return vec![Event::Delivery(Delivery {
                    external_id,
                    state,
                    reason,
                    bad_address: gone,
                    alternatives: Vec::new(),
                })];
            }
            // A failure that names no mail of ours is for people to read.
            (None, Some(reason)) => bounced = Some(format!("bounce: {}", cut_text(reason, 200))),
            (None, None) => return Vec::new(),
        }
    }
    vec![Event::Message(message(config, raw, head, node, from, &line, bounced))]
}

/// Who wrote: From, or for a form that is known the person in Reply-To.
fn sender(config: &Config, head: &Head<'_>) -> Mailbox {
    let first = |field| address::read(head, field).into_iter().next();
    let from = first("from").or_else(|| first("sender")).or_else(|| first("return-path"));
    let from = from.or_else(|| first("reply-to"));
    let from = from.unwrap_or_else(|| Mailbox { address: NOBODY.into(), name: None });
    if config.form_senders.iter().any(|form| address::same(form, &from.address))
        && let Some(person) = first("reply-to")
    {
        return person;
    }
    from
}

fn message(
    config: &Config,
    raw: &Raw,
    head: &Head<'_>,
    node: &mime::Node<'_>,
    from: Mailbox,
    line: &str,
    bounced: Option<String>,
) -> Message {
    let subject = subject::read(line, &config.number);
    let parts = body::read(node);
    let mut content = content::read(&parts.pieces);
    let mut files = Files::default();
    for leaf in &parts.files {
        content::or_inside(leaf, raw, &mut content, &mut files);
    }
    files.left.extend(left_out(head));
    let shown = content.show(subject.forward, config.cut_signatures);
    let invitations =
        parts.invitations.iter().take(5).filter_map(|leaf| calendar::read(&leaf.text()));
    let invitations: Vec<_> = invitations.collect();
    let mut text = shown.text;
    for line in words::lines(&config.language, &invitations, &files.left) {
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str(&line);
    }
    let whole = text.clone();
    let text = cut_text(&text, LONGEST_TEXT).to_owned();
    let full = shown.full.or_else(|| (text.len() < whole.len()).then_some(whole));
    let full = full.map(|full| cut_text(&full, LONGEST_FULL).to_owned());
    let references = thread::references(head);
    let tokens = thread::tokens(head, &config.reply_form());
    let answers_us = || !tokens.is_empty() || references.iter().any(|id| config.made(id));
    let automatic =
        bounced.or_else(|| automatic::reason(head, &from.address, line, answers_us)).or_else(
            || config.owns(&from.address, Some(raw)).then(|| "sent from our own address".into()),
        );
    Message {
        external_id: external_id(head, &raw.body),
        threading: Threading::Mail(MailThreading { tokens, references, numbers: subject.numbers }),
        participants: participants(config, raw, head, &from.address),
        sender: from.address,
        sender_name: from.name,
        language: language::of(&text, head),
        segment: config.segment.clone(),
        subject: (!subject.tidy.is_empty()).then_some(subject.tidy),
        text,
        html: shown.html,
        full,
        attachments: files.kept,
        fields: invitations
            .iter()
            .flat_map(|i| words::fields(&config.language, i))
            .map(field)
            .collect(),
        automatic,
        checks: verdict::read(head, &config.trusted).into_iter().map(check).collect(),
        answers: head.ids("in-reply-to").into_iter().next(),
        at_ms: head.date_ms().filter(|&at| at > 0 && at <= raw.at_ms.saturating_add(CLOCK_MS)),
        ..Message::default()
    }
}

/// What the host itself had to leave out of a mail without measure.
fn left_out(head: &Head<'_>) -> Vec<String> {
    let words = head.text("x-kerros-cut").unwrap_or_default();
    let words =
        words.split(',').map(str::trim).filter(|word| !word.is_empty() && *word != "preamble");
    words.take(10).map(str::to_owned).collect()
}

fn field((key, label, value): (&'static str, &'static str, String)) -> Field {
    Field { key: key.into(), label: label.into(), value }
}

fn check(verdict: verdict::Verdict) -> Check {
    Check { name: verdict.name.into(), verdict: verdict.verdict.into(), detail: verdict.detail }
}

/// Everybody else the mail went to, and where the sender wants the answer.
fn participants(config: &Config, raw: &Raw, head: &Head<'_>, sender: &str) -> Vec<Participant> {
    let mut people: Vec<Participant> = Vec::new();
    let ours = ["to", "cc"].into_iter().flat_map(|field| address::read(head, field));
    // Who wrote to the main address too is answered from there.
    let ours: Vec<_> = ours.filter(|found| config.owns(&found.address, Some(raw))).collect();
    if let [alias, ..] = ours.as_slice()
        && ours.iter().all(|found| config.alias(&found.address).is_some())
    {
        let address = alias.address.clone();
        people.push(Participant { role: "own".into(), address, name: None });
    }
    for role in ["to", "cc", "reply-to"] {
        for Mailbox { address, name } in address::read(head, role) {
            let known = people.iter().any(|known| address::same(&known.address, &address));
            let skip = address::same(&address, sender) || config.owns(&address, Some(raw)) || known;
            if !skip && people.len() < MOST_PARTICIPANTS {
                people.push(Participant { role: role.into(), address, name });
            }
        }
    }
    people
}

/// The Message-ID; of a mail without one, a digest that is the same each time it comes.
fn external_id(head: &Head<'_>, body: &[u8]) -> String {
    let id = head.ids("message-id").into_iter().next();
    id.unwrap_or_else(|| {
        // FNV-1a twice, from two beginnings: not for secrets, only to tell mails apart.
        let hash = |seed: u64| {
            body.iter()
                .fold(seed, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
        };
        format!("no-id-{:016x}{:016x}", hash(0xcbf2_9ce4_8422_2325), hash(0x8422_2325_cbf2_9ce4))
    })
}
