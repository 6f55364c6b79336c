//! The host with real WebAssembly: good guests, hostile guests, and what its callers see.

mod breaker;
mod budget;
mod guests;
mod imports;
mod loading;
mod ports;
