//! Fills `{secret:NAME}`, `{secret-mac:NAME}`, `{secret-mac:NAME:timestamp}`, `{timestamp}` and
//! `{basic:USER:NAME}`.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Why a placeholder cannot be filled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotFill {
    /// The plugin was not granted that secret.
    #[error("secret {0:?} is not granted to this plugin")]
    NotGranted(String),
    /// It is granted, but not towards this host.
    #[error("secret {0:?} may not go to this host")]
    NotHere(String),
    /// It is granted, but nobody has set it.
    #[error("secret {0:?} is not set")]
    NotSet(String),
    /// It has bytes that cannot stand in text.
    #[error("secret {0:?} is not text")]
    NotText(String),
    /// A MAC is made of bytes at hand; files are streamed.
    #[error("{0:?} needs a body of text or bytes")]
    Streamed(String),
    /// MACs and times stand in headers only.
    #[error("{0:?} may stand in a header only")]
    HeaderOnly(String),
}

/// What fills placeholders of one request.
pub(crate) trait Secrets {
    /// The secret's value, if it may go to the request's host.
    fn value(&mut self, name: &str) -> Result<String, CannotFill>;
    /// The secret's bytes as a key, which stays here.
    fn key(&mut self, name: &str) -> Result<Vec<u8>, CannotFill>;
    /// Hears of a text that gives a secret away.
    fn shown(&mut self, text: &str);
}

/// Fills secrets in a url or a body.
pub(crate) fn fill<'a>(
    text: &'a str,
    secrets: &mut dyn Secrets,
) -> Result<Cow<'a, str>, CannotFill> {
    replace(text, &mut |inside| match inside.split_once(':') {
        Some(("secret", name)) => secrets.value(name).map(Some),
        Some(("secret-mac" | "basic", _)) => Err(CannotFill::HeaderOnly(inside.to_owned())),
        _ => Ok(None),
    })
}

/// Fills a header's value, when the body is final; a streamed one is `None`.
pub(crate) fn fill_header<'a>(
    text: &'a str,
    body: Option<&[u8]>,
    timestamp: i64,
    secrets: &mut dyn Secrets,
) -> Result<Cow<'a, str>, CannotFill> {
    replace(text, &mut |inside| {
        let signed = || body.ok_or_else(|| CannotFill::Streamed(inside.to_owned()));
        let mut parts = inside.split(':');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("timestamp"), None, None, None) => Ok(Some(timestamp.to_string())),
            (Some("secret"), Some(name), None, None) => secrets.value(name).map(Some),
            (Some("secret-mac"), Some(name), None, None) => {
                Ok(Some(mac(&secrets.key(name)?, &[signed()?])))
            }
            (Some("secret-mac"), Some(name), Some("timestamp"), None) => {
                let time = format!("{timestamp}.");
                Ok(Some(mac(&secrets.key(name)?, &[time.as_bytes(), signed()?])))
            }
            (Some("basic"), Some(user), Some(name), None) => {
                let plain = format!("{user}:{}", secrets.value(name)?);
                let encoded = STANDARD.encode(plain);
                secrets.shown(&encoded);
                Ok(Some(encoded))
            }
            _ => Ok(None),
        }
    })
}

/// Lower-case hex HMAC-SHA256 (RFC 2104) over the pieces.
fn mac(key: &[u8], pieces: &[&[u8]]) -> String {
    use std::fmt::Write as _;
    // A key of any length makes an HMAC; the error cannot come.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
    for piece in pieces {
        mac.update(piece);
    }
    mac.finalize().into_bytes().iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Replaces every `{...}` that `known` knows, left to right; what it fills in is not looked at again.
fn replace<'a>(
    text: &'a str,
    known: &mut dyn FnMut(&str) -> Result<Option<String>, CannotFill>,
) -> Result<Cow<'a, str>, CannotFill> {
    if !text.contains('{') {
        return Ok(Cow::Borrowed(text));
    }
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        filled.push_str(before);
        let end = from.find('}').filter(|end| *end <= 120);
        match end.map(|end| (end, &from[1..end])) {
            Some((end, inside)) => match known(inside)? {
                Some(value) => {
                    filled.push_str(&value);
                    rest = &from[end + 1..];
                }
                None => {
                    filled.push('{');
                    rest = &from[1..];
                }
            },
            None => {
                filled.push('{');
                rest = &from[1..];
            }
        }
    }
    filled.push_str(rest);
    Ok(Cow::Owned(filled))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct One;
    impl Secrets for One {
        fn value(&mut self, name: &str) -> Result<String, CannotFill> {
            match name {
                "token" => Ok("{secret:other}".to_owned()),
                _ => Err(CannotFill::NotGranted(name.to_owned())),
            }
        }
        fn key(&mut self, _: &str) -> Result<Vec<u8>, CannotFill> {
            Ok(b"Jefe".to_vec())
        }
        fn shown(&mut self, _: &str) {}
    }

    #[test]
    fn fills_what_it_knows_and_leaves_the_rest() {
        let filled = fill(r#"{"a": {"b": "{secret:token}"}} {x"#, &mut One).unwrap();
        assert_eq!(filled, r#"{"a": {"b": "{secret:other}"}} {x"#, "a value is not filled again");
        assert_eq!(fill("{secret:no}", &mut One), Err(CannotFill::NotGranted("no".into())));
        assert_eq!(
            fill("{secret-mac:token}", &mut One),
            Err(CannotFill::HeaderOnly("secret-mac:token".into()))
        );
        assert_eq!(fill("plain", &mut One).unwrap(), "plain");
    }

    #[test]
    fn macs_are_those_of_the_rfc() {
        // RFC 4231, test case 2.
        let body = Some(&b"what do ya want for nothing?"[..]);
        let mac = fill_header("v1={secret-mac:key}", body, 0, &mut One).unwrap();
        assert_eq!(mac, "v1=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        let of_both = fill_header("{secret-mac:key:timestamp}", Some(b"b"), 17, &mut One).unwrap();
        let by_hand = fill_header("{secret-mac:key}", Some(b"17.b"), 0, &mut One).unwrap();
        assert_eq!(of_both, by_hand);
        assert_eq!(fill_header("{timestamp}", None, 17, &mut One).unwrap(), "17");
        assert_eq!(
            fill_header("{secret-mac:key}", None, 0, &mut One),
            Err(CannotFill::Streamed("secret-mac:key".into()))
        );
    }

    #[test]
    fn basic_authentication_is_that_of_the_rfc() {
        struct Sesame;
        impl Secrets for Sesame {
            fn value(&mut self, _: &str) -> Result<String, CannotFill> {
                Ok("open sesame".to_owned())
            }
            fn key(&mut self, name: &str) -> Result<Vec<u8>, CannotFill> {
                Err(CannotFill::NotGranted(name.to_owned()))
            }
            fn shown(&mut self, text: &str) {
                assert_eq!(text, "QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
            }
        }
        // RFC 7617's predecessor, RFC 1945, section 11.1.
        let filled = fill_header("Basic {basic:Aladdin:word}", None, 0, &mut Sesame).unwrap();
        assert_eq!(filled, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert!(fill("{basic:Aladdin:word}", &mut Sesame).is_err());
    }
}
