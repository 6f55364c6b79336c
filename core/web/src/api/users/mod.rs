//! People: the caller and their colleagues.

pub mod list;
pub mod me;
pub mod presence;
