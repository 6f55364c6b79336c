//! Ed25519 keys as text: `ed25519:BASE64` is public, `ed25519-secret:BASE64` (the seed) is not.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

const PUBLIC: &str = "ed25519:";
const SECRET: &str = "ed25519-secret:";

/// Why a text is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a key: expected {expected} and 32 bytes in base64")]
pub struct KeyError {
    expected: &'static str,
}

/// The key that everybody may know.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PublicKey([u8; 32]);

/// The key that only the publisher has. Its text is written to the key file and nowhere else.
pub struct SecretKey {
    seed: [u8; 32],
    pair: Ed25519KeyPair,
}

impl SecretKey {
    /// A new one. `None` if the system has no randomness.
    #[must_use]
    pub fn generate() -> Option<Self> {
        let mut seed = [0; 32];
        SystemRandom::new().fill(&mut seed).ok()?;
        Self::from_seed(seed)
    }

    fn from_seed(seed: [u8; 32]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).ok()?;
        Some(Self { seed, pair })
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        let mut key = [0; 32];
        key.copy_from_slice(self.pair.public_key().as_ref());
        PublicKey(key)
    }

    /// The key file's text.
    #[must_use]
    pub fn to_file(&self) -> String {
        format!("{SECRET}{}\n", STANDARD.encode(self.seed))
    }

    /// Signs.
    #[must_use]
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

impl PublicKey {
    /// Whether the signature is this key's over the message.
    #[must_use]
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0).verify(message, signature).is_ok()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey of {}", self.public())
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PUBLIC}{}", STANDARD.encode(self.0))
    }
}

fn bytes(text: &str, prefix: &'static str) -> Result<[u8; 32], KeyError> {
    let decoded = text.trim().strip_prefix(prefix).and_then(|rest| STANDARD.decode(rest).ok());
    decoded.and_then(|bytes| bytes.try_into().ok()).ok_or(KeyError { expected: prefix })
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        bytes(text, PUBLIC).map(Self)
    }
}

impl FromStr for SecretKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Self::from_seed(bytes(text, SECRET)?).ok_or(KeyError { expected: SECRET })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_vector_of_rfc_8032() {
        let seed = "ed25519-secret:nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
        let key: SecretKey = seed.parse().unwrap();
        assert_eq!(
            key.public().to_string(),
            "ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
        );
        let signature = key.sign(b"");
        assert_eq!(signature[..4], [0xe5, 0x56, 0x43, 0x00]);
        assert!(key.public().verifies(b"", &signature));
        assert!(!key.public().verifies(b"x", &signature));
        assert_eq!(key.to_file().trim(), seed);
    }

    #[test]
    fn a_secret_is_not_shown_and_nothing_else_is_a_key() {
        let key = SecretKey::generate().unwrap();
        assert!(!format!("{key:?}").contains(key.to_file().trim().split_once(':').unwrap().1));
        assert_eq!(key.public().to_string().parse(), Ok(key.public()));
        for wrong in
            ["", "ed25519:", "ed25519:AAAA", "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="]
        {
            assert!(wrong.parse::<PublicKey>().is_err(), "{wrong}");
        }
        assert!(key.public().to_string().parse::<SecretKey>().is_err());
    }
}
