//! Digests: ids that follow from what they name, and keys of things without one.

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// SHA-256 over the parts, each with its length before it, so that parts cannot run into each other.
fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// An id that the same parts always give. Marked as a custom UUID (version 8, RFC 9562).
pub(crate) fn id(parts: &[&[u8]]) -> Uuid {
    let hash = digest(parts);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// 64 hex digits.
pub(crate) fn hex(parts: &[&[u8]]) -> String {
    to_hex(&digest(parts))
}

/// Lower-case hex.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// SHA-256 of bytes as they are, lower-case hex.
pub(crate) fn of_bytes(bytes: &[u8]) -> String {
    to_hex(&Sha256::digest(bytes))
}

/// The SHA-256 by which a session or token is stored: of the 32 secret bytes written as hex.
pub(crate) fn of_secret(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// A number from 0 to `below` - 1 that the parts decide: jitter that can be computed again.
pub(crate) fn number(parts: &[&[u8]], below: u64) -> u64 {
    let hash = digest(parts);
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash[..8]);
    if below == 0 { 0 } else { u64::from_be_bytes(bytes) % below }
}
