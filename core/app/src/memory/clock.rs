//! Time and ids that a test decides.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use kerros_domain::time::Timestamp;

use crate::ports::clock::{Clock, Ids};

/// A clock that stands still until it is moved. Clones share their time.
#[derive(Debug, Clone, Default)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    /// A clock at a moment.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(now.0)))
    }

    /// Moves to a moment.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.0, Ordering::SeqCst);
    }

    /// Moves on by milliseconds.
    pub fn forward(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// Ids that count, in the form of UUID version 7: the time, then a counter. Secrets count too.
#[derive(Debug, Default)]
pub struct TestIds(AtomicU64);

impl TestIds {
    /// Ids of another node or a later process: `n` tells them apart.
    #[must_use]
    pub fn of_node(n: u32) -> Self {
        Self(AtomicU64::new(u64::from(n) << 32))
    }
}

impl Ids for TestIds {
    fn next(&self, now: Timestamp) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&now.0.to_be_bytes()[2..]);
        bytes[6] = 0x70;
        bytes[8..].copy_from_slice(&self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes());
        bytes[8] |= 0x80;
        bytes
    }

    fn secret(&self) -> [u8; 32] {
        let mut bytes = [0x5e; 32];
        bytes[24..].copy_from_slice(&self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes());
        bytes
    }
}
