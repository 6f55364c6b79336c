//! Whole-server tests: each starts the real `kerros` with a config and a data folder of its own and talks to it from
//! outside, as customers, agents and providers do.
//!
//! This crate is the harness; the stories are in `tests/it`. It knows none of the other crates, only what the
//! process listens to, prints and keeps. Where something does not work it panics: it runs in tests alone.
//!
//! Start in [`kerros`] (a process) and [`config`] (what it is started with), then who talks to it: [`visitor`],
//! [`person`], [`sign`] (a provider's hooks), [`provider`] (where answers go) and [`mail_server`] (a real one).

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a harness for tests: what does not work ends the test"
)]

pub mod closed;
pub mod config;
pub mod database;
pub mod guest;
pub mod kerros;
pub mod mail_server;
pub mod person;
pub mod postgres;
pub mod posti;
pub mod provider;
pub mod reading;
pub mod sign;
pub mod skip;
pub mod tenants;
pub mod tuuli;
pub mod visitor;
pub mod wait;
