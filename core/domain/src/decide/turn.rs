//! One decision in the making: the conversation so far and the entries written for it.

use crate::apply::advance;
use crate::conversation::Conversation;
use crate::event::{Entry, Event};
use crate::id::UserId;
use crate::policy::{Layer, TenantPolicy};
use crate::sla::clock::Turned;
use crate::time::Timestamp;

/// A decision in the making.
pub(crate) struct Turn<'a> {
    pub policy: &'a TenantPolicy,
    pub now: Timestamp,
    pub conversation: Conversation,
    /// What the command did that clocks care about.
    pub turned: Turned,
    by: Option<UserId>,
    entries: Vec<Entry>,
}

impl<'a> Turn<'a> {
    pub(crate) fn new(
        conversation: Conversation,
        policy: &'a TenantPolicy,
        by: Option<UserId>,
        now: Timestamp,
    ) -> Self {
        Self { policy, now, conversation, turned: Turned::default(), by, entries: Vec::new() }
    }

    /// Continues with entries that were already folded in.
    pub(crate) fn with_entries(mut self, entries: Vec<Entry>) -> Self {
        self.entries = entries;
        self
    }

    /// Writes and folds in an event that the asking person caused.
    pub(crate) fn write(&mut self, event: Event) {
        self.write_by(self.by, event);
    }

    /// Writes and folds in an event that follows by itself.
    pub(crate) fn follow(&mut self, event: Event) {
        self.write_by(None, event);
    }

    pub(crate) fn write_by(&mut self, by: Option<UserId>, event: Event) {
        let entry = Entry {
            conversation: self.conversation.id,
            seq: self.conversation.seq + 1,
            at: self.now,
            by,
            event,
        };
        // Cannot fail: the sequence is right, and only known targets are named. The property test
        // over random commands folds every journal again.
        match advance(&mut self.conversation, &entry) {
            Ok(()) => self.entries.push(entry),
            Err(fault) => debug_assert!(false, "wrote an event that does not fold: {fault}"),
        }
    }

    pub(crate) const fn by(&self) -> Option<UserId> {
        self.by
    }

    /// The layer that has the conversation; `None` if the policy no longer has it.
    pub(crate) fn layer(&self) -> Option<&'a Layer> {
        self.policy.layer(&self.conversation.layer)
    }

    pub(crate) fn finish(self) -> (Conversation, Vec<Entry>) {
        (self.conversation, self.entries)
    }
}
