//! The port's traits, one file each; `list` and `verify` are long enough for their own.

mod contacts;
mod conversations;
mod costs;
mod figures;
mod jobs;
mod kv;
mod list;
mod mailboxes;
mod messages;
mod threads;
mod upkeep;
mod users;
mod verify;

pub(crate) use messages::marks;
