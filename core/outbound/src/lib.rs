//! The one client through which Kerros sends requests out of the house for plugins.
//!
//! A request is refused unless its host is on the grants' list; the name is resolved once, every
//! address is judged ([`address`]), and the connection goes to a judged address, so a name cannot
//! change its mind in between. Redirects are failures; only a download follows them, each as a request of its own
//! through the same guard. Secrets are filled in here and nowhere else ([`placeholder`]), only towards the hosts they
//! are bound to, and never appear in a result.
//!
//! Deliberately absent: retries (jobs do that), proxies and cookies (they would go round the guard).
//!
//! Start in [`client`].

pub mod address;
pub mod addresses;
mod body;
pub mod client;
pub mod host;
pub mod placeholder;
pub mod resolve;

pub use addresses::Judged;
pub use client::{Caps, Client};
