//! Settings and tenants as files.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot set up has failed"
)]

mod faults;
mod reference;
mod sources;
