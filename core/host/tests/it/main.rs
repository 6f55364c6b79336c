//! The host with real WebAssembly: good guests, hostile guests, and what its callers see.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "helpers of tests stop at the first fault, as tests do"
)]

mod breaker;
mod budget;
mod frozen;
mod guests;
mod imports;
mod loading;
mod ports;
mod swap;
mod warm;
