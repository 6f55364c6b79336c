//! How much processor time a call has used. A budget counts that and not the clock on the wall: on a busy machine a
//! guiltless guest waits for its turn, and must not be stopped for it.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Processor time of one call, over all threads that it runs on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spent(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    /// Used up to the last time it left a thread, nanoseconds.
    before: AtomicU64,
    /// The thread's time when the call came to it.
    since: AtomicU64,
}

impl Spent {
    /// What the call has used. Asked on the thread that runs it.
    pub(crate) fn time(&self) -> Duration {
        let since = self.0.since.load(Ordering::Relaxed);
        let now = thread_time().saturating_sub(since);
        Duration::from_nanos(self.0.before.load(Ordering::Relaxed).saturating_add(now))
    }

    /// What the call had used when it last left a thread.
    pub(crate) fn used(&self) -> Duration {
        Duration::from_nanos(self.0.before.load(Ordering::Relaxed))
    }

    /// Runs something on this thread and counts its time.
    pub(crate) fn run<O>(&self, work: impl FnOnce() -> O) -> O {
        self.0.since.store(thread_time(), Ordering::Relaxed);
        let done = work();
        let used = u64::try_from(self.time().as_nanos()).unwrap_or(u64::MAX);
        self.0.before.store(used, Ordering::Relaxed);
        done
    }

    /// Runs a future and counts the time that it is polled.
    pub(crate) async fn count<F: Future>(self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|context| self.run(|| future.as_mut().poll(context))).await
    }
}

/// Processor time of this thread, nanoseconds.
#[cfg(unix)]
fn thread_time() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes to `time`, which is valid and ours, and to nothing else.
    #[expect(
        unsafe_code,
        reason = "the standard library has no clock of a thread's processor time"
    )]
    let done = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    if done != 0 {
        return 0;
    }
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    seconds * 1_000_000_000 + u64::try_from(time.tv_nsec).unwrap_or(0)
}

/// Time on the wall, where a thread's own is not to be had.
#[cfg(not(unix))]
fn thread_time() -> u64 {
    static START: std::sync::LazyLock<std::time::Instant> =
        std::sync::LazyLock::new(std::time::Instant::now);
    u64::try_from(START.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::Spent;
    use std::time::{Duration, Instant};

    fn work(time: Duration) {
        let from = Instant::now();
        while from.elapsed() < time {
            std::hint::spin_loop();
        }
    }

    #[test]
    fn waiting_is_not_counted() {
        let spent = Spent::default();
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let counted = spent.clone().count(async {
                work(Duration::from_millis(3));
                tokio::task::yield_now().await;
            });
            let others = async { work(Duration::from_millis(60)) };
            futures::future::join(counted, others).await;
        });
        let before = spent.0.before.load(std::sync::atomic::Ordering::Relaxed);
        assert!(before > 0 && before < 50_000_000, "{before} ns");
    }
}
