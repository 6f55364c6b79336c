//! Why a call gave no result.

use std::fmt;

/// Why a call gave no result. The host falls back as the kind says; the conversation goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The input or the config is wrong; the same call will fail again.
    Invalid(String),
    /// Something passes by; the same call may work later, not sooner than the milliseconds given.
    Temporary(String, Option<u64>),
    /// It will never work.
    Permanent(String),
}

impl Error {
    /// The input or the config is wrong.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(message.into())
    }

    /// The same call may work later.
    pub fn temporary(message: impl Into<String>) -> Self {
        Self::Temporary(message.into(), None)
    }

    /// It will never work.
    pub fn permanent(message: impl Into<String>) -> Self {
        Self::Permanent(message.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, message) = match self {
            Self::Invalid(message) => ("invalid: ", message),
            Self::Temporary(message, _) => ("temporary: ", message),
            Self::Permanent(message) => ("permanent: ", message),
        };
        f.write_str(what)?;
        f.write_str(message)
    }
}

impl std::error::Error for Error {}

/// Both ways between [`Error`] and a kind's generated one.
#[cfg(target_arch = "wasm32")]
macro_rules! error_both_ways {
    ($types:path) => {
        const _: () = {
            use $types as wire;

            impl From<crate::Error> for wire::Error {
                fn from(error: crate::Error) -> Self {
                    match error {
                        crate::Error::Invalid(message) => Self::Invalid(message),
                        crate::Error::Temporary(message, retry_after_ms) => {
                            Self::Temporary(wire::Temporary {
                                message,
                                retry_after_ms,
                                extra: Vec::new(),
                            })
                        }
                        crate::Error::Permanent(message) => Self::Permanent(message),
                    }
                }
            }

            impl From<wire::Error> for crate::Error {
                fn from(error: wire::Error) -> Self {
                    match error {
                        wire::Error::Invalid(message) => Self::Invalid(message),
                        wire::Error::Temporary(e) => Self::Temporary(e.message, e.retry_after_ms),
                        wire::Error::Permanent(message) | wire::Error::Other(message) => {
                            Self::Permanent(message)
                        }
                    }
                }
            }
        };
    };
}

#[cfg(target_arch = "wasm32")]
pub(crate) use error_both_ways;
