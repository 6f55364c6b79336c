//! What only this process knows: the time, secrets, signals, and its share of the ports.

pub mod born;
pub mod clock;
pub mod configured;
pub mod demo;
pub mod keyring;
pub mod measured;
pub mod meter;
pub mod plugins;
pub mod post;
pub mod scrape;
pub mod signals;
