//! Bearer tokens for programs that act in the caller's name.

pub mod body;
pub mod create;
pub mod delete;
pub mod list;
