//! Signs mails (DKIM, RFC 6376, relaxed/relaxed; Ed25519 by RFC 8463).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use sha2::{Digest, Sha256};

/// A key to sign with.
pub enum Key {
    /// RSA, 2048 bits or more.
    Rsa(RsaKeyPair),
    /// Ed25519.
    Ed25519(Ed25519KeyPair),
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(***)")
    }
}

impl Key {
    /// Reads a private key: PEM, PKCS #8 or PKCS #1.
    ///
    /// # Errors
    /// A sentence without the key.
    pub fn read(pem: &[u8]) -> Result<Self, String> {
        let fault = || {
            "the DKIM key is no RSA key of 2048 to 4096 bits or Ed25519 key in PEM (openssl genpkey)".to_owned()
        };
        match PrivateKeyDer::from_pem_slice(pem).map_err(|_| fault())? {
            PrivateKeyDer::Pkcs1(der) => {
                RsaKeyPair::from_der(der.secret_pkcs1_der()).map(Self::Rsa)
            }
            PrivateKeyDer::Pkcs8(der) => {
                let der = der.secret_pkcs8_der();
                RsaKeyPair::from_pkcs8(der)
                    .map(Self::Rsa)
                    .or_else(|_| Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map(Self::Ed25519))
            }
            _ => return Err(fault()),
        }
        .map_err(|_| fault())
    }

    const fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "rsa-sha256",
            Self::Ed25519(_) => "ed25519-sha256",
        }
    }

    fn sign(&self, text: &[u8]) -> Result<Vec<u8>, String> {
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                let random = ring::rand::SystemRandom::new();
                key.sign(&RSA_PKCS1_SHA256, &random, text, &mut signature)
                    .map_err(|_| "the DKIM key does not sign".to_owned())?;
                Ok(signature)
            }
            // RFC 8463, 3: the digest is what is signed.
            Self::Ed25519(key) => Ok(key.sign(&Sha256::digest(text)).as_ref().to_vec()),
        }
    }
}

/// Fields that are signed if they are there; the first six once more than they are there, so that nobody adds one.
const SIGNED: [&str; 13] = [
    "from",
    "to",
    "cc",
    "subject",
    "date",
    "reply-to",
    "message-id",
    "in-reply-to",
    "references",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "auto-submitted",
];
const SEALED: usize = 6;

/// The digest of a body in the relaxed form (3.4.4), piece by piece.
#[derive(Debug, Default)]
pub struct BodyHash {
    digest: Sha256,
    /// Spaces, line ends and a lone return that count only if something follows.
    space: bool,
    lines: u64,
    any: bool,
    out: Vec<u8>,
}

impl BodyHash {
    /// Takes some of the body; lines end with CRLF.
    pub fn push(&mut self, bytes: &[u8]) {
        self.out.clear();
        for &byte in bytes {
            match byte {
                b'\r' => {}
                b'\n' => {
                    self.space = false;
                    self.lines += 1;
                }
                b' ' | b'\t' => self.space = true,
                _ => {
                    for _ in 0..std::mem::take(&mut self.lines) {
                        self.out.extend_from_slice(b"\r\n");
                    }
                    if std::mem::take(&mut self.space) {
                        self.out.push(b' ');
                    }
                    self.out.push(byte);
                    self.any = true;
                }
            }
        }
        self.digest.update(&self.out);
    }

    /// The digest in base64. A body that is not empty ends with one line end.
    #[must_use]
    pub fn finish(mut self) -> String {
        if self.any {
            self.digest.update(b"\r\n");
        }
        STANDARD.encode(self.digest.finalize())
    }
}

/// The fields of a header, each with its name in small letters and its value as written.
fn fields(head: &str) -> Vec<(String, &str)> {
    let mut fields: Vec<(String, &str)> = Vec::new();
    let mut rest = head;
    while !rest.is_empty() {
        let mut end = 0;
        loop {
            end += rest[end..].find("\r\n").map_or(rest.len() - end, |at| at + 2);
            if !rest[end..].starts_with([' ', '\t']) {
                break;
            }
        }
        let (field, left) = rest.split_at(end);
        rest = left;
        if let Some((name, value)) = field.split_once(':') {
            fields.push((name.trim().to_ascii_lowercase(), value));
        }
    }
    fields
}

