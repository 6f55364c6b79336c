//! One unit of demand, as figures read it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::conversation::{CloseReason, Conversation, Solved, State};
use crate::id::{ChannelId, ContactId, ConversationId, LayerId, SegmentId, Tag, VisitId};
use crate::time::Timestamp;

/// A help-center visit and a contact this close together are one need.
const VISIT_WINDOW_MS: i64 = 24 * 3_600_000;

/// What became of a unit of demand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// Solved.
    Solved {
        /// By which layer.
        layer: LayerId,
        /// Why it counts as solved.
        solved: Solved,
        /// Whether it may still be reopened.
        provisional: bool,
    },
    /// Still open, or closed unsolved.
    Unresolved,
    /// The customer gave up before an answer.
    Abandoned,
}

/// What a unit of demand was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A conversation.
    Conversation(ConversationId),
    /// A help-center visit.
    Visit(VisitId),
}

/// One unit of demand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemandFact {
    /// What it was.
    pub source: Source,
    /// Whose; unknown for visits.
    pub contact: Option<ContactId>,
    /// Where it came in; `None` for visits.
    pub channel: Option<ChannelId>,
    /// The customer group.
    pub segment: Option<SegmentId>,
    /// Its topics.
    pub tags: BTreeSet<Tag>,
    /// The moment it counts for.
    pub began_at: Timestamp,
    /// Layers entered, in order of first entry.
    pub entered: Vec<LayerId>,
    /// What became of it.
    pub outcome: Outcome,
    /// The last resolve, if it is resolved.
    pub resolved_at: Option<Timestamp>,
    /// The first resolve, if there was one.
    pub first_resolved_at: Option<Timestamp>,
    /// How often it was reopened.
    pub reopened: u32,
    /// When the customer's first message reached people.
    pub reached_person_at: Option<Timestamp>,
    /// When a person first wrote.
    pub first_response_at: Option<Timestamp>,
    /// Escalations.
    pub escalations: u32,
    /// Escalations with every required field. The engine refuses others.
    pub complete_briefings: u32,
    /// Escalations that came back because facts were missing.
    pub bounced: u32,
}

impl DemandFact {
    /// A conversation as demand; `None` if it is none: the customer never wrote, spam, a duplicate.
    #[must_use]
    pub fn of(conversation: &Conversation) -> Option<Self> {
        let c = conversation;
        let outcome = match c.closed {
            Some(CloseReason::Spam | CloseReason::Merged) => return None,
            _ if c.customer_messages == 0 => return None,
            Some(CloseReason::Abandoned) => Outcome::Abandoned,
            Some(CloseReason::Unsolved) => Outcome::Unresolved,
            Some(CloseReason::Settled) | None => match &c.resolution {
                Some(resolution) => Outcome::Solved {
                    layer: resolution.layer.clone(),
                    solved: resolution.solved,
                    provisional: c.state == State::Resolved,
                },
                None => Outcome::Unresolved,
            },
        };
        Some(Self {
            source: Source::Conversation(c.id),
            contact: Some(c.contact),
            channel: Some(c.channel.clone()),
            segment: c.segment.clone(),
            tags: c.tags.clone(),
            began_at: c.opened_at,
            entered: c.entered.clone(),
            outcome,
            resolved_at: c.resolution.as_ref().map(|resolution| resolution.at),
            first_resolved_at: c.first_resolved_at,
            reopened: c.reopened,
            reached_person_at: c.reached_person_at,
            first_response_at: c.first_response_at,
            escalations: c.escalations,
            complete_briefings: c.escalations,
            bounced: c.bounced,
        })
    }

    /// A help-center visit as demand of the self-service `layer`; `None` if it is none: no intent, or
    /// the same visitor wrote within 24 h (then that conversation is the demand).
    ///
    /// "This helped" is solved, confirmed. An article read and no contact is solved, assumed, and
    /// provisional until 24 h have passed. Anything else is open for 24 h, then abandoned.
    #[must_use]
    pub fn of_visit(visit: &VisitFact, layer: &LayerId, now: Timestamp) -> Option<Self> {
        let window_ends = visit.last_at.plus_millis(VISIT_WINDOW_MS);
        let intent = visit.searches > 0 || visit.articles_opened > 0;
        if !intent || visit.contacted_at.is_some_and(|at| at < window_ends) {
            return None;
        }
        let open = now < window_ends;
        let solved =
            |solved, provisional| Outcome::Solved { layer: layer.clone(), solved, provisional };
        let outcome = match (visit.helped, visit.read_an_article) {
            (true, _) => solved(Solved::Confirmed, false),
            (false, true) => solved(Solved::Assumed, open),
            (false, false) if open => Outcome::Unresolved,
            (false, false) => Outcome::Abandoned,
        };
        let is_solved = matches!(outcome, Outcome::Solved { .. });
        Some(Self {
            source: Source::Visit(visit.id),
            contact: None,
            channel: None,
            segment: None,
            tags: BTreeSet::new(),
            began_at: visit.began_at,
            entered: vec![layer.clone()],
            outcome,
            resolved_at: is_solved.then_some(visit.last_at),
            first_resolved_at: is_solved.then_some(visit.last_at),
            reopened: 0,
            reached_person_at: None,
            first_response_at: None,
            escalations: 0,
            complete_briefings: 0,
            bounced: 0,
        })
    }
}

/// What is known of a help-center visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitFact {
    /// Its id.
    pub id: VisitId,
    /// When it began.
    pub began_at: Timestamp,
    /// The last thing the visitor did.
    pub last_at: Timestamp,
    /// Searches.
    pub searches: u32,
    /// Articles opened.
    pub articles_opened: u32,
    /// Whether one was open for 10 s or more.
    pub read_an_article: bool,
    /// Whether the visitor said that it helped.
    pub helped: bool,
    /// When the same visitor next wrote, if ever.
    pub contacted_at: Option<Timestamp>,
}
