//! Whether a hook is Meta's.

use kerros_plugin::channel::{HookReply, Raw, Receipt, Secrets};
use kerros_plugin::encoding;

/// The names of the secrets that prove a hook.
#[derive(Debug, Clone, Copy)]
pub struct Proof<'a> {
    /// The app's secret: signs every notification.
    pub app_secret: &'a str,
    /// The word that was typed in when the hook was registered.
    pub verify_token: &'a str,
}

/// `Ok` for a genuine notification; else what to answer: the handshake's challenge, or a refusal.
///
/// # Errors
/// The receipt to give back instead of reading the body.
pub fn genuine(proof: Proof<'_>, raw: &Raw, secrets: &impl Secrets) -> Result<(), Receipt> {
    if raw.kind != "hook" {
        return Err(Receipt::Malformed("Meta calls a hook".into()));
    }
    match raw.method.as_str() {
        "GET" => Err(handshake(proof, raw, secrets)),
        "POST" => {
            signed(proof, raw, secrets).map_err(|reason| Receipt::Unauthorized(reason.into()))
        }
        _ => Err(Receipt::Malformed("Meta calls by GET and POST".into())),
    }
}

fn signed(proof: Proof<'_>, raw: &Raw, secrets: &impl Secrets) -> Result<(), &'static str> {
    let header = raw.header("x-hub-signature-256").ok_or("X-Hub-Signature-256 is missing")?;
    let hex = header.strip_prefix("sha256=").ok_or("X-Hub-Signature-256 has another form")?;
    let signature = encoding::hex(hex).ok_or("X-Hub-Signature-256 has another form")?;
    if secrets.verify_hmac_sha256(proof.app_secret, &raw.body, &signature) {
        Ok(())
    } else {
        Err("X-Hub-Signature-256 is wrong")
    }
}

/// Meta registers a hook by asking for a challenge back, with the word both sides know.
fn handshake(proof: Proof<'_>, raw: &Raw, secrets: &impl Secrets) -> Receipt {
    let query = encoding::form(raw.query.as_bytes());
    let value = |name| encoding::value(&query, name).unwrap_or_default();
    if value("hub.mode") != "subscribe"
        || !secrets.equals(proof.verify_token, value("hub.verify_token"))
    {
        return Receipt::Unauthorized("hub.verify_token is missing or wrong".into());
    }
    // Only what Meta sends is echoed: a number.
    let challenge = value("hub.challenge");
    if challenge.is_empty()
        || challenge.len() > 64
        || !challenge.bytes().all(|byte| byte.is_ascii_alphanumeric())
    {
        return Receipt::Malformed("hub.challenge is not a number".into());
    }
    let body = challenge.to_owned();
    let reply = HookReply { status: 200, content_type: "text/plain".into(), body };
    Receipt::Accepted { events: Vec::new(), key: None, reply: Some(reply) }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Known;

    impl Secrets for Known {
        fn verify_hmac_sha256(&self, name: &str, message: &[u8], signature: &[u8]) -> bool {
            name == "app" && message == b"{}" && signature == [1, 2]
        }
        fn equals(&self, name: &str, text: &str) -> bool {
            (name, text) == ("word", "sesame")
        }
    }

    fn ask(method: &str, query: &str, signature: Option<&str>) -> Result<(), Receipt> {
        let raw = Raw {
            kind: "hook".into(),
            method: method.into(),
            query: query.into(),
            headers: signature
                .map(|value| ("x-hub-signature-256".into(), value.into()))
                .into_iter()
                .collect(),
            body: b"{}".to_vec(),
            ..Raw::default()
        };
        genuine(Proof { app_secret: "app", verify_token: "word" }, &raw, &Known)
    }

    #[test]
    fn only_the_app_s_own_signature_lets_in() {
        assert_eq!(ask("POST", "", Some("sha256=0102")), Ok(()));
        for wrong in [None, Some(""), Some("0102"), Some("sha1=0102"), Some("sha256=0103")] {
            assert!(matches!(ask("POST", "", wrong), Err(Receipt::Unauthorized(_))), "{wrong:?}");
        }
        assert!(matches!(ask("PUT", "", None), Err(Receipt::Malformed(_))));
    }

    #[test]
    fn the_handshake_gives_the_challenge_back() {
        let right = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=sesame";
        match ask("GET", right, None) {
            Err(Receipt::Accepted { events, reply: Some(reply), .. }) => {
                assert_eq!((events.len(), reply.body.as_str()), (0, "1158201444"));
            }
            other => panic!("{other:?}"),
        }
        for wrong in [
            "",
            "hub.mode=subscribe&hub.challenge=1&hub.verify_token=guess",
            "hub.challenge=1&hub.verify_token=sesame",
        ] {
            assert!(matches!(ask("GET", wrong, None), Err(Receipt::Unauthorized(_))), "{wrong}");
        }
        let script = "hub.mode=subscribe&hub.challenge=%3Cb%3E&hub.verify_token=sesame";
        assert!(matches!(ask("GET", script, None), Err(Receipt::Malformed(_))));
    }
}
