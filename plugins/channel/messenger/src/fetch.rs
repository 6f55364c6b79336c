//! A customer's file lies at the address that came with the message; it needs no token.

use kerros_plugin::channel::{Fetch, Request};

pub fn step(reference: &str) -> Fetch {
    if reference.starts_with("https://") || reference.starts_with("http://") {
        Fetch::Download(Request::get(reference))
    } else {
        Fetch::Gone("no address of a file".into())
    }
}
