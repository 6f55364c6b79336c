mod journal;
mod stories;
mod table;

use super::*;
use crate::conversation::{CloseReason, Solved};
use crate::id::MessageId;
use crate::message::{Author, Visibility};
use crate::sample;

pub(crate) const TUESDAY_10: Timestamp = sample::TUESDAY_10;
pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

pub(crate) fn message(author: Author, visibility: Visibility) -> Command {
    let message = MessageId(uuid::Uuid::from_u128(1));
    Command::AddMessage { message, author, visibility, text: "Hei, miten\nmenee?".into() }
}

pub(crate) fn from_customer() -> Command {
    message(Author::Contact, Visibility::Public)
}

pub(crate) fn from_bot() -> Command {
    message(Author::Bot, Visibility::Public)
}

pub(crate) fn from_person(n: u128) -> Command {
    message(Author::Person { user: sample::user(n) }, Visibility::Public)
}

pub(crate) fn escalate() -> Command {
    Command::Escalate { to: None, fields: sample::briefing_fields() }
}

pub(crate) fn hand_back() -> Command {
    Command::HandBack { reason: "what was tried?".into(), missing_facts: true, former_away: false }
}

/// A conversation under way: commands at moments, every refusal a failure, the journal kept.
#[derive(Clone)]
pub(crate) struct Case {
    pub policy: TenantPolicy,
    pub conversation: Conversation,
    pub journal: Vec<Entry>,
    pub now: Timestamp,
}

impl Case {
    pub(crate) fn open() -> Self {
        Self::open_in("self-service", TUESDAY_10)
    }

    pub(crate) fn open_in(layer: &str, now: Timestamp) -> Self {
        let policy = sample::policy();
        let facts = Opening { layer: LayerId::from(layer), ..sample::opening(1) };
        let (conversation, journal) = open(&policy, facts, now);
        Self { policy, conversation, journal, now }
    }

    pub(crate) fn after(mut self, ms: i64) -> Self {
        self.now = self.now.plus_millis(ms);
        self
    }

    pub(crate) fn then(self, command: Command) -> Self {
        self.then_by(None, command)
    }

    pub(crate) fn then_by(mut self, by: Option<UserId>, command: Command) -> Self {
        let told = format!("{command:?}");
        let (conversation, entries) =
            decide(&self.conversation, &self.policy, command, by, self.now)
                .unwrap_or_else(|refusal| panic!("{told}: {refusal}"));
        self.conversation = conversation;
        self.journal.extend(entries);
        self
    }

    pub(crate) fn on_time(mut self) -> Self {
        let (conversation, entries) =
            crate::timers::on_time(&self.conversation, &self.policy, self.now).expect("on time");
        self.conversation = conversation;
        self.journal.extend(entries);
        self
    }

    pub(crate) fn refused(&self, command: Command) -> Refusal {
        let answer = decide(&self.conversation, &self.policy, command, None, self.now);
        answer.expect_err("a refusal")
    }

    /// The journal, folded again, gives the row.
    pub(crate) fn check(&self) {
        let folded = crate::apply::fold(&self.journal).expect("a journal that folds");
        assert_eq!(folded, self.conversation);
    }

    /// The names of the last events, as the journal stores them.
    pub(crate) fn last(&self, count: usize) -> Vec<String> {
        let from = self.journal.len() - count;
        self.journal[from..].iter().map(name).collect()
    }
}

pub(crate) fn name(entry: &Entry) -> String {
    let event = serde_json::to_value(&entry.event).expect("JSON");
    event["type"].as_str().expect("a type").to_owned()
}

/// A conversation in each state, by the shortest road there.
pub(crate) fn in_state(state: State) -> Case {
    let case = match state {
        State::Bot => Case::open().then(from_customer()),
        State::OutOfHours => {
            Case::open_in("first-line", TUESDAY_10.plus_millis(13 * HOUR)).then(from_customer())
        }
        _ => Case::open_in("first-line", TUESDAY_10).then(from_customer()),
    };
    let assigned = |case: Case| case.then(Command::Assign { user: sample::user(7) });
    let case = match state {
        State::Bot | State::OutOfHours | State::Queued => case,
        State::Assigned => assigned(case),
        State::Pending => assigned(case).then(Command::Pend),
        State::Resolved => assigned(case).then(Command::Resolve { solved: Solved::ByPerson }),
        State::Closed => case.then(Command::Close { reason: CloseReason::Unsolved }),
    };
    assert_eq!(case.conversation.state, state);
    case
}
