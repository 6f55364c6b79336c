//! The bus of a single node: news to everybody in this process.

use std::sync::Arc;

use tokio::sync::broadcast;

use crate::ports::bus::{Bus, News};

/// News within this process. A listener more than this many behind is told that it missed some.
const DEPTH: usize = 4096;

/// Spreads news within this process.
#[derive(Debug, Clone)]
pub struct LocalBus(broadcast::Sender<Arc<News>>);

impl Default for LocalBus {
    fn default() -> Self {
        Self(broadcast::channel(DEPTH).0)
    }
}

impl Bus for LocalBus {
    fn publish(&self, news: News) {
        // Nobody listening is fine.
        let _ = self.0.send(Arc::new(news));
    }

    fn subscribe(&self) -> broadcast::Receiver<Arc<News>> {
        self.0.subscribe()
    }
}
