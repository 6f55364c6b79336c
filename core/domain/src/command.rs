//! What can be asked of a conversation, and how the engine refuses.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::call::{CallOutcome, CallPlan};
use crate::conversation::{CloseReason, Priority, Solved, State};
use crate::id::{FileId, Language, LayerId, MessageId, SegmentId, Tag, UserId};
use crate::message::{Author, DeliveryState, Visibility};
use crate::sla::TargetSpec;
use crate::time::Timestamp;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// A message was written. From the customer it may reopen; from a person it answers.
    AddMessage {
        /// The message row's id.
        message: MessageId,
        /// Who wrote it.
        author: Author,
        /// Who may see it.
        visibility: Visibility,
        /// Its text; only the beginning is kept in the journal.
        text: String,
    },
    /// An outbound message moved on.
    SetDelivery {
        /// Which.
        message: MessageId,
        /// Where it is now.
        state: DeliveryState,
        /// Why, when it failed.
        reason: Option<String>,
    },
    /// The bytes of a message's file came, or cannot be had.
    SetFile {
        /// Of which message.
        message: MessageId,
        /// Which.
        file: FileId,
        /// Why it cannot be had; `None` says that it is here.
        reason: Option<String>,
    },
    /// Somebody on a shared channel calls for the person who has it.
    CallAgent {
        /// Who calls, as the channel names them.
        by: String,
    },
    /// The call for the person was seen.
    Attend,
    /// The customer asks to be called.
    RequestCall {
        /// The number to call.
        number: String,
        /// Not before.
        not_before: Option<Timestamp>,
    },
    /// A call was made: an unanswered one is planned again, inside the layer's opening hours.
    EndCall {
        /// How it ended.
        outcome: CallOutcome,
        /// When unanswered calls are made again.
        plan: CallPlan,
    },
    /// The customer is told that nobody is there now; nothing happens the second time.
    TellClosed,
    /// A bot keeps this for its next turn.
    RememberBot {
        /// JSON, at most 16 KiB.
        state: Option<String>,
    },
    /// Pass on to the next layer worked by people (or a named one), without a briefing: the bot's or
    /// the customer's wish to talk with a person.
    HandOff {
        /// Where to; `None` is the next personal layer.
        to: Option<LayerId>,
    },
    /// The waiting layer has opened.
    Open,
    /// Give it to a person.
    Assign {
        /// Who.
        user: UserId,
    },
    /// Wait for the customer.
    Pend,
    /// Put it back into the queue.
    Release,
    /// Pass on to a later layer with a briefing.
    Escalate {
        /// Where to; `None` is the next layer.
        to: Option<LayerId>,
        /// The briefing's fields.
        fields: BTreeMap<String, String>,
    },
    /// Give back to the layer it was escalated from.
    HandBack {
        /// Why; must not be empty.
        reason: String,
        /// Whether facts were missing in the briefing.
        missing_facts: bool,
        /// The person who had it before is not there now: it waits in the layer's queue instead.
        former_away: bool,
    },
    /// Put a tag on.
    AddTag {
        /// Which.
        tag: Tag,
        /// Percent a tagger is sure; `None` when a person does it.
        confidence: Option<u8>,
    },
    /// Take a tag off.
    RemoveTag {
        /// Which.
        tag: Tag,
    },
    /// Change urgency.
    SetPriority {
        /// To.
        priority: Priority,
    },
    /// Set the customer group.
    SetSegment {
        /// To.
        segment: Option<SegmentId>,
    },
    /// Set the language.
    SetLanguage {
        /// To.
        language: Language,
    },
    /// The whole set of promises that an SLA plugin asks for now: new ones start, missing ones are dropped,
    /// the same (metric, owner, layer) with another time is set anew from its start.
    SetTargets {
        /// The promises.
        targets: Vec<TargetSpec>,
    },
    /// Time has passed: record every warning and breach that is due.
    Tick,
    /// It is solved.
    Resolve {
        /// Why it counts as solved.
        solved: Solved,
    },
    /// Open it again.
    Reopen,
    /// Over for good.
    Close {
        /// Why.
        reason: CloseReason,
    },
}

/// Why the engine refuses. Nothing changes on a refusal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "refusal", rename_all = "snake_case")]
pub enum Refusal {
    /// Not possible in this state.
    #[error("a conversation that is {state:?} cannot take this command")]
    WrongState {
        /// The state it is in.
        state: State,
    },
    /// No layer of that name, or none after this one.
    #[error("there is no layer to go to: {wanted}")]
    NoSuchLayer {
        /// What was asked for.
        wanted: String,
    },
    /// Escalation goes to later layers only.
    #[error("layer {to} does not come after {from}")]
    NotLater {
        /// The layer it is in.
        from: LayerId,
        /// The layer asked for.
        to: LayerId,
    },
    /// The briefing lacks required fields.
    #[error("the briefing lacks: {}", missing.join(", "))]
    BriefingIncomplete {
        /// Keys of the missing fields, in the policy's order.
        missing: Vec<String>,
    },
    /// Only what was escalated can be handed back.
    #[error("this conversation was not escalated into its layer")]
    NotEscalated,
    /// A hand-back needs a reason.
    #[error("a reason is needed")]
    ReasonNeeded,
    /// The tenant does not use this tag.
    #[error("the tag {tag} is not in the tenant's tag set")]
    UnknownTag {
        /// Which.
        tag: Tag,
    },
    /// The tenant wants a tag before a person resolves.
    #[error("a tag is needed before resolving")]
    TagNeeded,
    /// There is no call to make.
    #[error("there is no call to make")]
    NoCall,
    /// A message has no text, or too much.
    #[error("a message needs 1 to 16384 bytes of text, found {bytes}")]
    TextSize {
        /// What was found.
        bytes: usize,
    },
    /// A segment, calendar or target that the policy does not know.
    #[error("unknown to this tenant: {what}")]
    Unknown {
        /// What.
        what: String,
    },
}
