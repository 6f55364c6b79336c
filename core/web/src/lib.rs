//! Everything that speaks HTTP: hooks of channels, the JSON API, the widget's wire, live updates, the console
//! and the help center.
//!
//! Web translates: it turns a request into a use case of `kerros-app` and the outcome into an answer. It
//! decides who is asking ([`auth`]), how much they may ask ([`limit`]) and what a refusal looks like
//! ([`problem`]); it decides nothing about conversations.
//!
//! Deliberately absent: SQL, wasm, the composition of the process, rules of layered service.
//!
//! Start in [`router`], which lists every surface, and [`state`], what all of them share.

pub mod access;
pub mod api;
pub mod auth;
pub mod files;
pub mod health;
pub mod hooks;
pub mod i18n;
pub mod limit;
pub mod live;
pub mod pages;
pub mod problem;
pub mod router;
pub mod security;
pub mod serve;
pub mod state;

pub use router::router;
pub use state::{Limits, WebState};
