//! Who listens live in this process: one task hears all news and wakes the few sockets concerned.
//!
//! Ten thousand sockets that each heard all news would each wake for every message. So a socket has one
//! small latest-value cell ([`Pulse`]) and is woken only for its own thread. A pulse carries no messages: the
//! socket reads them from the store from the sequence it has, so a lost or merged pulse loses nothing.

use std::collections::HashMap;
use std::sync::Arc;

use kerros_app::ports::bus::News;
use kerros_domain::id::{ChannelId, ConversationId, TenantId, UserId};
use parking_lot::Mutex;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};

use crate::health::Readiness;

/// A visitor's thread on a channel of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Thread {
    /// Whose customer.
    pub tenant: TenantId,
    /// The channel.
    pub channel: ChannelId,
    /// The channel's name of the thread.
    pub name: Arc<str>,
}

/// What a thread's sockets should look at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pulse {
    /// The conversation that changed last, with its newest sequence; `None`: look for yourself.
    pub newest: Option<(ConversationId, u64)>,
    /// A person who writes an answer, counted so that each signal is seen as a change.
    pub writing: Option<(UserId, u32)>,
    /// Counts news missed: after each the socket must ask the store.
    pub missed: u32,
}

struct Listeners {
    pulse: watch::Sender<Pulse>,
    conversation: Option<ConversationId>,
}

#[derive(Default)]
struct Threads {
    listeners: HashMap<Thread, Listeners>,
    by_conversation: HashMap<ConversationId, Thread>,
    stopped: bool,
}

/// Who listens.
#[derive(Default)]
pub struct Hub {
    threads: Mutex<Threads>,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub").field("threads", &self.threads.lock().listeners.len()).finish()
    }
}

/// One socket's place in the hub. Dropping it leaves.
pub struct Seat {
    hub: Arc<Hub>,
    thread: Thread,
    /// Changes when the socket should look. Closed when the process stops.
    pub pulse: watch::Receiver<Pulse>,
}

impl Hub {
    /// Starts to spread news until the bus is gone or the stop begins.
    pub(crate) fn start(news: broadcast::Receiver<Arc<News>>, readiness: &Readiness) -> Arc<Self> {
        let hub = Arc::new(Self::default());
        tokio::spawn(Arc::clone(&hub).spread(news, readiness.draining()));
        hub
    }

    async fn spread(
        self: Arc<Self>,
        mut news: broadcast::Receiver<Arc<News>>,
        mut draining: watch::Receiver<bool>,
    ) {
        loop {
            tokio::select! {
                heard = news.recv() => match heard {
                    Ok(news) => self.hear(&news),
                    Err(RecvError::Lagged(missed)) => {
                        tracing::warn!(missed, "live news came faster than they were spread");
                        self.all_missed();
                    }
                    Err(RecvError::Closed) => break,
                },
                _ = draining.wait_for(|draining| *draining) => break,
            }
        }
        // Dropping the senders tells every socket that the process stops.
        let mut threads = self.threads.lock();
        threads.stopped = true;
        threads.listeners.clear();
        threads.by_conversation.clear();
    }

    fn hear(&self, news: &News) {
        match news {
            News::Conversation { tenant, conversation, channel, thread, seq, .. } => {
                let key = Thread {
                    tenant: tenant.clone(),
                    channel: channel.clone(),
                    name: thread.as_str().into(),
                };
                let mut threads = self.threads.lock();
                let Some(listeners) = threads.listeners.get_mut(&key) else { return };
                let newest = (*conversation, *seq);
                listeners.pulse.send_if_modified(|pulse| {
                    // News of one conversation may overtake each other; the sequence never goes back.
                    let older =
                        pulse.newest.is_some_and(|(id, seen)| id == newest.0 && seen >= newest.1);
                    if !older {
                        pulse.newest = Some(newest);
                    }
                    !older
                });
                let before = listeners.conversation.replace(*conversation);
                if before != Some(*conversation) {
                    if let Some(before) = before {
                        threads.by_conversation.remove(&before);
                    }
                    threads.by_conversation.insert(*conversation, key);
                }
            }
            News::Focus { conversation, user, doing, .. } if doing == "writing" => {
                let threads = self.threads.lock();
                let listeners = threads
                    .by_conversation
                    .get(conversation)
                    .and_then(|key| threads.listeners.get(key));
                if let Some(listeners) = listeners {
                    listeners.pulse.send_modify(|pulse| {
                        let count = pulse.writing.map_or(0, |(_, count)| count);
                        pulse.writing = Some((*user, count.wrapping_add(1)));
                    });
                }
            }
            News::Focus { .. } | News::Typing { .. } => {}
        }
    }

    fn all_missed(&self) {
        for listeners in self.threads.lock().listeners.values() {
            listeners.pulse.send_modify(|pulse| pulse.missed = pulse.missed.wrapping_add(1));
        }
    }

    /// Listens to a thread.
    pub fn sit(self: &Arc<Self>, thread: Thread) -> Seat {
        let mut threads = self.threads.lock();
        if threads.stopped {
            let (_, pulse) = watch::channel(Pulse::default());
            return Seat { hub: Arc::clone(self), thread, pulse };
        }
        let listeners = threads
            .listeners
            .entry(thread.clone())
            .or_insert_with(|| Listeners { pulse: watch::Sender::default(), conversation: None });
        let pulse = listeners.pulse.subscribe();
        Seat { hub: Arc::clone(self), thread, pulse }
    }
}

impl Seat {
    /// The thread listened to.
    #[must_use]
    pub const fn thread(&self) -> &Thread {
        &self.thread
    }

    /// Says which conversation the thread stands for, so that a person's typing finds it.
    pub fn stands_for(&self, conversation: ConversationId) {
        let mut threads = self.hub.threads.lock();
        let Some(listeners) = threads.listeners.get_mut(&self.thread) else { return };
        if listeners.conversation != Some(conversation) {
            if let Some(before) = listeners.conversation.replace(conversation) {
                threads.by_conversation.remove(&before);
            }
            threads.by_conversation.insert(conversation, self.thread.clone());
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut threads = self.hub.threads.lock();
        // This seat's own receiver still counts.
        let last = threads
            .listeners
            .get(&self.thread)
            .is_some_and(|listeners| listeners.pulse.receiver_count() <= 1);
        if last
            && let Some(listeners) = threads.listeners.remove(&self.thread)
            && let Some(conversation) = listeners.conversation
        {
            threads.by_conversation.remove(&conversation);
        }
        if threads.listeners.len() * 4 < threads.listeners.capacity() {
            threads.listeners.shrink_to_fit();
        }
    }
}
