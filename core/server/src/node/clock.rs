//! The system's time and randomness: the only place that reads them.

use std::time::{SystemTime, UNIX_EPOCH};

use kerros_app::ports::clock::{Clock, Ids};
use kerros_domain::time::Timestamp;
use rand::RngCore as _;
use uuid::{ContextV7, Timestamp as UuidTime, Uuid};

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that all others ask")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// Ids in order of time (UUID version 7 with a counter, RFC 9562), and secrets from the system's generator.
pub struct SystemIds {
    counter: parking_lot::Mutex<ContextV7>,
}

impl Default for SystemIds {
    fn default() -> Self {
        Self { counter: parking_lot::Mutex::new(ContextV7::new()) }
    }
}

impl Ids for SystemIds {
    fn next(&self, now: Timestamp) -> [u8; 16] {
        let millis = u64::try_from(now.0).unwrap_or(0);
        let nanos = u32::try_from(millis % 1000).unwrap_or(0) * 1_000_000;
        let counter = self.counter.lock();
        Uuid::new_v7(UuidTime::from_unix(&*counter, millis / 1000, nanos)).into_bytes()
    }

    fn secret(&self) -> [u8; 32] {
        let mut secret = [0; 32];
        rand::rng().fill_bytes(&mut secret);
        secret
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_moment_rise() {
        let ids = SystemIds::default();
        let now = Timestamp(1_800_000_000_123);
        let made: Vec<_> = (0..1000).map(|_| ids.next(now)).collect();
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(&made[0][..6], &1_800_000_000_123_u64.to_be_bytes()[2..]);
    }
}
