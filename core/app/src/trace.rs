//! The trace id of what is being done now: whoever begins it (a request) says so once, and everything that follows
//! from it carries the id on, through its jobs to the deliveries.

use std::future::Future;
use std::sync::Arc;

tokio::task_local! {
    static CURRENT: Arc<str>;
}

/// Does something under a trace id.
pub async fn within<F: Future>(trace: Arc<str>, work: F) -> F::Output {
    CURRENT.scope(trace, work).await
}

/// The trace id of what is being done; `None` where nobody asked for it from outside: a timer, a frame on a socket.
pub(crate) fn current() -> Option<String> {
    CURRENT.try_with(ToString::to_string).ok()
}
