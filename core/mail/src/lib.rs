//! The wire adapter for mail: IMAP in, SMTP out. What a mail means is the channel plugin's business.
//!
//! In: each mailbox has a task ([`imap::watch`]) that fetches mails, lifts their big parts into the tenant's files
//! ([`lift`]), commits them together with the mailbox's position ([`intake`]), and only then marks them on
//! the server. Out: a structured mail is written and signed ([`write`]) and submitted over the channel's own
//! account ([`smtp`]), whose answer says what became of each recipient.
//!
//! Deliberately absent: parsing mails into messages and threading (the plugin and the use cases), retries (jobs
//! do that), and any connection to an address that was not judged ([`dial`]).
//!
//! Start in [`mailboxes`] and [`smtp::submit`].

pub mod account;
pub mod dial;
pub mod health;
pub mod imap;
pub mod intake;
pub mod lift;
pub mod mailboxes;
pub mod oauth;
pub mod smtp;
pub mod write;

pub use health::Health;
pub use imap::session::Gate;
pub use imap::watch::Deps;
pub use smtp::submit::Outboxes;
