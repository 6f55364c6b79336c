//! The store: `kerros-app`'s store ports on SQLite and PostgreSQL, through sea-orm.
//!
//! A commit is a value, `Changes`. A task groups the units of many writers into one durable
//! transaction (`write`), so that one flush to disk serves all of them. Reads (`repositories`) take a scope
//! and filter by tenant in SQL; PostgreSQL checks them a second time by row-level security.
//!
//! Deliberately absent: rules of service (they are in `kerros-domain`), a clock, ids, and any
//! decision about what to write.
//!
//! Start in [`SqlStore`], then `write::writer` and `write::unit`; the schema is in `migrations`.

mod connect;
pub mod entities;
mod error;
mod files;
pub mod migrations;
mod name;
mod news;
mod options;
mod pen;
mod reader;
mod repositories;
mod role;
mod scope;
mod sql;
mod store;
mod value;
mod write;

pub use error::OpenError;
pub use files::FileStore;
pub use options::Options;
pub use role::Role;
pub use store::{SqlStore, open};
