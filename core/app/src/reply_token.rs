//! Reply tokens: an address that carries one brings the answer back to its conversation.
//!
//! A token is 45 letters and digits: base32 (RFC 4648 section 6, lower case, no padding) of the
//! conversation's 16 bytes and the first 12 bytes of an HMAC-SHA256 over tenant and conversation. The key
//! belongs to the installation and is kept in its database, so that all nodes and a restored backup
//! know the tokens that are out. Case does not matter: mail servers change it.

use hmac::{Hmac, Mac};
use kerros_domain::id::{ConversationId, TenantId};
use sha2::Sha256;

use crate::ctx::Ctx;
use crate::ports::store::StoreError;

/// Bytes of the signature: 96 bits.
const MAC: usize = 12;
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Signs and checks reply tokens.
#[derive(Clone)]
pub(crate) struct Signer([u8; 32]);

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer")
    }
}

impl Signer {
    fn mac(&self, tenant: &TenantId, conversation: ConversationId) -> Option<Hmac<Sha256>> {
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&self.0).ok()?;
        mac.update(b"reply");
        mac.update(&(tenant.as_str().len() as u64).to_be_bytes());
        mac.update(tenant.as_str().as_bytes());
        mac.update(conversation.0.as_bytes());
        Some(mac)
    }

    /// The token of a conversation.
    pub fn sign(&self, tenant: &TenantId, conversation: ConversationId) -> String {
        let Some(mac) = self.mac(tenant, conversation) else { return String::new() };
        let mut bytes = conversation.0.as_bytes().to_vec();
        bytes.extend_from_slice(&mac.finalize().into_bytes()[..MAC]);
        encode(&bytes)
    }

    /// The conversation that a token names, if its signature is right. Compared in constant time.
    pub fn check(&self, tenant: &TenantId, token: &str) -> Option<ConversationId> {
        let bytes = decode(token)?;
        let (id, signature) = bytes.split_at_checked(16)?;
        if signature.len() != MAC {
            return None;
        }
        let conversation = ConversationId(uuid::Uuid::from_slice(id).ok()?);
        let mac = self.mac(tenant, conversation)?;
        mac.verify_truncated_left(signature).is_ok().then_some(conversation)
    }
}

/// This installation's signer, read once and then remembered.
pub(crate) async fn signer(ctx: &Ctx) -> Result<Signer, StoreError> {
    let key = ctx
        .reply_key
        .get_or_try_init(|| ctx.store.keep_secret("reply-token", ctx.ids.secret()))
        .await?;
    Ok(Signer(*key))
}

fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut held, mut bits) = (0_u32, 0);
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(ALPHABET[(held >> bits) as usize & 31]));
        }
    }
    if bits > 0 {
        text.push(char::from(ALPHABET[(held << (5 - bits)) as usize & 31]));
    }
    text
}

/// `None` for other letters, and for bits left over that are not zero: a token has one form only.
fn decode(text: &str) -> Option<Vec<u8>> {
    if text.len() > 64 {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
    let (mut held, mut bits) = (0_u32, 0);
    for c in text.bytes() {
        let c = c.to_ascii_lowercase();
        let value = ALPHABET.iter().position(|known| *known == c)?;
        held = ((held << 5) | u32::try_from(value).ok()?) & 0xffff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
        }
    }
    (held & ((1 << bits) - 1) == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn signer(n: u8) -> Signer {
        Signer([n; 32])
    }

    #[test]
    fn base32_is_that_of_rfc_4648() {
        for (bytes, text) in [
            ("", ""),
            ("f", "my"),
            ("fo", "mzxq"),
            ("foo", "mzxw6"),
            ("foob", "mzxw6yq"),
            ("foobar", "mzxw6ytboi"),
        ] {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text).unwrap(), bytes.as_bytes());
        }
        assert_eq!(decode("mz"), None, "bits left over");
        assert_eq!(decode("m1"), None, "no such letter");
    }

    proptest! {
        #[test]
        fn a_token_comes_back_in_any_case_and_nowhere_else(id: u128, upper: bool, at in 0..45_usize, other in 0..32_usize) {
            let (tenant, stranger) = (TenantId::from("aurinko"), TenantId::from("vuori"));
            let conversation = ConversationId(Uuid::from_u128(id));
            let token = signer(1).sign(&tenant, conversation);
            prop_assert_eq!(token.len(), 45);
            let shown = if upper { token.to_uppercase() } else { token.clone() };
            prop_assert_eq!(signer(1).check(&tenant, &shown), Some(conversation));
            prop_assert_eq!(signer(1).check(&stranger, &token), None);
            prop_assert_eq!(signer(2).check(&tenant, &token), None);
            let mut forged = token.clone().into_bytes();
            forged[at] = ALPHABET[other];
            let forged = String::from_utf8(forged).unwrap();
            prop_assert_eq!(signer(1).check(&tenant, &forged).is_some(), forged == token);
        }

        #[test]
        fn any_text_is_only_refused(text: String) {
            prop_assert_eq!(signer(1).check(&TenantId::from("aurinko"), &text), None);
        }
    }
}
