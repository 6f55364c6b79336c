//! Keys as an operator makes them, and what a receiver does with a signature (RFC 6376, RFC 8463): written by the
//! RFCs, apart from the code that signs.

use std::collections::BTreeMap;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use sha2::{Digest as _, Sha256};

/// A key pair by OpenSSL.
pub struct Pair {
    /// The private key, PEM.
    pub private: Vec<u8>,
    /// The public key: PKCS #1, or 32 bytes.
    pub public: Vec<u8>,
    /// What the signature says it is made with.
    pub algorithm: &'static str,
}

fn openssl(arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("openssl").args(arguments).output().unwrap();
    assert!(output.status.success(), "openssl {arguments:?}");
    output.stdout
}

impl Pair {
    /// RSA of 2048 bits; `old` writes it as PKCS #1.
    pub fn rsa(folder: &std::path::Path, old: bool) -> Self {
        let path = folder.join(if old { "old.pem" } else { "rsa.pem" });
        let file = path.to_str().unwrap();
        openssl(&[
            "genpkey",
            "-algorithm",
            "RSA",
            "-pkeyopt",
            "rsa_keygen_bits:2048",
            "-out",
            file,
        ]);
        let private = match old {
            true => openssl(&["rsa", "-in", file, "-traditional"]),
            false => std::fs::read(&path).unwrap(),
        };
        let public = openssl(&["rsa", "-in", file, "-RSAPublicKey_out", "-outform", "DER"]);
        Self { private, public, algorithm: "rsa-sha256" }
    }

    /// Ed25519.
    pub fn ed25519(folder: &std::path::Path) -> Self {
        let path = folder.join("ed25519.pem");
        let file = path.to_str().unwrap();
        openssl(&["genpkey", "-algorithm", "ed25519", "-out", file]);
        let der = openssl(&["pkey", "-in", file, "-pubout", "-outform", "DER"]);
        let public = der[der.len() - 32..].to_vec();
        Self { private: std::fs::read(&path).unwrap(), public, algorithm: "ed25519-sha256" }
    }

    /// Checks a mail's signature as a receiver does; its tags, or what is wrong.
    pub fn check(&self, mail: &[u8]) -> Result<BTreeMap<String, String>, &'static str> {
        let text = String::from_utf8_lossy(mail).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").ok_or("no body")?;
        let fields = fields(head);
        let own = fields.iter().find(|(name, _)| name == "dkim-signature").ok_or("not signed")?;
        let tags: BTreeMap<String, String> = own
            .1
            .split(';')
            .filter_map(|tag| tag.split_once('='))
            .map(|(name, value)| {
                (name.trim().to_owned(), value.split_whitespace().collect::<String>())
            })
            .collect();
        let tag = |name: &str| tags.get(name).map(String::as_str).unwrap_or_default();
        if (tag("v"), tag("a"), tag("c")) != ("1", self.algorithm, "relaxed/relaxed") {
            return Err("another kind of signature");
        }
        if STANDARD.encode(Sha256::digest(relaxed_body(body))) != tag("bh") {
            return Err("the body is another one");
        }
        let mut signed = String::new();
        // From the last of a name upwards; a name that is not there (any more) signs its absence.
        let mut left = fields.clone();
        for name in tag("h").split(':') {
            if let Some(at) = left.iter().rposition(|(found, _)| found.eq_ignore_ascii_case(name)) {
                let (name, value) = left.remove(at);
                signed += &format!("{name}:{}\r\n", relaxed(&value));
            }
        }
        // Its own field without the signature, which stands last; base64 holds no semicolon.
        let last = own.1.rfind(';').ok_or("no signature")?;
        let end = last + own.1[last..].find("b=").ok_or("no signature")? + 2;
        signed += &format!("dkim-signature:{}", relaxed(&own.1[..end]));
        let signature = STANDARD.decode(tag("b")).map_err(|_| "not base64")?;
        let done = match self.algorithm {
            "rsa-sha256" => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.public)
                .verify(signed.as_bytes(), &signature),
            _ => UnparsedPublicKey::new(&ED25519, &self.public)
                .verify(&Sha256::digest(signed), &signature),
        };
        done.map(|()| tags.clone()).map_err(|_| "the head is another one")
    }
}

/// Fields from top to bottom, names in small letters.
fn fields(head: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in head.split("\r\n") {
        match (line.starts_with([' ', '\t']), line.split_once(':'), fields.last_mut()) {
            (true, _, Some((_, value))) => *value += &format!("\r\n{line}"),
            (_, Some((name, value)), _) => {
                fields.push((name.trim().to_lowercase(), value.to_owned()));
            }
            _ => {}
        }
    }
    fields
}

/// RFC 6376, 3.4.2.
fn relaxed(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// RFC 6376, 3.4.4.
fn relaxed_body(body: &str) -> String {
    let mut lines: Vec<String> = body
        .split("\r\n")
        .map(|line| {
            let begins = if line.starts_with([' ', '\t']) { " " } else { "" };
            let words = line.split([' ', '\t']).filter(|word| !word.is_empty());
            let words = words.collect::<Vec<_>>().join(" ");
            if words.is_empty() { String::new() } else { format!("{begins}{words}") }
        })
        .collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines.iter().map(|line| format!("{line}\r\n")).collect()
}
