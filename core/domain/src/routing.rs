//! Who gets a queued conversation, and which one is next.

use std::cmp::Reverse;

use crate::conversation::{Conversation, Priority};
use crate::id::{ConversationId, Language, SegmentId, UserId};
use crate::policy::TenantPolicy;
use crate::sla::{Metric, TargetState};
use crate::time::Timestamp;

/// Whether a person takes new work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// Yes.
    Available,
    /// Not now, but here.
    Away,
    /// Not here.
    Offline,
}

/// A person who works in the layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub user: UserId,
    /// Takes new work or not.
    pub presence: Presence,
    /// Skills.
    pub skills: Vec<String>,
    /// Languages spoken; empty is any.
    pub languages: Vec<Language>,
    /// Customer groups known; empty is any.
    pub segments: Vec<SegmentId>,
    /// Conversations held now (assigned; those that wait for the customer do not count).
    pub load: u32,
    /// When they were last given work; earlier comes first.
    pub idle_since: Timestamp,
}

/// What a conversation needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Every one of these skills.
    pub skills: Vec<String>,
    /// This language.
    pub language: Language,
    /// This customer group, if known.
    pub segment: Option<SegmentId>,
    /// How many a person may hold at once in the layer.
    pub capacity: u32,
    /// The person who had it before: preferred if able.
    pub previous: Option<UserId>,
}

impl Need {
    /// What a conversation needs in the layer it is in; `None` if the policy no longer has the layer.
    #[must_use]
    pub fn of(conversation: &Conversation, policy: &TenantPolicy) -> Option<Self> {
        let layer = policy.layer(&conversation.layer)?;
        Some(Self {
            skills: layer.skills.clone(),
            language: conversation.language.clone(),
            segment: conversation.segment.clone(),
            capacity: layer.capacity,
            previous: conversation.previous_assignee,
        })
    }
}

impl Candidate {
    fn is_able(&self, need: &Need) -> bool {
        self.presence == Presence::Available
            && self.load < need.capacity
            && need.skills.iter().all(|skill| self.skills.contains(skill))
            && (self.languages.is_empty() || self.languages.contains(&need.language))
            && need
                .segment
                .as_ref()
                .is_none_or(|segment| self.segments.is_empty() || self.segments.contains(segment))
    }
}

/// The person to give it to, or `None` if nobody able has room: the person who had it before, else
/// the least loaded, then who has been without new work for longest, then the lowest id. The order
/// of the candidates does not matter.
#[must_use]
pub fn pick(candidates: &[Candidate], need: &Need) -> Option<UserId> {
    let able = || candidates.iter().filter(|candidate| candidate.is_able(need));
    if let Some(previous) = able().find(|candidate| Some(candidate.user) == need.previous) {
        return Some(previous.user);
    }
    able()
        .min_by_key(|candidate| (candidate.load, candidate.idle_since, candidate.user))
        .map(|candidate| candidate.user)
}

/// The place of a conversation in a queue: the smallest is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct QueueKey {
    /// Most urgent first.
    pub priority: Reverse<Priority>,
    /// Earliest due first; without a running target, last.
    pub due_at: Timestamp,
    /// Longest held first.
    pub held_since: Timestamp,
    /// Oldest id first.
    pub id: ConversationId,
}

/// Where a conversation stands in its queue: by urgency, then what is due (or was missed) first, then
/// age.
#[must_use]
pub fn queue_key(conversation: &Conversation) -> QueueKey {
    let due_at = conversation
        .targets
        .iter()
        .filter(|target| match target.state {
            TargetState::Running => true,
            // What was missed and still waits does not fall back behind the others.
            TargetState::Breached => match target.spec.metric {
                Metric::Resolution => conversation.state.is_open(),
                _ => {
                    conversation.unanswered_since.is_some_and(|since| target.due_at >= Some(since))
                }
            },
            _ => false,
        })
        .filter_map(|target| target.due_at)
        .min()
        .unwrap_or(Timestamp(i64::MAX));
    QueueKey {
        priority: Reverse(conversation.priority),
        due_at,
        held_since: conversation.held_since,
        id: conversation.id,
    }
}

#[cfg(test)]
mod tests;
