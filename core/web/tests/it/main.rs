//! Web from outside: requests into the whole router over the in-memory store, with typed users; sockets and
//! event streams over a real port on loopback.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking; clippy's exemption covers only test functions themselves"
)]

mod api;
mod cases;
mod client;
mod events;
mod hooks;
mod login;
mod machines;
mod messages;
mod openapi;
mod pages;
mod plugins;
mod tenancy;
mod widget;
mod world;
