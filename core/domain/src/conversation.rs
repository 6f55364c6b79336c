//! A conversation: the current state that the journal folds to.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::id::{
    ChannelId, ContactId, ConversationId, Language, LayerId, SegmentId, Tag, TenantId, UserId,
};
use crate::sla::Target;
use crate::time::Timestamp;

/// Who has the conversation now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A bot of a self-service layer.
    Bot,
    /// Nobody yet: the layer is closed, it waits for opening.
    OutOfHours,
    /// The layer's queue.
    Queued,
    /// A person.
    Assigned,
    /// A person, who waits for the customer.
    Pending,
    /// Solved; a new message within the reopen window reopens it.
    Resolved,
    /// Over for good: reopen window past, spam, merged, abandoned.
    Closed,
}

impl State {
    /// Every state, for tables and tests.
    pub const ALL: [Self; 7] = [
        Self::Bot,
        Self::OutOfHours,
        Self::Queued,
        Self::Assigned,
        Self::Pending,
        Self::Resolved,
        Self::Closed,
    ];

    /// Whether it still needs somebody.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Resolved | Self::Closed)
    }

    /// Whether it is with a layer worked by people, held by one of them or not.
    #[must_use]
    pub const fn is_with_people(self) -> bool {
        matches!(self, Self::OutOfHours | Self::Queued | Self::Assigned | Self::Pending)
    }
}

/// How urgent.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Can wait.
    Low,
    /// As usual.
    #[default]
    Normal,
    /// Before others.
    High,
    /// Now.
    Urgent,
}

/// Why a conversation counts as solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Solved {
    /// The customer said so.
    Confirmed,
    /// The customer left after an answer and did not come back in time.
    Assumed,
    /// A person said so.
    ByPerson,
}

/// Why a conversation was closed for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseReason {
    /// The reopen window has passed.
    Settled,
    /// Not demand.
    Spam,
    /// A duplicate of another conversation.
    Merged,
    /// The customer gave up before an answer.
    Abandoned,
    /// Closed unsolved.
    Unsolved,
}

/// The last resolve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// When.
    pub at: Timestamp,
    /// The layer that held it.
    pub layer: LayerId,
    /// Why it counts as solved.
    pub solved: Solved,
    /// The person, if one did it.
    pub by: Option<UserId>,
}

/// What an expert gets on escalation: who, what, what was tried, what is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Briefing {
    /// Field key to text, as the target layer's policy names them.
    pub fields: BTreeMap<String, String>,
    /// Who wrote it; `None` is a bot.
    pub by: Option<UserId>,
    /// When.
    pub at: Timestamp,
    /// From which layer.
    pub from: LayerId,
    /// To which layer.
    pub to: LayerId,
}

/// Where an escalation came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The layer it left.
    pub layer: LayerId,
    /// The layer it went to.
    pub to: LayerId,
    /// The person who had it.
    pub assignee: Option<UserId>,
}

/// The state of a conversation at `seq`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// Its number in its tenant, as people say it; 0 if it is older than numbers.
    #[serde(default)]
    pub number: u64,
    /// Whose customer it is.
    pub tenant: TenantId,
    /// Who writes.
    pub contact: ContactId,
    /// Where it came in.
    pub channel: ChannelId,
    /// The channel's own name of the thread: the key by which new messages find it.
    pub thread: String,
    /// The customer group.
    pub segment: Option<SegmentId>,
    /// The customer's language.
    pub language: Language,
    /// How urgent.
    pub priority: Priority,
    /// The sequence of the last journal event folded in.
    pub seq: u64,
    /// Who has it.
    pub state: State,
    /// The layer that has it.
    pub layer: LayerId,
    /// The person who has it, in `Assigned` and `Pending`.
    pub assignee: Option<UserId>,
    /// The person who had it before an escalation, release or resolve; routing prefers them.
    pub previous_assignee: Option<UserId>,
    /// Where it was escalated from, oldest first; a hand-back returns to the last.
    #[serde(default)]
    pub origins: Vec<Origin>,
    /// Every layer entered, in order of first entry.
    pub entered: Vec<LayerId>,
    /// Its tags.
    pub tags: BTreeSet<Tag>,
    /// The latest briefing.
    pub briefing: Option<Briefing>,
    /// What a bot keeps between turns: JSON, at most 16 KiB.
    pub bot_state: Option<String>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it came to the holder it has now (queue age counts from here).
    pub held_since: Timestamp,
    /// When the layer opens, in `OutOfHours`.
    pub waits_until: Option<Timestamp>,
    /// When the customer's first message reached a layer worked by people: the start of first response.
    pub reached_person_at: Option<Timestamp>,
    /// The first message by a person.
    pub first_response_at: Option<Timestamp>,
    /// Layers whose people have written to the customer.
    #[serde(default)]
    pub answered: Vec<LayerId>,
    /// The oldest customer message that nobody has answered.
    pub unanswered_since: Option<Timestamp>,
    /// The customer's last message.
    pub last_customer_at: Option<Timestamp>,
    /// The last public message by anybody but Kerros itself; the bot's silence counts from here.
    #[serde(default)]
    pub last_message_at: Option<Timestamp>,
    /// Customer messages so far; demand counts from the first.
    pub customer_messages: u32,
    /// The last message of any kind, shortened, for lists.
    pub preview: String,
    /// Targets, in order of number.
    pub targets: Vec<Target>,
    /// The last resolve; `None` while open.
    pub resolution: Option<Resolution>,
    /// The first resolve, kept through reopens.
    #[serde(default)]
    pub first_resolved_at: Option<Timestamp>,
    /// How often it was reopened.
    pub reopened: u32,
    /// How often it was escalated.
    #[serde(default)]
    pub escalations: u32,
    /// How often it came back from an escalation because facts were missing.
    #[serde(default)]
    pub bounced: u32,
    /// Why it was closed.
    pub closed: Option<CloseReason>,
    /// Since when somebody on a shared channel calls for the person who has it.
    #[serde(default)]
    pub attention: Option<Timestamp>,
    /// The call that the customer asked for.
    #[serde(default)]
    pub call: Option<Call>,
    /// Whether the customer got the answer that nobody is there; once in a conversation.
    #[serde(default)]
    pub told_closed: bool,
}

impl Conversation {
    /// Whether it has left the queue until a call is to be made: at the moment that the customer named, or for
    /// the next try.
    #[must_use]
    pub fn waits_for_call(&self) -> bool {
        let planned =
            |call: &Call| call.is_open() && (call.attempts > 0 || call.not_before.is_some());
        self.state == State::OutOfHours && self.call.as_ref().is_some_and(planned)
    }
}
