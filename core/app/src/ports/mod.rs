//! What the use cases need from outside, as small traits. Kind K of plugin has its port in the file K.

pub mod bot;
pub mod bus;
pub mod channel;
pub mod clock;
pub mod costs;
pub mod files;
pub mod kv;
pub mod mail;
pub mod meter;
mod octets;
pub mod outbound;
pub mod plugin;
pub mod report;
pub mod search;
pub mod secrets;
pub mod sla;
pub mod store;
pub mod tagger;
pub mod tenants;
