//! Plugins: which versions serve, what they cost, what they did wrong.

pub mod costs;
pub mod faults;
pub mod list;