/// A field's value in the relaxed form (3.4.2).
fn relaxed(value: &str) -> String {
    let unfolded = value.replace("\r\n", "");
    unfolded.split([' ', '\t']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// What is signed: the named fields, the last of a name first, then the signature's own without its value.
fn signed_text(head: &str, names: &[&str], own: &str) -> String {
    let mut left = fields(head);
    let mut text = String::new();
    for name in names {
        if let Some(at) = left.iter().rposition(|(found, _)| found == name) {
            let (name, value) = left.remove(at);
            text.push_str(&format!("{name}:{}\r\n", relaxed(value)));
        }
    }
    text.push_str(&format!("dkim-signature:{}", relaxed(own)));
    text
}

/// The DKIM-Signature field for a header, with its line end.
///
/// # Errors
/// A sentence: the key does not sign.
pub fn signature(
    key: &Key,
    domain: &str,
    selector: &str,
    seconds: i64,
    head: &str,
    body_hash: &str,
) -> Result<String, String> {
    let there = fields(head);
    let mut names: Vec<&str> = Vec::new();
    for (n, name) in SIGNED.iter().enumerate() {
        let times = there.iter().filter(|(found, _)| found == name).count();
        names.extend(std::iter::repeat_n(*name, times + usize::from(n < SEALED)));
    }
    let own = format!(
        " v=1; a={}; c=relaxed/relaxed;\r\n d={domain};\r\n s={selector}; t={seconds};\r\n h={};\r\n bh={body_hash};\r\n b=",
        key.algorithm(),
        folded(&names.join(":"), ':'),
    );
    let signature = STANDARD.encode(key.sign(signed_text(head, &names, &own).as_bytes())?);
    Ok(format!("DKIM-Signature:{own}{}\r\n", wrapped(&signature)))
}

/// Breaks a list after its separators, so that no line is long.
fn folded(list: &str, separator: char) -> String {
    let mut text = String::new();
    let mut line = 0;
    for part in list.split_inclusive(separator) {
        if line + part.len() > 70 {
            text.push_str("\r\n  ");
            line = 2;
        }
        text.push_str(part);
        line += part.len();
    }
    text
}

/// Breaks a signature into lines; spaces in it do not count.
fn wrapped(text: &str) -> String {
    let lines: Vec<&str> =
        (0..text.len()).step_by(70).map(|at| &text[at..text.len().min(at + 70)]).collect();
    lines.join("\r\n  ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::KeyPair as _;

    // RFC 8463, appendix A.
    const HEAD: &str = "From: Joe SixPack <joe@football.example.com>\r\nTo: Suzie Q <suzie@shopping.example.net>\r\nSubject: Is dinner ready?\r\nDate: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\nMessage-ID: <20030712040037.46341.5F8J@football.example.com>\r\n";
    const BODY: &str = "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";
    const OWN: &str = " v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n subject : date : message-id : from : subject : date;\r\n bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b=";
    const SIGNATURE: &str =
        "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==";
    const NAMES: [&str; 8] =
        ["from", "to", "subject", "date", "message-id", "from", "subject", "date"];
    const SEED: &str = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";

    fn hash(pieces: &[&str]) -> String {
        let mut hash = BodyHash::default();
        pieces.iter().for_each(|piece| hash.push(piece.as_bytes()));
        hash.finish()
    }

    #[test]
    fn the_signature_of_the_rfc_comes_out() {
        assert_eq!(hash(&[BODY]), "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=");
        let seed = STANDARD.decode(SEED).unwrap();
        let key = Key::Ed25519(Ed25519KeyPair::from_seed_unchecked(&seed).unwrap());
        let signed = key.sign(signed_text(HEAD, &NAMES, OWN).as_bytes()).unwrap();
        assert_eq!(STANDARD.encode(signed), SIGNATURE);
    }

    #[test]
    fn bodies_are_relaxed() {
        let wanted = hash(&["a b\r\n\r\nc\r\n"]);
        for same in [
            ["a \t b  \r\n", "\r\nc\r\n\r\n\r\n"],
            ["a b\r\n\r", "\nc"],
            ["a b \r\n \r\nc ", " \r\n"],
        ] {
            assert_eq!(hash(&same), wanted, "{same:?}");
        }
        assert_ne!(hash(&[" a b\r\n\r\nc\r\n"]), wanted);
        // RFC 6376, 3.4.4: the digest of an empty body.
        assert_eq!(hash(&["\r\n\r\n"]), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }

    #[test]
    fn what_is_signed_verifies() {
        let key = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let public = key.public_key().as_ref().to_vec();
        let field =
            signature(&Key::Ed25519(key), "football.example.com", "s1", 17, HEAD, "x=").unwrap();
        assert!(field.split("\r\n").all(|line| line.len() <= 78), "{field}");
        let (own, signed) = field.trim_end().split_once("\r\n b=").unwrap();
        let own = format!("{}\r\n b=", own.strip_prefix("DKIM-Signature:").unwrap());
        let listed =
            relaxed(own.split("h=").nth(1).unwrap().split(';').next().unwrap()).replace(' ', "");
        let names: Vec<&str> = listed.split(':').collect();
        assert_eq!(names.iter().filter(|name| **name == "from").count(), 2, "nobody may add one");
        let digest = Sha256::digest(signed_text(HEAD, &names, &own));
        let signed = STANDARD.decode(signed.replace("\r\n  ", "")).unwrap();
        let verify = ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, public);
        verify.verify(&digest, &signed).unwrap();
    }

    #[test]
    fn a_key_is_told_apart_from_rubbish() {
        assert!(Key::read(b"nothing").is_err());
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new()).unwrap();
        let text = STANDARD.encode(pkcs8.as_ref());
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n");
        assert!(matches!(Key::read(pem.as_bytes()), Ok(Key::Ed25519(_))));
    }
}
