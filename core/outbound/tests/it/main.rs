//! The guarded client against servers on this machine.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot set up has failed"
)]

mod files;
mod guard;
mod redirect;
mod stub;
