//! How many are in at once: widget sockets per address and in all, consoles per person.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;

/// Counts who is in. `K` is what the smaller cap counts by.
#[derive(Debug)]
pub struct Crowd<K> {
    most: u32,
    most_per_key: u32,
    inside: Mutex<Inside<K>>,
    emptied: Notify,
}

#[derive(Debug)]
struct Inside<K> {
    all: u32,
    by_key: HashMap<K, u32>,
}

/// Why somebody may not come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// This process has no room.
    House,
    /// This address or person has too many already.
    Key,
}

/// A place inside. Dropping it leaves.
#[derive(Debug)]
pub struct Place<K: Eq + Hash + Clone> {
    crowd: Arc<Crowd<K>>,
    key: K,
}

impl<K: Eq + Hash + Clone> Crowd<K> {
    /// Nobody inside.
    #[must_use]
    pub fn new(most: u32, most_per_key: u32) -> Arc<Self> {
        let inside = Mutex::new(Inside { all: 0, by_key: HashMap::new() });
        Arc::new(Self { most, most_per_key, inside, emptied: Notify::new() })
    }

    /// Comes in, if there is room.
    ///
    /// # Errors
    /// [`Full`].
    pub fn enter(self: &Arc<Self>, key: K) -> Result<Place<K>, Full> {
        let mut inside = self.inside.lock();
        if inside.all >= self.most {
            return Err(Full::House);
        }
        if inside.by_key.get(&key).is_some_and(|count| *count >= self.most_per_key) {
            return Err(Full::Key);
        }
        inside.all += 1;
        *inside.by_key.entry(key.clone()).or_insert(0) += 1;
        Ok(Place { crowd: Arc::clone(self), key })
    }

    /// Waits until nobody is inside.
    pub async fn empty(&self) {
        loop {
            let emptied = self.emptied.notified();
            if self.count() == 0 {
                return;
            }
            emptied.await;
        }
    }

    /// How many are inside.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.inside.lock().all
    }
}

impl<K: Eq + Hash + Clone> Drop for Place<K> {
    fn drop(&mut self) {
        let mut inside = self.crowd.inside.lock();
        inside.all -= 1;
        if inside.all == 0 {
            self.crowd.emptied.notify_waiters();
        }
        if let Some(count) = inside.by_key.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                inside.by_key.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_for_so_many() {
        let crowd = Crowd::new(3, 2);
        let first = crowd.enter("a").unwrap();
        let _second = crowd.enter("a").unwrap();
        assert_eq!(crowd.enter("a").unwrap_err(), Full::Key);
        let _third = crowd.enter("b").unwrap();
        assert_eq!(crowd.enter("c").unwrap_err(), Full::House);
        drop(first);
        assert!(crowd.enter("a").is_ok(), "who leaves makes room");
        assert_eq!(crowd.count(), 2);
    }
}
