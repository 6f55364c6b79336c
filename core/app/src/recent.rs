//! What this node wrote last: saves intake a read.
//!
//! Nothing here is trusted: whoever decides on a remembered conversation commits with its sequence,
//! and the store answers `Conflict` if anybody has written since. Then it is forgotten and read.

use std::collections::HashMap;

use kerros_domain::conversation::Conversation;
use kerros_domain::id::{ChannelId, TenantId};
use parking_lot::Mutex;

use crate::ports::store::Contact;

/// A thread of a channel.
pub(crate) type Thread = (TenantId, ChannelId, String);

/// How many threads one generation keeps; two generations are kept.
const GENERATION: usize = 2048;

/// What is remembered of a thread.
#[derive(Debug, Clone)]
pub(crate) struct Remembered {
    pub contact: Contact,
    pub conversation: Conversation,
}

#[derive(Default)]
struct Generations {
    young: HashMap<Thread, Remembered>,
    old: HashMap<Thread, Remembered>,
}

/// The threads written last.
#[derive(Default)]
pub(crate) struct Recent(Mutex<Generations>);

impl Recent {
    /// Takes what is remembered of a thread; the writer puts it back with what it wrote.
    pub fn take(&self, thread: &Thread) -> Option<Remembered> {
        let mut generations = self.0.lock();
        let young = generations.young.remove(thread);
        young.or_else(|| generations.old.remove(thread))
    }

    /// A look at what is remembered of a thread.
    pub fn look(&self, thread: &Thread) -> Option<Remembered> {
        let generations = self.0.lock();
        generations.young.get(thread).or_else(|| generations.old.get(thread)).cloned()
    }

    /// Remembers a thread.
    pub fn put(&self, thread: Thread, remembered: Remembered) {
        let mut generations = self.0.lock();
        if generations.young.len() >= GENERATION {
            generations.old = std::mem::take(&mut generations.young);
        }
        generations.young.insert(thread, remembered);
    }

    /// Brings a remembered conversation up to date; one not remembered stays so.
    pub fn keep(&self, conversation: &Conversation) {
        let thread = (
            conversation.tenant.clone(),
            conversation.channel.clone(),
            conversation.thread.clone(),
        );
        let mut generations = self.0.lock();
        let generations = &mut *generations;
        let known = generations.young.get_mut(&thread).or_else(|| generations.old.get_mut(&thread));
        if let Some(known) = known
            && (known.conversation.id != conversation.id
                || known.conversation.seq < conversation.seq)
        {
            known.conversation = conversation.clone();
        }
    }
}
