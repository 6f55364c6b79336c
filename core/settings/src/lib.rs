//! What people decide in files: the platform's settings and one file per tenant.
//!
//! Each section is one file with a struct, its defaults and its `validate`. The structs are also the
//! JSON Schema that editors use and that files are checked against, so there is one description.
//! Every fault is listed with file, line, key, what was found and what is allowed; see [`fault`].
//!
//! Deliberately absent: the domain's types (the server turns a section into them), plugins (their
//! config is checked against their own schema by the server), reading a secret's value for anyone
//! but the server.
//!
//! Start in [`platform`] and [`tenant`], then [`document`] (where a key stands) and [`check`].

pub mod article;
pub mod check;
pub mod document;
pub mod fault;
pub mod key;
pub mod names;
pub mod near;
pub mod platform;
pub mod quantity;
pub mod schema;
pub mod secret;
pub mod tenant;
pub mod text;

pub use document::Document;
pub use fault::{Fault, Faults, Place, Weight};
pub use platform::Settings;
pub use secret::{Secret, SecretSource};
pub use tenant::TenantFile;
