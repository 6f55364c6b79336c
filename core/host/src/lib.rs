//! Runs plugins: WebAssembly components of five kinds, each call in a fresh instance, inside a time budget, with
//! nothing but the interfaces of its kind.
//!
//! It is not a policy: which plugin serves which tenant, and what it is granted, comes with each call in
//! [`PluginUse`](kerros_app::tenant::PluginUse). It does no network: requests go through the
//! [`Outbound`](kerros_app::ports::outbound::Outbound) port.
//!
//! Start reading at [`Host`] (`host.rs`), then `call.rs` (the one road of every call) and one file of `kind/`.

mod admission;
mod asset;
mod base;
mod breaker;
mod cache;
mod call;
mod contract;
mod ended;
mod engine;
mod engines;
mod faults;
mod host;
mod import;
mod kind;
mod limits;
mod manifest;
mod plugin;
mod registry;
mod schema;
mod spent;
mod state;
mod tape;
mod warm;
mod wasi;
mod wasm;

pub use breaker::BreakerPolicy;
pub use faults::FaultRecord;
pub use host::{CallFigures, Host, HostOptions, HostPorts, StartError};
pub use kind::Kind;
pub use limits::{LaneLimits, Limits, WarmLimits};
pub use manifest::Manifest;
pub use plugin::{LoadError, Loaded};
pub use schema::ConfigFault;
pub use tape::{HostCall, Script, Tape};
pub use wasm::{Inspection, inspect};
