//! What ops see: structured logs and the Prometheus registry.
//!
//! A leaf: knows no other crate of Kerros. Every metric is one variant of [`name::Name`], with its
//! help, kind and labels beside it; the documentation table and the registry are both made from it.
//!
//! Start in [`name`], then [`metrics`].

pub mod buckets;
pub mod log;
pub mod metrics;
pub mod name;
pub mod tenants;
