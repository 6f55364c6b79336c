//! The ways in from outside: a customer's widget socket, an agent's API, a provider's hook.

pub mod api;
pub mod hook;
pub mod metrics;
pub mod visitor;
