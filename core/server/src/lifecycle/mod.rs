//! Plugins from their arrival to their end on this node: what is trusted, which version serves which use, what runs
//! beside it, what failed and what it all costs.
//!
//! `versions` chooses, `watched` stands between the use cases and the host and tells the rest.

pub mod aside;
pub mod asked;
pub mod compare;
pub mod costs;
pub mod failed;
pub mod nothing;
pub mod overview;
pub mod report;
pub mod shadows;
pub mod versions;
pub mod vet;
pub mod watched;
