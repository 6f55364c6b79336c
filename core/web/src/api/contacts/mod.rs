//! Contacts: the end customers of one tenant.

pub mod conversations;
pub mod get;
