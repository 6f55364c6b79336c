//! What a guest may ask of the host, one file per interface.

mod asset;
mod facts;
mod http;
mod kv;
mod log;
mod search;
mod secret_mac;
