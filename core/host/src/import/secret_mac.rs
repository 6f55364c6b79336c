//! `kerros:channel/secret-mac`: checks of signatures and tokens. The secret stays here.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::kind::channel::wit::secret_mac;
use crate::state::CallState;
use crate::tape::HostCall;

/// HMAC-SHA256 whose key is handed out in base64.
const KEY_IN_BASE64: &str = "hmac-sha256-base64";

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

impl CallState {
    /// Answers from the script of a replay, if there is one; takes the answer down.
    fn answered(&self, name: &str, check: &str, bytes: usize, ask: impl FnOnce() -> bool) -> bool {
        let played = self.tape.as_ref().and_then(|tape| tape.play_secret(name, check));
        let answer = played.unwrap_or_else(ask);
        if let Some(tape) = &self.tape {
            let (secret, check) = (name.to_owned(), check.to_owned());
            tape.take(HostCall::Secret { secret, check, bytes, answer });
        }
        answer
    }

    fn verified(&self, name: &str, algorithm: &str, message: &[u8], signature: &[u8]) -> bool {
        let verify = match algorithm {
            "hmac-sha256" | KEY_IN_BASE64 => signs::<Hmac<Sha256>>,
            "hmac-sha1" => signs::<Hmac<Sha1>>,
            _ => return false,
        };
        let Some(mut secret) = self.secret(name) else { return false };
        if algorithm == KEY_IN_BASE64 {
            let Ok(key) = STANDARD.decode(secret.trim_ascii()) else {
                self.no_secret(name, "not base64");
                return false;
            };
            secret = key;
        }
        !secret.is_empty() && verify(&secret, message, signature)
    }

    fn equal(&self, name: &str, text: &str) -> bool {
        let Some(secret) = self.secret(name) else { return false };
        // Digests, so that not even the length shows in the time.
        let (ours, theirs) = (Sha256::digest(&secret), Sha256::digest(text.as_bytes()));
        ours.ct_eq(&theirs).into()
    }
}

/// Whether the signature is the message's, compared in constant time.
fn signs<M: Mac + KeyInit>(secret: &[u8], message: &[u8], signature: &[u8]) -> bool {
    // A key of any length makes an HMAC.
    let Ok(mut mac) = <M as Mac>::new_from_slice(secret) else { return false };
    mac.update(message);
    mac.verify_slice(signature).is_ok()
}

impl secret_mac::Host for CallState {
    fn verify(
        &mut self,
        secret_name: String,
        algorithm: String,
        message: Vec<u8>,
        signature: Vec<u8>,
    ) -> wasmtime::Result<bool> {
        Ok(self.answered(&secret_name, &algorithm, message.len(), || {
            self.verified(&secret_name, &algorithm, &message, &signature)
        }))
    }

    fn equals(&mut self, secret_name: String, text: String) -> wasmtime::Result<bool> {
        Ok(self.answered(&secret_name, "equals", text.len(), || self.equal(&secret_name, &text)))
    }
}
