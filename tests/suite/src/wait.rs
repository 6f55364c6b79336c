//! Waiting for something to be so, with an end.

use std::time::{Duration, Instant};

/// How long anything may take before a test gives up. Wide: tests share two cores with a build.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Looks until it finds.
///
/// # Panics
/// When `what` is not so within [`PATIENCE`].
pub async fn until<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    within(PATIENCE, what, look).await
}

/// As [`until`], with another end.
///
/// # Panics
/// When `what` is not so in time.
pub async fn within<T>(
    patience: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(start.elapsed() < patience, "after {patience:?} still not so: {what}");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}
