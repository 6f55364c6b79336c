//! What people do to a conversation. Each deed is one use case; the answer is what is new since.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kerros_app::error::Error;
use kerros_app::{
    assign, close as closing, escalate as escalation, focus as focusing, hand_back as handing,
    pend as pending, release as releasing, reopen as reopening, resolve as resolving, set_priority,
    set_segment, tag as tagging,
};
use kerros_domain::conversation::{CloseReason, Priority};
use kerros_domain::id::{ConversationId, LayerId, SegmentId, Tag};
use serde::Deserialize;

use super::conversation::id;
use super::since::tell;
use crate::pages::desk::Desk;
use crate::state::WebState;

type Fields = Form<BTreeMap<String, String>>;

/// The answer to a deed: what is new for a script, the page again for a plain form.
pub(super) async fn done<T>(
    state: &WebState,
    desk: &Desk,
    path: &str,
    outcome: Result<T, Error>,
) -> Response {
    match (outcome, id(path)) {
        (Err(error), _) | (_, Err(error)) => desk.fault(&error),
        (Ok(_), Ok(id)) if desk.fragment.wanted => {
            tell(state, desk, id, desk.fragment.after.unwrap_or(0)).await
        }
        (Ok(_), Ok(id)) => Desk::back_to(id),
    }
}

macro_rules! deeds {
    ($($(#[$doc:meta])* $name:ident($fields:ident) => |$conversation:ident| $call:path, $command:expr;)*) => {$(
        $(#[$doc])*
        pub async fn $name(
            State(state): State<WebState>,
            desk: Desk,
            Path(path): Path<String>,
            Form($fields): Fields,
        ) -> Response {
            // Some deeds need no field.
            let _ = &$fields;
            let outcome = async {
                let $conversation: ConversationId = id(&path)?;
                $call(&state.ctx, &desk.caller, $command).await
            };
            let outcome = outcome.await;
            done(&state, &desk, &path, outcome).await
        }
    )*};
}

deeds! {
    /// `POST …/take`.
    take(fields) => |conversation| assign::assign, assign::Assign { conversation, user: None };
    /// `POST …/release`.
    release(fields) => |conversation| releasing::release, releasing::Release { conversation };
    /// `POST …/pend`.
    pend(fields) => |conversation| pending::pend, pending::Pend { conversation };
    /// `POST …/reopen`.
    reopen(fields) => |conversation| reopening::reopen, reopening::Reopen { conversation };
    /// `POST …/close`.
    close(fields) => |conversation| closing::close, closing::Close { conversation, reason: reason(&fields)? };
    /// `POST …/hand-back`.
    hand_back(fields) => |conversation| handing::hand_back, handing::HandBack {
        conversation,
        reason: text(&fields, "reason"),
        missing_facts: fields.contains_key("missing_facts"),
    };
    /// `POST …/escalate`.
    escalate(fields) => |conversation| escalation::escalate, briefing(conversation, &fields);
    /// `POST …/tag`.
    tag(fields) => |conversation| tagging::add, tagging::Tag { conversation, tag: named(&fields)? };
    /// `POST …/untag`.
    untag(fields) => |conversation| tagging::remove, tagging::Tag { conversation, tag: named(&fields)? };
    /// `POST …/priority`.
    priority(fields) => |conversation| set_priority::set_priority, set_priority::SetPriority {
        conversation,
        priority: urgency(&fields)?,
    };
    /// `POST …/segment`.
    segment(fields) => |conversation| set_segment::set_segment, set_segment::SetSegment {
        conversation,
        segment: Some(text(&fields, "segment")).filter(|s| !s.is_empty()).map(SegmentId::from),
    };
}

/// `POST …/resolve`; with a tag, that goes on first.
pub async fn resolve(
    State(state): State<WebState>,
    desk: Desk,
    Path(path): Path<String>,
    Form(fields): Fields,
) -> Response {
    let outcome = async {
        let conversation = id(&path)?;
        if fields.contains_key("tag") {
            let tag = tagging::Tag { conversation, tag: named(&fields)? };
            tagging::add(&state.ctx, &desk.caller, tag).await?;
        }
        resolving::resolve(&state.ctx, &desk.caller, resolving::Resolve { conversation }).await
    };
    let outcome = outcome.await;
    done(&state, &desk, &path, outcome).await
}

/// What a page tells of its reader.
#[derive(Debug, Deserialize)]
pub struct Attention {
    doing: String,
}

/// `POST …/focus`: reading, writing or gone; colleagues see it, nothing is kept.
pub async fn focus(
    State(state): State<WebState>,
    desk: Desk,
    Path(path): Path<String>,
    Form(attention): Form<Attention>,
) -> Response {
    let doing = match attention.doing.as_str() {
        "writing" => focusing::Doing::Writing,
        "left" => focusing::Doing::Left,
        _ => focusing::Doing::Reading,
    };
    let told = async { focusing::focus(&state.ctx, &desk.caller, id(&path)?, doing).await };
    match told.await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => desk.fault(&error),
    }
}

pub(super) fn text(fields: &BTreeMap<String, String>, name: &str) -> String {
    fields.get(name).map(|text| text.replace("\r\n", "\n").trim().to_owned()).unwrap_or_default()
}

fn named(fields: &BTreeMap<String, String>) -> Result<Tag, Error> {
    let name = text(fields, "tag");
    if name.is_empty() { Err(Error::Invalid("tag".to_owned())) } else { Ok(Tag::from(name)) }
}

fn reason(fields: &BTreeMap<String, String>) -> Result<CloseReason, Error> {
    match text(fields, "reason").as_str() {
        "spam" => Ok(CloseReason::Spam),
        "merged" => Ok(CloseReason::Merged),
        "unsolved" => Ok(CloseReason::Unsolved),
        other => Err(Error::Invalid(format!("reason: {other}"))),
    }
}

fn urgency(fields: &BTreeMap<String, String>) -> Result<Priority, Error> {
    match text(fields, "priority").as_str() {
        "low" => Ok(Priority::Low),
        "normal" => Ok(Priority::Normal),
        "high" => Ok(Priority::High),
        "urgent" => Ok(Priority::Urgent),
        other => Err(Error::Invalid(format!("priority: {other}"))),
    }
}

/// The briefing of the chosen layer: its fields are called `f.{layer}.{key}`.
fn briefing(
    conversation: ConversationId,
    fields: &BTreeMap<String, String>,
) -> escalation::Escalate {
    let to = text(fields, "to");
    let prefix = format!("f.{to}.");
    escalation::Escalate {
        conversation,
        fields: fields
            .keys()
            .filter_map(|name| Some((name.strip_prefix(&prefix)?.to_owned(), text(fields, name))))
            .filter(|(_, value)| !value.is_empty())
            .collect(),
        to: Some(to).filter(|to| !to.is_empty()).map(LayerId::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_chosen_layers_fields_make_the_briefing() {
        let fields = [
            ("to", "experts"),
            ("f.experts.asked", " Refund?\r\nToday "),
            ("f.experts.tried", " "),
            ("f.super-users.asked", "no"),
        ];
        let fields = fields.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
        let cmd = briefing(ConversationId(uuid::Uuid::nil()), &fields);
        assert_eq!(cmd.to, Some(LayerId::from("experts")));
        assert_eq!(cmd.fields, [("asked".to_owned(), "Refund?\nToday".to_owned())].into());
    }
}
