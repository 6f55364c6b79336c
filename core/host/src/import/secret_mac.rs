//! `kerros:channel/secret-mac`: checks of signatures and tokens. The secret stays here.

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::kind::channel::wit::secret_mac;
use crate::state::CallState;

impl CallState {
    /// A secret that this use was granted. An unknown one looks to the guest like a wrong signature; the operator
    /// reads why.
    fn secret(&self, name: &str) -> Option<Vec<u8>> {
        if !self.grants.secrets.contains_key(name) {
            self.no_secret(name, "not granted to this use");
            return None;
        }
        let secret = self.ports.secrets.get(&self.tenant, name).filter(|bytes| !bytes.is_empty());
        if secret.is_none() {
            self.no_secret(name, "not set");
        }
        secret
    }

    fn no_secret(&self, name: &str, why: &str) {
        let name: String = name.chars().take(64).collect();
        tracing::warn!(
            tenant = self.tenant.as_str(), plugin = self.plugin.as_str(), r#use = %self.name,
            trace = %self.trace, secret = ?name, "a check failed: the secret is {why}"
        );
    }
}

impl secret_mac::Host for CallState {
    fn verify(
        &mut self,
        secret_name: String,
        algorithm: String,
        message: Vec<u8>,
        signature: Vec<u8>,
    ) -> wasmtime::Result<bool> {
        if algorithm != "hmac-sha256" {
            return Ok(false);
        }
        let Some(secret) = self.secret(&secret_name) else { return Ok(false) };
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&secret) else { return Ok(false) };
        mac.update(&message);
        // Compares in constant time.
        Ok(mac.verify_slice(&signature).is_ok())
    }

    fn equals(&mut self, secret_name: String, text: String) -> wasmtime::Result<bool> {
        let Some(secret) = self.secret(&secret_name) else { return Ok(false) };
        // Digests, so that not even the length shows in the time.
        let (ours, theirs) = (Sha256::digest(&secret), Sha256::digest(text.as_bytes()));
        Ok(ours.ct_eq(&theirs).into())
    }
}
