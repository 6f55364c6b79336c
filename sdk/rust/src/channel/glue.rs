//! Between the generated types and the author's.

mod inward;
mod outward;

use super::bindings::exports::kerros::channel::plugin as wire_plugin;
use super::bindings::kerros::channel::{secret_mac, types as wire};
use super::{Channel, Secrets, bindings};

crate::error::error_both_ways!(bindings::kerros::base::types);

struct Host;

impl Secrets for Host {
    fn verify_hmac_sha256(&self, name: &str, message: &[u8], signature: &[u8]) -> bool {
        secret_mac::verify(name, "hmac-sha256", message, signature)
    }

    fn verify_hmac_sha1(&self, name: &str, message: &[u8], signature: &[u8]) -> bool {
        secret_mac::verify(name, "hmac-sha1", message, signature)
    }

    fn verify_hmac_sha256_base64(&self, name: &str, message: &[u8], signature: &[u8]) -> bool {
        secret_mac::verify(name, "hmac-sha256-base64", message, signature)
    }

    fn equals(&self, name: &str, text: &str) -> bool {
        secret_mac::equals(name, text)
    }
}

#[doc(hidden)]
pub fn receive<T: Channel>(
    config: String,
    raw: wire::Raw,
) -> Result<wire_plugin::Receipt, wire_plugin::Error> {
    let config = crate::config(&config)?;
    Ok(T::receive(&config, &raw.into(), &Host)?.into())
}

#[doc(hidden)]
pub fn send<T: Channel>(
    config: String,
    message: wire::Outgoing,
    so_far: Vec<wire::Response>,
) -> Result<wire_plugin::Step, wire_plugin::Error> {
    let config = crate::config(&config)?;
    Ok(T::send(&config, &message.into(), &outward::answers(so_far))?.into())
}

#[doc(hidden)]
pub fn fetch<T: Channel>(
    config: String,
    reference: String,
    so_far: Vec<wire::Response>,
) -> Result<wire_plugin::FetchStep, wire_plugin::Error> {
    let config = crate::config(&config)?;
    Ok(T::fetch(&config, &reference, &outward::answers(so_far))?.into())
}
