//! How a call ended without a result, and what the caller hears of it.

use kerros_app::ports::plugin::PluginError;
use wasmtime::Trap;

use crate::base::kerros::base::types::Error as Said;

/// Longest text of a guest's error that is kept, bytes.
const MESSAGE: usize = 500;

/// Why there is no result.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The guest trapped, was stopped, or what it returned cannot be read.
    Trap(wasmtime::Error),
    /// The guest answered with an error.
    Said(Said),
    /// The guest answered, but not as the contract says.
    Breach(String),
    /// The time for waiting is over.
    Late,
}

impl From<wasmtime::Error> for Ended {
    fn from(error: wasmtime::Error) -> Self {
        Self::Trap(error)
    }
}

impl From<Said> for Ended {
    fn from(error: Said) -> Self {
        Self::Said(error)
    }
}

/// Raised by the host to stop a guest, with words for the operator.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Stopped(pub(crate) String);

impl Ended {
    /// What the caller hears. `denied` is the memory limit if the guest ran into it.
    pub(crate) fn into_error(self, denied: Option<usize>) -> PluginError {
        match self {
            Self::Late => PluginError::Timeout,
            Self::Breach(message) => PluginError::Fault { message: short(message) },
            Self::Said(said) => match said {
                Said::Invalid(message) => PluginError::Invalid { message: short(message) },
                Said::Temporary(temporary) => PluginError::Temporary {
                    message: short(temporary.message),
                    retry_after_ms: temporary.retry_after_ms,
                },
                Said::Permanent(message) | Said::Other(message) => {
                    PluginError::Permanent { message: short(message) }
                }
            },
            Self::Trap(error) => {
                if matches!(error.downcast_ref::<Trap>(), Some(Trap::Interrupt)) {
                    return PluginError::Timeout;
                }
                let message = if let Some(limit) = denied {
                    format!("wanted more than its {} MiB of memory", limit >> 20)
                } else if let Some(trap) = error.downcast_ref::<Trap>() {
                    trap.to_string()
                } else {
                    error.root_cause().to_string()
                };
                PluginError::Fault { message: short(message) }
            }
        }
    }
}

/// The name of an outcome in metrics.
pub(crate) fn outcome<T>(result: &Result<T, PluginError>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(PluginError::Invalid { .. }) => "invalid",
        Err(PluginError::Temporary { .. }) => "temporary",
        Err(PluginError::Permanent { .. }) => "permanent",
        Err(PluginError::Fault { .. }) => "fault",
        Err(PluginError::Timeout) => "timeout",
        Err(PluginError::Unavailable { .. }) => "unavailable",
    }
}

/// Cuts a text at a character's edge and flattens it to one line.
pub(crate) fn short(text: String) -> String {
    let mut text =
        if text.contains(char::is_control) { text.replace(char::is_control, " ") } else { text };
    if text.len() > MESSAGE {
        text.truncate(text.floor_char_boundary(MESSAGE));
        text.push('…');
    }
    text
}
