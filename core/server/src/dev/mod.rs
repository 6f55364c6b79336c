//! `kerros plugin dev`: a Kerros of its own around one plugin, which is built and swapped as its files change, and a page to
//! call it by hand.
//!
//! Everything lives in a folder that goes with the process, listens on this machine's own address only, and reaches nobody:
//! a [`provider`] answers in the world's place. [`workshop`] builds and watches, [`scene`] writes the config, [`stage`] is the
//! running Kerros, [`page`] serves what people see.

pub mod hand;
pub mod page;
pub mod provider;
pub mod scene;
pub mod stage;
pub mod workshop;

/// The only tenant.
pub const TENANT: &str = "dev";
