//! Time and ids, injected so that tests decide them.

use kerros_domain::time::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now, in UTC.
    fn now(&self) -> Timestamp;
}

/// Makes row ids: UUID version 7, sortable by time. Wrap into the id type wanted:
/// `MessageId(ids.next(now).into())`.
pub trait Ids: Send + Sync {
    /// A fresh id, as the 16 bytes of a UUID.
    fn next(&self, now: Timestamp) -> [u8; 16];
    /// 32 bytes nobody can guess: session and token secrets.
    fn secret(&self) -> [u8; 32];
}
