//! The binary from outside: what it prints, how it ends, and what it does while files change.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot set up has failed"
)]

mod checks;
mod commands;
mod kerros;
mod node;
mod schemas;
