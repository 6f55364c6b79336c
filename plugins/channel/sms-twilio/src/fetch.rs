//! A customer's picture: Twilio's address leads on to where it lies. The host follows, and leaves the token behind.

use kerros_plugin::channel::{Fetch, Request};

use crate::Config;

/// What to do next.
pub fn step(config: &Config, reference: &str) -> Fetch {
    // Nothing but an address at Twilio, which needs no more characters than these.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/.:-_?=&".contains(&byte);
    let short = reference.len() <= 1000;
    if short && reference.starts_with(&format!("{}/", config.api)) && reference.bytes().all(plain) {
        Fetch::Download(config.signed(Request::get(reference)))
    } else {
        Fetch::Gone("no address of a file at Twilio".into())
    }
}
