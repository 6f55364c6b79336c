//! The rules of layered service, pure.
//!
//! Here live the conversation's state machine, the layer engine, SLA clocks and calendars,
//! routing, the demand ledger and the definitions of every figure. Functions take facts, `now`
//! and ids, and return new state and events, or a refusal.
//!
//! Deliberately absent: async, IO, a clock, randomness, a database, configuration files.
//!
//! Start in [`conversation`] (what a conversation is), then [`command`] and [`event`] (what can be
//! asked and what can have happened), then [`policy`] (what a tenant decides). [`decide`] turns a
//! command into events, [`apply`] folds events into a conversation, [`timers`] does what time brings.
//! [`routing`] picks people, [`ledger`] counts demand.

pub mod about;
pub mod apply;
pub mod calendar;
pub mod call;
pub mod command;
pub mod conversation;
pub mod decide;
pub mod event;
pub mod id;
pub mod ledger;
pub mod message;
pub mod policy;
pub mod preview;
pub mod routing;
pub mod sample;
pub mod sla;
pub mod threading;
pub mod time;
pub mod timers;
