//! A conversation and its timeline, as the API sends them.

use std::collections::BTreeMap;

use kerros_domain::conversation::Conversation;
use kerros_domain::event::Entry;
use kerros_domain::sla::Target;
use kerros_domain::time::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::api::names::{
    CallOutcome, CloseReason, Metric, Owner, Priority, Solved, State, TargetState,
};

/// A conversation. Times are milliseconds since 1970 in UTC.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConversationBody {
    /// Its id.
    #[schema(example = "cnv_0198c0de0000700080000000000000aa")]
    pub id: String,
    /// Whose customer.
    pub tenant: String,
    /// Who writes.
    pub contact: String,
    /// The contact's name, if known.
    pub contact_name: Option<String>,
    /// Where it came in.
    pub channel: String,
    /// The channel's name of the thread.
    pub thread: String,
    /// The customer group.
    pub segment: Option<String>,
    /// The customer's language.
    pub language: String,
    /// How urgent.
    pub priority: Priority,
    /// The last change's number.
    pub seq: u64,
    /// Who has it.
    pub state: State,
    /// The layer that has it.
    pub layer: String,
    /// The person who has it.
    pub assignee: Option<String>,
    /// Every layer entered.
    pub entered: Vec<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// The latest briefing.
    pub briefing: Option<BriefingBody>,
    /// Opened.
    pub opened_at_ms: i64,
    /// Came to its holder.
    pub held_since_ms: i64,
    /// When the layer opens, while it waits for that.
    pub waits_until_ms: Option<i64>,
    /// First reached a layer worked by people.
    pub reached_person_at_ms: Option<i64>,
    /// First answer by a person.
    pub first_response_at_ms: Option<i64>,
    /// The oldest unanswered customer message.
    pub unanswered_since_ms: Option<i64>,
    /// The customer's last message.
    pub last_customer_at_ms: Option<i64>,
    /// Customer messages so far.
    pub customer_messages: u32,
    /// The beginning of the last message.
    pub preview: String,
    /// SLA targets.
    pub targets: Vec<TargetBody>,
    /// The last resolve.
    pub resolution: Option<ResolutionBody>,
    /// How often reopened.
    pub reopened: u32,
    /// How often escalated.
    pub escalations: u32,
    /// How often it came back because facts were missing.
    pub bounced: u32,
    /// Why it was closed.
    pub closed: Option<CloseReason>,
    /// Since when a colleague on a shared channel calls for whoever has it; null once that was seen.
    pub attention_since_ms: Option<i64>,
    /// The call that the customer asked for.
    pub call: Option<CallBody>,
}

/// A call that a customer asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallBody {
    /// The number to call, `+` and digits.
    pub number: String,
    /// Whether it is still to be made.
    pub open: bool,
    /// Not before, if the customer said so.
    pub not_before_ms: Option<i64>,
    /// When it is planned; null is now, or no more.
    pub planned_ms: Option<i64>,
    /// Calls made so far.
    pub attempts: u32,
    /// How the last one ended.
    pub outcome: Option<CallOutcome>,
    /// When the last one was made.
    pub called_at_ms: Option<i64>,
}

/// What an expert gets on escalation.
#[derive(Debug, Serialize, ToSchema)]
pub struct BriefingBody {
    /// Field to text.
    pub fields: BTreeMap<String, String>,
    /// Who wrote it; null is a bot.
    pub by: Option<String>,
    /// When.
    pub at_ms: i64,
    /// From which layer.
    pub from: String,
    /// To which layer.
    pub to: String,
}

/// The last resolve.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResolutionBody {
    /// When.
    pub at_ms: i64,
    /// By which layer.
    pub layer: String,
    /// Why it counts as solved.
    pub solved: Solved,
    /// By whom, if a person.
    pub by: Option<String>,
}

