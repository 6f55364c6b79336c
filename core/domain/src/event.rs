//! What can have happened to a conversation: the journal's vocabulary.
//!
//! Append-only: a variant is never removed or given another meaning, fields are only added with
//! a default, so an old journal always folds.

use serde::{Deserialize, Serialize};

use crate::call::CallOutcome;
use crate::conversation::{Briefing, CloseReason, Priority, Solved};
use crate::id::{
    ChannelId, ContactId, ConversationId, FileId, Language, LayerId, MessageId, SegmentId, Tag,
    TenantId, UserId,
};
use crate::message::{Author, DeliveryState, Visibility};
use crate::sla::TargetSpec;
use crate::time::Timestamp;

/// One journal entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Which conversation.
    pub conversation: ConversationId,
    /// 1 for the first, without gaps.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Which person caused it; `None` is Kerros, a bot or the customer.
    pub by: Option<UserId>,
    /// What.
    pub event: Event,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The first entry of every conversation.
    Opened {
        /// Whose customer.
        tenant: TenantId,
        /// Who.
        contact: ContactId,
        /// Where it came in.
        channel: ChannelId,
        /// The channel's name of the thread.
        thread: String,
        /// The customer group.
        segment: Option<SegmentId>,
        /// The customer's language.
        language: Language,
        /// How urgent.
        priority: Priority,
        /// Its number in its tenant; 0 if it is older than numbers.
        #[serde(default, skip_serializing_if = "is_zero")]
        number: u64,
    },
    /// A message was added; its text lives in the message row.
    MessageAdded {
        /// Which.
        message: MessageId,
        /// Who wrote it.
        author: Author,
        /// Who may see it.
        visibility: Visibility,
        /// Its beginning, for lists.
        preview: String,
    },
    /// An outbound message moved on.
    DeliveryChanged {
        /// Which.
        message: MessageId,
        /// Where it is now.
        state: DeliveryState,
        /// Why, when it failed.
        reason: Option<String>,
    },
    /// The bytes of a message's file came, or cannot be had.
    FileChanged {
        /// Of which message.
        message: MessageId,
        /// Which.
        file: FileId,
        /// Why it cannot be had; `None` says that it is here.
        reason: Option<String>,
    },
    /// Somebody on a shared channel calls for the person who has it.
    AgentCalled {
        /// Who calls, as the channel names them.
        by: String,
    },
    /// The call for the person was seen.
    Attended,
    /// The customer asked to be called.
    CallRequested {
        /// The number to call.
        number: String,
        /// Not before.
        not_before: Option<Timestamp>,
    },
    /// A call was made.
    CallEnded {
        /// How it ended.
        outcome: CallOutcome,
    },
    /// The customer was told that nobody is there now.
    ToldClosed,
    /// It came to a layer (its first, by handoff, by escalation or back).
    Entered {
        /// Which.
        layer: LayerId,
        /// Whether the layer is worked by people.
        personal: bool,
    },
    /// A bot has it.
    BotTook,
    /// A bot keeps this for its next turn.
    BotRemembered {
        /// JSON, at most 16 KiB.
        state: Option<String>,
    },
    /// The layer is closed; it waits.
    Waits {
        /// Until the layer opens; `None` if it never does.
        until: Option<Timestamp>,
    },
    /// It stands in the layer's queue.
    Queued,
    /// A person has it.
    Assigned {
        /// Who.
        user: UserId,
    },
    /// The person waits for the customer.
    Pended,
    /// It left the person for the queue.
    Released,
    /// It was passed on with a briefing.
    Escalated {
        /// The briefing, with from and to.
        briefing: Briefing,
    },
    /// It came back from an escalation.
    HandedBack {
        /// From which layer.
        from: LayerId,
        /// To which layer.
        to: LayerId,
        /// Why.
        reason: String,
        /// Whether facts were missing in the briefing (a bounce-back).
        missing_facts: bool,
    },
    /// A tag was put on.
    Tagged {
        /// Which.
        tag: Tag,
        /// Percent a tagger was sure; `None` when a person did it.
        confidence: Option<u8>,
    },
    /// A tag was taken off.
    Untagged {
        /// Which.
        tag: Tag,
    },
    /// Urgency changed.
    PriorityChanged {
        /// To.
        priority: Priority,
    },
    /// The customer group became known or changed.
    SegmentChanged {
        /// To.
        segment: Option<SegmentId>,
    },
    /// The language became known or changed.
    LanguageChanged {
        /// To.
        language: Language,
    },
    /// A promise was made whose clock does not run yet (its layer is not entered, no message waits);
    /// for a known number that does not run: the promise was changed.
    TargetAsked {
        /// Its number in the conversation.
        number: u32,
        /// The promise.
        spec: TargetSpec,
    },
    /// A promise was made, or one asked for began, and its clock started; for a running number: the
    /// promise was changed.
    TargetSet {
        /// Its number in the conversation.
        number: u32,
        /// The promise.
        spec: TargetSpec,
        /// When the clock began, if that was before this entry.
        #[serde(default)]
        from: Option<Timestamp>,
        /// When due.
        due_at: Timestamp,
        /// When to warn.
        warn_at: Option<Timestamp>,
    },
    /// A clock stopped.
    TargetPaused {
        /// Which.
        number: u32,
        /// Business milliseconds used.
        used_ms: u64,
    },
    /// A clock runs again.
    TargetResumed {
        /// Which.
        number: u32,
        /// When due now.
        due_at: Timestamp,
        /// When to warn now.
        warn_at: Option<Timestamp>,
    },
    /// A promise is close to its end.
    TargetWarned {
        /// Which.
        number: u32,
    },
    /// A promise was kept.
    TargetMet {
        /// Which.
        number: u32,
        /// Business milliseconds used.
        used_ms: u64,
    },
    /// A promise was broken. Recorded once, at the first moment Kerros saw it; `due_at` is when it was due.
    TargetBreached {
        /// Which.
        number: u32,
        /// When it was due.
        due_at: Timestamp,
    },
    /// A promise is no longer asked for.
    TargetDropped {
        /// Which.
        number: u32,
    },
    /// It is solved.
    Resolved {
        /// The layer that held it.
        layer: LayerId,
        /// Why it counts as solved.
        solved: Solved,
    },
    /// It is open again.
    Reopened,
    /// It is over for good.
    Closed {
        /// Why.
        reason: CloseReason,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}
