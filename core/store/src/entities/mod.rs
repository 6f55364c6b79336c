//! The tables as sea-orm entities, one file each. Columns are what the port's types of the same name say;
//! `migrations/README.md` explains the others.

pub mod contact;
pub mod contact_address;
pub mod conversation;
pub mod inbound;
pub mod job;
pub mod journal;
pub mod leader;
pub mod membership;
pub mod message;
pub mod token;
pub mod user;
pub mod visit;
