//! IMAP in: connects and logs in ([`session`]), fetches ([`fetch`]), waits for news ([`idle`]), and the loop
//! that keeps a mailbox taken in ([`watch`]).

pub mod after;
pub mod ask;
pub mod budget;
pub mod fetch;
pub mod folder;
pub mod idle;
pub mod session;
pub mod set;
pub mod watch;
