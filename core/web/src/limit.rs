//! How often somebody may ask: one token bucket per key, kept as one number.
//!
//! The bucket is the generic cell rate algorithm (ITU-T I.371): a key's number is the moment at which its
//! bucket would be full again; a request is refused when that moment is further away than the burst allows.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};

use kerros_domain::time::Timestamp;
use parking_lot::Mutex;

/// So many in a burst, then so many a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Sustained, per minute; 0 counts as 1.
    pub per_minute: u32,
    /// At once; 0 counts as 1.
    pub burst: u32,
}

impl Rate {
    /// A rate.
    #[must_use]
    pub const fn new(per_minute: u32, burst: u32) -> Self {
        Self { per_minute, burst }
    }

    fn interval_us(self) -> i64 {
        60_000_000 / i64::from(self.per_minute.max(1))
    }
}

/// Refused: come back after this many seconds (at least 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limited {
    /// Seconds to wait, rounded up.
    pub retry_after_s: u64,
}

/// Buckets by key. Holds at most `capacity` keys that are not full.
#[derive(Debug)]
pub struct Limiter<K> {
    rate: Rate,
    capacity: usize,
    full_at_us: Mutex<HashMap<K, i64>>,
}

impl<K: Eq + Hash> Limiter<K> {
    /// Full buckets for everybody.
    #[must_use]
    pub fn new(rate: Rate, capacity: usize) -> Self {
        Self { rate, capacity: capacity.max(1), full_at_us: Mutex::new(HashMap::new()) }
    }

    /// Takes one, or says how long to wait.
    pub fn take(&self, key: K, now: Timestamp) -> Result<(), Limited> {
        let now_us = now.0.saturating_mul(1000);
        let interval = self.rate.interval_us();
        let allowance = interval * i64::from(self.rate.burst.max(1) - 1);
        let mut full_at = self.full_at_us.lock();
        if full_at.len() >= self.capacity && !full_at.contains_key(&key) {
            full_at.retain(|_, at| *at > now_us);
            if full_at.len() >= self.capacity {
                // More keys at work than we remember: forgetting lets some through, never locks all out.
                full_at.clear();
            }
        }
        let slot = full_at.entry(key).or_insert(now_us);
        let start = (*slot).max(now_us);
        let ahead = start - now_us;
        if ahead > allowance {
            let wait_us = ahead - allowance;
            let retry_after_s = wait_us.unsigned_abs().div_ceil(1_000_000).max(1);
            return Err(Limited { retry_after_s });
        }
        *slot = start + interval;
        Ok(())
    }

    /// Gives back one that was taken.
    pub fn give_back(&self, key: &K) {
        if let Some(full_at) = self.full_at_us.lock().get_mut(key) {
            *full_at -= self.rate.interval_us();
        }
    }

    /// Fills a key's bucket again (a login that succeeded).
    pub fn forgive(&self, key: &K) {
        self.full_at_us.lock().remove(key);
    }
}

/// The part of an address that one customer of a network usually has: all of IPv4, the first 64 bits of IPv6.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_000_000);

    #[test]
    fn a_burst_then_the_sustained_rate() {
        let limiter = Limiter::new(Rate::new(60, 3), 10);
        for _ in 0..3 {
            assert_eq!(limiter.take("a", START), Ok(()));
        }
        assert_eq!(limiter.take("a", START), Err(Limited { retry_after_s: 1 }));
        assert_eq!(limiter.take("b", START), Ok(()), "another key has its own bucket");
        assert_eq!(limiter.take("a", START.plus_millis(999)), Err(Limited { retry_after_s: 1 }));
        assert_eq!(limiter.take("a", START.plus_millis(1000)), Ok(()));
        assert_eq!(limiter.take("a", START.plus_millis(1000)), Err(Limited { retry_after_s: 1 }));
        for _ in 0..3 {
            assert_eq!(limiter.take("a", START.plus_millis(60_000)), Ok(()), "full after a rest");
        }
    }

    #[test]
    fn the_wait_is_what_it_says() {
        let limiter = Limiter::new(Rate::new(1, 1), 10);
        assert_eq!(limiter.take((), START), Ok(()));
        assert_eq!(limiter.take((), START.plus_millis(500)), Err(Limited { retry_after_s: 60 }));
        assert_eq!(limiter.take((), START.plus_millis(59_000)), Err(Limited { retry_after_s: 1 }));
        assert_eq!(limiter.take((), START.plus_millis(60_000)), Ok(()));
    }

    #[test]
    fn forgiven_and_forgotten() {
        let limiter = Limiter::new(Rate::new(1, 1), 2);
        assert!(limiter.take(1, START).is_ok());
        assert!(limiter.take(1, START).is_err());
        limiter.forgive(&1);
        assert!(limiter.take(1, START).is_ok());
        limiter.give_back(&1);
        assert!(limiter.take(1, START).is_ok());
        assert!(limiter.take(1, START).is_err());
        assert!(limiter.take(2, START).is_ok());
        assert!(limiter.take(3, START).is_ok(), "more keys than room: nobody is locked out");
        assert!(limiter.full_at_us.lock().len() <= 2);
    }

    #[test]
    fn an_ipv6_customer_is_a_64() {
        let one: IpAddr = "2001:db8:1:2:3::4".parse().unwrap();
        let two: IpAddr = "2001:db8:1:2:ffff::1".parse().unwrap();
        assert_eq!(network(one), network(two));
        assert_eq!(
            network("::ffff:192.0.2.1".parse().unwrap()),
            "192.0.2.1".parse::<IpAddr>().unwrap()
        );
    }
}
