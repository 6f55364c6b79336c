//! Bytes in JSON: text as text, because that is what people read in a job; anything else in base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Octets {
    Text(String),
    Base64 {
        base64: String,
    },
    /// As jobs of the first landing had them.
    Numbers(Vec<u8>),
}

pub(crate) fn serialize<S: Serializer>(bytes: &[u8], s: S) -> Result<S::Ok, S::Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => s.serialize_str(text),
        Err(_) => Octets::Base64 { base64: STANDARD.encode(bytes) }.serialize(s),
    }
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<u8>, D::Error> {
    Ok(match Octets::deserialize(d)? {
        Octets::Text(text) => text.into_bytes(),
        Octets::Base64 { base64 } => STANDARD.decode(base64).map_err(serde::de::Error::custom)?,
        Octets::Numbers(bytes) => bytes,
    })
}
