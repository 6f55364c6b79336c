//! Dead letters: background work that was given up.

pub mod dismiss;
pub mod list;
pub mod retry;
