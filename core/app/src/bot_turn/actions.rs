//! What a bot may do, checked one by one: an action outside the contract is left out and logged, the
//! others count.

use kerros_domain::command::Command;
use kerros_domain::conversation::Solved;
use kerros_domain::id::{Language, LayerId, SegmentId, Tag};
use kerros_domain::message::{Author, Part, Visibility};

use super::note;
use crate::clean;
use crate::ctx::Ctx;
use crate::draft::{Draft, NewMessage};
use crate::error::Error;
use crate::ports::bot::{Action, TurnResult};

/// Actions of one turn.
const ACTIONS: usize = 20;
/// Parts of one message.
const PARTS: usize = 20;
/// Facts of a hand-off.
const FACTS: usize = 32;

/// Performs a turn's actions in order, and keeps the bot's state.
pub(super) fn perform(ctx: &Ctx, draft: &mut Draft, result: &TurnResult) {
    for action in result.actions.iter().take(ACTIONS) {
        if let Err(error) = one(ctx, draft, action) {
            let (tenant, trace) = (&draft.tenant.policy.id, &draft.trace);
            tracing::warn!(%tenant, trace, ?action, %error, "a bot's action was left out");
        }
    }
    let state = result.state.clone();
    if draft.conversation.bot_state != state
        && let Err(error) = draft.follow(Command::RememberBot { state })
    {
        tracing::warn!(trace = draft.trace, %error, "a bot's state was not kept");
    }
}

fn one(ctx: &Ctx, draft: &mut Draft, action: &Action) -> Result<(), Error> {
    match action {
        Action::Say { text, parts } => say(ctx, draft, text, parts),
        Action::Tag { tag } => {
            let name = clean::line(tag, 64);
            if name.is_empty() {
                return Err(Error::Invalid("a tag without a name".into()));
            }
            draft.follow(Command::AddTag { tag: Tag::from(name), confidence: Some(100) })
        }
        Action::SetSegment { segment } => {
            let segment = Some(SegmentId::from(segment.as_str()));
            draft.follow(Command::SetSegment { segment })
        }
        Action::SetLanguage { language } => {
            let known = draft.tenant.policy.languages.iter().any(|l| l.as_str() == language);
            if !known {
                return Err(Error::Invalid("a language the tenant does not serve".into()));
            }
            draft.follow(Command::SetLanguage { language: Language::from(language.as_str()) })
        }
        Action::Resolve { confirmed } => {
            let solved = if *confirmed { Solved::Confirmed } else { Solved::Assumed };
            draft.follow(Command::Resolve { solved })
        }
        Action::HandOff { to, briefing } => hand_off(ctx, draft, to.as_deref(), briefing),
    }
}

fn say(ctx: &Ctx, draft: &mut Draft, text: &str, parts: &[Part]) -> Result<(), Error> {
    let parts: Vec<Part> = parts.iter().take(PARTS).filter_map(part).collect();
    let mut text = clean::text(text).into_owned();
    if text.is_empty() {
        text = parts.iter().map(title).collect::<Vec<_>>().join(" · ");
    }
    let message = NewMessage {
        id: ctx.message_id(draft.now),
        author: Author::Bot,
        visibility: Visibility::Public,
        text,
        parts,
        external_id: None,
        at: draft.now,
        about: Default::default(),
        details: Default::default(),
    };
    draft.say(ctx, message).map(|_| ())
}

fn title(part: &Part) -> &str {
    match part {
        Part::Button { label, .. } => label,
        Part::Article { title, .. } => title,
        Part::Link { name, .. } => name,
    }
}

/// A part held to the contract: short texts, articles on this server, links over HTTP.
fn part(part: &Part) -> Option<Part> {
    match part {
        Part::Button { label, value } => {
            let (label, value) = (clean::line(label, 200), clean::line(value, 1000));
            (!label.is_empty() && !value.is_empty()).then_some(Part::Button { label, value })
        }
        Part::Article { slug, title, excerpt, url } => {
            let here = url.starts_with('/') && !url.starts_with("//") && !url.contains('\\');
            (here && url.len() <= 500).then(|| Part::Article {
                slug: clean::line(slug, 200),
                title: clean::line(title, 200),
                excerpt: clean::text(excerpt).chars().take(1000).collect(),
                url: url.clone(),
            })
        }
        Part::Link { name, url, media_type } => {
            let http = url.starts_with("https://") || url.starts_with("http://");
            (http && url.len() <= 2000).then(|| Part::Link {
                name: clean::line(name, 200),
                url: clean::line(url, 2000),
                media_type: media_type.as_ref().map(|media| clean::line(media, 100)),
            })
        }
    }
}

/// Hands off, with what the bot learned as a note. A layer that is not there means the next one.
fn hand_off(
    ctx: &Ctx,
    draft: &mut Draft,
    to: Option<&str>,
    briefing: &[(String, String)],
) -> Result<(), Error> {
    let facts: Vec<String> = briefing
        .iter()
        .take(FACTS)
        .map(|(key, text)| (clean::line(key, 100), clean::text(text)))
        .filter(|(_, text)| !text.is_empty())
        .map(
            |(key, text)| if key.is_empty() { text.into_owned() } else { format!("{key}: {text}") },
        )
        .collect();
    let named = to.map(LayerId::from);
    if draft.follow(Command::HandOff { to: named.clone() }).is_err() {
        if named.is_none() {
            return draft.follow(Command::HandOff { to: None });
        }
        tracing::warn!(trace = draft.trace, ?to, "a bot named a layer it cannot hand off to");
        draft.follow(Command::HandOff { to: None })?;
    }
    if !facts.is_empty() {
        let mut text = facts.join("\n");
        let mut end = text.len().min(clean::TEXT_BYTES);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        note(ctx, draft, text);
    }
    Ok(())
}
