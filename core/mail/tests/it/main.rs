//! The adapter against real servers (Dovecot, Postfix) where they are, and against servers that lie.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a story whose helper cannot go on has failed"
)]

mod corpus;
mod dovecot;
mod endpoint;
mod house;
mod huge;
mod liar;
mod mailboxes;
mod oauth;
mod relay;
mod server;
#[path = "../../../../tests/suite/src/skip.rs"]
mod skip;
mod verify;
