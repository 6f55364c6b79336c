//! Sessions: logging in and out.

pub mod create;
pub mod delete;
