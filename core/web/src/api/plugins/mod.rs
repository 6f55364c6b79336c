//! Plugins: what they did wrong.

pub mod faults;