/// A promise with its clock.
#[derive(Debug, Serialize, ToSchema)]
pub struct TargetBody {
    /// Its number in the conversation.
    pub number: u32,
    /// What is timed.
    pub metric: Metric,
    /// Whose promise.
    pub owner: Owner,
    /// Seconds of calendar time promised.
    pub within_s: u64,
    /// The calendar whose open time counts; null counts all time.
    pub calendar: Option<String>,
    /// Where it stands.
    pub state: TargetState,
    /// When due; null while paused.
    pub due_at_ms: Option<i64>,
    /// When it was warned.
    pub warned_at_ms: Option<i64>,
    /// When it was met or breached.
    pub settled_at_ms: Option<i64>,
}

impl ConversationBody {
    /// With the contact's name where it is known.
    #[must_use]
    pub fn new(row: Conversation, contact_name: Option<String>) -> Self {
        let ms = |at: Option<Timestamp>| at.map(|at| at.0);
        Self {
            id: row.id.to_string(),
            tenant: row.tenant.to_string(),
            contact: row.contact.to_string(),
            contact_name,
            channel: row.channel.to_string(),
            thread: row.thread,
            segment: row.segment.map(|segment| segment.to_string()),
            language: row.language.to_string(),
            priority: row.priority.into(),
            seq: row.seq,
            state: row.state.into(),
            layer: row.layer.to_string(),
            assignee: row.assignee.map(|user| user.to_string()),
            entered: row.entered.iter().map(ToString::to_string).collect(),
            tags: row.tags.iter().map(ToString::to_string).collect(),
            briefing: row.briefing.map(|briefing| BriefingBody {
                fields: briefing.fields,
                by: briefing.by.map(|user| user.to_string()),
                at_ms: briefing.at.0,
                from: briefing.from.to_string(),
                to: briefing.to.to_string(),
            }),
            opened_at_ms: row.opened_at.0,
            held_since_ms: row.held_since.0,
            waits_until_ms: ms(row.waits_until),
            reached_person_at_ms: ms(row.reached_person_at),
            first_response_at_ms: ms(row.first_response_at),
            unanswered_since_ms: ms(row.unanswered_since),
            last_customer_at_ms: ms(row.last_customer_at),
            customer_messages: row.customer_messages,
            preview: row.preview,
            targets: row.targets.into_iter().map(TargetBody::from).collect(),
            resolution: row.resolution.map(|resolution| ResolutionBody {
                at_ms: resolution.at.0,
                layer: resolution.layer.to_string(),
                solved: resolution.solved.into(),
                by: resolution.by.map(|user| user.to_string()),
            }),
            reopened: row.reopened,
            escalations: row.escalations,
            bounced: row.bounced,
            closed: row.closed.map(CloseReason::from),
            attention_since_ms: ms(row.attention),
            call: row.call.map(|call| CallBody {
                open: call.is_open(),
                planned_ms: ms(row.waits_until.filter(|_| call.is_open())),
                number: call.number,
                not_before_ms: ms(call.not_before),
                attempts: call.attempts,
                outcome: call.outcome.map(CallOutcome::from),
                called_at_ms: ms(call.called_at),
            }),
        }
    }
}

impl From<Target> for TargetBody {
    fn from(target: Target) -> Self {
        Self {
            number: target.number,
            metric: target.spec.metric.into(),
            owner: target.spec.owner.into(),
            within_s: target.spec.within_s,
            calendar: target.spec.calendar.map(|calendar| calendar.to_string()),
            state: target.state.into(),
            due_at_ms: target.due_at.map(|at| at.0),
            warned_at_ms: target.warned_at.map(|at| at.0),
            settled_at_ms: target.settled_at.map(|at| at.0),
        }
    }
}

/// One thing that happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryBody {
    /// Its number in the conversation, from 1 without gaps.
    pub seq: u64,
    /// When.
    pub at_ms: i64,
    /// Which person caused it; null is Kerros, a bot or the customer.
    pub by: Option<String>,
    /// What: an object with `type` and that type's facts.
    #[schema(value_type = Object)]
    pub event: Value,
}

impl From<Entry> for EntryBody {
    fn from(entry: Entry) -> Self {
        Self {
            seq: entry.seq,
            at_ms: entry.at.0,
            by: entry.by.map(|user| user.to_string()),
            event: serde_json::to_value(&entry.event).unwrap_or(Value::Null),
        }
    }
}
