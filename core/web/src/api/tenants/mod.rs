//! Tenants: the client companies the caller serves, their boards and reports.

pub mod board;
pub mod body;
pub mod channels;
pub mod get;
pub mod list;
pub mod report;
