//! What templates are given: plain typed contexts, built from the domain in one language, zone and moment.

pub mod attached;
pub mod board;
pub mod cases;
pub mod composer;
pub mod conversation;
pub mod delivery;
pub mod health;
pub mod letter;
pub mod look;
pub mod queue;
pub mod report;
pub mod shell;
pub mod sla;
pub mod timeline;

pub use look::Look;
