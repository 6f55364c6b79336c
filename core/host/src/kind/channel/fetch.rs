//! How to get a file that lies with the provider.

use kerros_app::ports::channel::FetchStep;

use super::{request, wit};
use crate::contract::{breach, text};
use crate::ended::Ended;

pub(super) fn lift(step: wit::FetchStep) -> Result<FetchStep, Ended> {
    Ok(match step {
        wit::FetchStep::Ask(http) => FetchStep::Ask { request: request::lift_without_files(http)? },
        wit::FetchStep::Download(http) => {
            FetchStep::Download { request: request::lift_without_files(http)? }
        }
        wit::FetchStep::Gone(reason) => {
            FetchStep::Gone { reason: text("the reason", reason, 1024)? }
        }
        wit::FetchStep::Other(_) => return breach("a step that this host does not know"),
    })
}
