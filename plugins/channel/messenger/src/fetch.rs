//! A customer's file lies at the address that came with the message; it needs no token.

use kerros_plugin::channel::{Fetch, Request};

pub fn step(reference: &str) -> Fetch {
    match Request::follow(reference) {
        Some(request) => Fetch::Download(request),
        None => Fetch::Gone("no address of a file".into()),
    }
}
