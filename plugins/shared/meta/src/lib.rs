//! What WhatsApp, Messenger and Instagram have in common: hooks signed with the app's secret, the handshake that
//! registers a hook, the Graph API's errors, and windows of time in which a business may write. Messenger and Instagram
//! also share the form of direct messages, and private answers to comments.
//!
//! Not here: what differs in each, as comments and mentions. Start in [`hook`], then [`graph`] and [`window`];
//! [`direct`] and [`talk`] are direct messages, in and out, and [`private`] says who gets a private answer.

pub mod direct;
pub mod graph;
pub mod hook;
pub mod private;
pub mod talk;
pub mod window;
