//! How to get a file that lies with the provider.

use kerros_app::ports::channel::FetchStep;
use kerros_app::ports::outbound::Request;

use super::{request, wit};
use crate::contract::{breach, text};
use crate::ended::Ended;

pub(super) fn lift(step: wit::FetchStep) -> Result<FetchStep, Ended> {
    match step {
        wit::FetchStep::Ask(http) => or_gone(http, |request| FetchStep::Ask { request }),
        wit::FetchStep::Download(http) => or_gone(http, |request| FetchStep::Download { request }),
        wit::FetchStep::Gone(reason) => {
            Ok(FetchStep::Gone { reason: text("the reason", reason, 1024)? })
        }
        wit::FetchStep::Other(_) => breach("a step that this host does not know"),
    }
}

/// Where a file lies is the provider's to say: an address that is none means that the file cannot be had, not that the
/// plugin is broken.
fn or_gone(
    http: wit::HttpRequest,
    step: impl FnOnce(Request) -> FetchStep,
) -> Result<FetchStep, Ended> {
    match request::lift_without_files(http) {
        Ok(request) => Ok(step(request)),
        Err(Ended::Breach(reason)) => Ok(FetchStep::Gone { reason }),
        Err(other) => Err(other),
    }
}
