//! Dead letters: background work that was given up.

pub mod list;
pub mod retry;
